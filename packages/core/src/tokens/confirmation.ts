// What a token is bound to (RFC 7800 §3.1), and how it is presented therefore: every answer takes its `token_type` from here.

import type { Confirmation, TokenType } from '../model.ts';

/** RFC 9449 §5: a token bound to a JWK is of type DPoP; one bound to a certificate stays a Bearer token (RFC 8705 §3). */
export const tokenTypeOf = (cnf: Confirmation | undefined): TokenType =>
  cnf?.jkt === undefined ? 'Bearer' : 'DPoP';

/**
 * Reads the `cnf` claim of a token; undefined: the token is good for its bearer. A claim that is not understood binds it
 * to something, too: without either member it is good for nobody.
 */
export function readConfirmation(cnf: unknown): Confirmation | undefined {
  if (cnf === undefined) return undefined;
  const { jkt, 'x5t#S256': x5t } = Object(cnf) as { readonly jkt?: unknown; readonly 'x5t#S256'?: unknown };
  return {
    ...(typeof jkt === 'string' && { jkt }),
    ...(typeof x5t === 'string' && { 'x5t#S256': x5t }),
  };
}
