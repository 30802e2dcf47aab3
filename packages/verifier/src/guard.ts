// What all adapters share: the token of a request, and the answer to one that is refused (RFC 6750 §2.1 and §3).

import type { VerifiedToken } from './claims.ts';
import { metadataUrl } from './resource-metadata.ts';
import { scopesOf, type Wanted } from './scope.ts';
import type { Verifier } from './verifier.ts';
import { VerifierError } from './verifier-error.ts';

export interface Refusal {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON. */
  readonly body: string;
}

export interface Guard {
  /** `authorization` is the header; rejects with a VerifierError. */
  admit(request: object, authorization: string | null | undefined): Promise<VerifiedToken>;
  /** The answer to what `admit` has rejected with; throws what is no VerifierError. */
  refuse(error: unknown): Refusal;
}

const tokens = new WeakMap<object, VerifiedToken>();

/** The token that a guarded request came with. Throws where no guard has let it in. */
export function tokenOf(request: object): VerifiedToken {
  const token = tokens.get(request);
  if (token === undefined) throw new TypeError('tokenOf: no token was required of this request');
  return token;
}

// RFC 6749 §3.3; it also keeps a scope from ending the quoted string that it stands in.
const scopeToken = /^[\x21\x23-\x5B\x5D-\x7E]+$/;

export function createGuard(verifier: Verifier, wanted: Wanted): Guard {
  const scope = scopesOf(wanted);
  const unfit = scope.find((each) => !scopeToken.test(each));
  if (unfit !== undefined) throw new TypeError(`scope: got ${JSON.stringify(unfit)}, expected a scope`);
  return {
    async admit(request, authorization) {
      const token = await verifier.verify(bearerOf(authorization), { scope });
      tokens.set(request, token);
      return token;
    },
    refuse(error) {
      if (!(error instanceof VerifierError)) throw error;
      return refusal(error, verifier, scope);
    },
  };
}

function bearerOf(authorization: string | null | undefined): string {
  if (authorization == null || !/^bearer(\s|$)/i.test(authorization))
    throw new VerifierError('token_missing', 'Send an access token as Authorization: Bearer.');
  // RFC 6750 §2.1: one b64token. Two headers that were joined with a comma are none.
  const [, token] = /^bearer +([A-Za-z0-9._~+/-]+=*)$/i.exec(authorization) ?? [];
  if (token === undefined)
    throw new VerifierError('authorization_malformed', 'Send one token as Authorization: Bearer, and once.');
  return token;
}

function refusal(error: VerifierError, { resource }: Verifier, scope: readonly string[]): Refusal {
  const body = JSON.stringify({ error: error.error, error_description: error.message });
  const headers = { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' };
  if (error.status === 503) return { status: 503, headers: { ...headers, 'Retry-After': '1' }, body };
  const names = error.code === 'scope_missing' || error.code === 'token_missing';
  const parameters = {
    // RFC 6750 §3.1: a request without a token "SHOULD NOT include an error code or other error information".
    ...(error.error !== undefined && { error: error.error, error_description: error.message }),
    ...(names && scope.length > 0 && { scope: scope.join(' ') }),
    // RFC 9728 §5.1
    ...(resource !== undefined && { resource_metadata: metadataUrl(resource).href }),
  };
  const listed = Object.entries(parameters).map(([name, value]) => `${name}="${quotable(value)}"`);
  const challenge = listed.length === 0 ? 'Bearer' : `Bearer ${listed.join(', ')}`;
  return { status: error.status, headers: { ...headers, 'WWW-Authenticate': challenge }, body };
}

/** RFC 6750 §3: what an error_description may not have. */
const quotable = (text: string): string => text.replace(/[^\x20-\x21\x23-\x5B\x5D-\x7E]/g, '?');
