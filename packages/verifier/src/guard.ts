// What all adapters share: whether a request is let in, and the answer to one that is refused (RFC 6750 §3).

import type { VerifiedToken } from './claims.ts';
import { report } from './logger.ts';
import { metadataUrl } from './resource-metadata.ts';
import { type ResourceRequest, readAccessToken, tokenSchemes } from './resource-request.ts';
import { type Requirements, scopesOf } from './scope.ts';
import type { Verifier } from './verifier.ts';
import { VerifierError } from './verifier-error.ts';

/** The answer to a request that is refused. */
export interface Refusal {
  /** The HTTP status: 400, 401, 403, 500 or 503. */
  readonly status: number;
  /** Header fields of the answer, among them `WWW-Authenticate` (RFC 6750 §3), or `Retry-After` with 503. */
  readonly headers: Readonly<Record<string, string>>;
  /** A JSON object with `error_description` and, unless the request had no token at all, `error`. */
  readonly body: string;
}

/** Guards a route, or many routes that require the same. */
export interface Guard {
  /**
   * Gives the token of a request that is to be let in, and rejects with a {@link VerifierError} otherwise. The token is
   * read from the `Authorization` header alone (RFC 6750 §2.1). Tokens that are bound to their sender (`cnf`) are
   * refused with `token_bound`: `method` and `url` are there for the proofs that go with them (RFC 9449 §7.1).
   */
  admit(request: ResourceRequest): Promise<VerifiedToken>;
  /**
   * The answer to what `admit` has rejected with (RFC 6750 §3.1), or to anything else that was thrown: that is a fault of
   * the program, which is 500, and one line to the verifier's logger. Throws nothing.
   */
  refuse(error: unknown): Refusal;
}

// RFC 6749 §3.3; it also keeps a scope from ending the quoted string that it stands in.
const scopeToken = /^[\x21\x23-\x5B\x5D-\x7E]+$/;

/**
 * Makes a guard: what the adapters are made of, for a framework that has none. Throws a TypeError for a required scope
 * that is not a `scope-token` (RFC 6749 §3.3).
 */
export function createGuard(verifier: Verifier, requirements: Requirements = {}): Guard {
  const scope = scopesOf(requirements);
  const invalid = scope.find((each) => !scopeToken.test(each));
  if (invalid !== undefined) throw new TypeError(`scope: got ${JSON.stringify(invalid)}, expected a scope`);
  return {
    admit: async (request) => verifier.verify(readAccessToken(request), { scope }),
    refuse(error) {
      if (error instanceof VerifierError) return refusal(error, verifier, scope);
      report(verifier.logger, 'error', 'a request failed', error);
      return fault;
    },
  };
}

const fixedHeaders = { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' };
const fault: Refusal = {
  status: 500,
  headers: fixedHeaders,
  body: JSON.stringify({
    error: 'server_error',
    error_description: 'The API has a fault, which it has logged.',
  }),
};

function refusal(error: VerifierError, { resource }: Verifier, scope: readonly string[]): Refusal {
  const body = JSON.stringify({ error: error.error, error_description: error.message });
  if (error.status === 503) return { status: 503, headers: { ...fixedHeaders, 'Retry-After': '1' }, body };
  const namesScope = error.code === 'scope_missing' || error.code === 'token_missing';
  const parameters = {
    // RFC 6750 §3.1: a request without a token "SHOULD NOT include an error code or other error information".
    ...(error.error !== undefined && { error: error.error, error_description: error.message }),
    ...(namesScope && scope.length > 0 && { scope: scope.join(' ') }),
    // RFC 9728 §5.1
    ...(resource !== undefined && { resource_metadata: metadataUrl(resource).href }),
  };
  const listed = Object.entries(parameters)
    .map(([name, value]) => `${name}="${quotable(value)}"`)
    .join(', ');
  // RFC 9110 §11.6.1: one challenge for each scheme.
  const challenges = tokenSchemes.map((scheme) => `${scheme} ${listed}`.trimEnd());
  return {
    status: error.status,
    headers: { ...fixedHeaders, 'WWW-Authenticate': challenges.join(', ') },
    body,
  };
}

/** RFC 6750 §3: replaces the characters that an `error_description` must not have. */
const quotable = (text: string): string => text.replace(/[^\x20-\x21\x23-\x5B\x5D-\x7E]/g, '?');
