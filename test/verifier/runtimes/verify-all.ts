// For any runtime: verifies tokens, and says of each `good` or the code of the error. Each twice, so that the cache
// answers as well.

import { createVerifier, VerifierError } from '@tessera-oauth/verifier';
import { requireToken, tokenOf } from '@tessera-oauth/verifier/fetch';
import type { Case } from './cases.ts';

const audience = 'https://api.example.com';
/** It is signed by a key of the standard dialect. */
const denyList = { revocation: { by: 'deny_list' } } as const;

export async function verifyAll(issuer: string, cases: readonly Case[]): Promise<string[]> {
  const verifiers = new Map(
    (['standard', 'trelica', 'tilia'] as const).map((dialect) => [
      dialect,
      createVerifier({ issuer, audience, dialect, ...(dialect === 'standard' && denyList) }),
    ]),
  );
  const outcome = async ({ dialect, token }: Case): Promise<string> => {
    const verifier = verifiers.get(dialect);
    if (verifier === undefined) return 'no verifier';
    const codes = [await codeOf(verifier.verify(token)), await codeOf(verifier.verify(token))];
    const handler = requireToken(verifier, { scope: 'invoices.read' }, (request) =>
      Response.json(tokenOf(request).client_id),
    );
    const headers = new Headers();
    // A header has no letters beyond Latin-1.
    headers.set('authorization', `Bearer ${token.replace(/[^ -~]/g, '?')}`);
    const { status } = await handler(new Request('https://api.example.com/invoices', { headers }));
    return codes[0] === codes[1] && (status === 200) === (codes[0] === 'good')
      ? String(codes[0])
      : `${codes[0]}, then ${codes[1]}, then ${status}`;
  };
  const outcomes: string[] = [];
  for (const each of cases) outcomes.push(await outcome(each));
  return outcomes;
}

const codeOf = (verified: Promise<unknown>): Promise<string> =>
  verified.then(
    () => 'good',
    (error: unknown) => (error instanceof VerifierError ? error.code : String(error)),
  );
