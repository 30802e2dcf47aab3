// Bearer tokens at our own endpoints (RFC 6750): checked, and refused in its words.

import type { Client, HttpRequest, Issuer } from '../model.ts';
import { about, type ErrorCode, OAuthError, type OAuthErrorOptions } from '../oauth-error.ts';
import type { Ports } from '../ports.ts';
import type { Reason } from '../reasons.ts';
import { checkAccessToken } from './access-token.ts';
import type { AccessTokenClaims } from './claims.ts';

/** The token of `Authorization: Bearer` (RFC 6750 §2.1). */
export const bearerOf = ({ headers }: Pick<HttpRequest, 'headers'>): string | undefined =>
  /^bearer +(\S+)$/i.exec(headers.authorization?.toString() ?? '')?.[1];

/** The claims of a token that was presented, checked to be good and to have `scope`. */
export async function authenticateBearer(
  presented: string | undefined,
  scope: string,
  issuer: Issuer,
  ports: Ports,
): Promise<AccessTokenClaims & { readonly client: Client }> {
  // RFC 6750 §2.1: b64token
  const token = /^[A-Za-z0-9._~+/-]+=*$/.exec(presented ?? '')?.[0];
  if (token === undefined)
    throw new OAuthError(
      'invalid_token',
      'bearer_missing',
      'Send an access token as Authorization: Bearer.',
      {
        status: 401,
        // RFC 6750 §3.1: a request without any authentication gets no error code.
        headers: { 'WWW-Authenticate': `Bearer realm="${issuer.issuer}"` },
      },
    );
  const claims = await checkAccessToken(token, issuer, ports);
  if (claims === undefined)
    throw refused('invalid_token', 401, 'token_inactive', 'The token is not good.', issuer);
  // RFC 9449 §7.1, RFC 8705 §3: a thief of the token does not have its key.
  if (claims.cnf !== undefined)
    throw refused('invalid_token', 401, 'token_bound', 'The token is not good.', issuer, {
      details: { client_id: claims.client_id },
    });
  // What was taken from the client since is gone from its old tokens, too.
  const client = await ports.store.findClient(issuer.name, claims.client_id);
  if (claims.scope.includes(scope) && client?.scope.includes(scope)) return { ...claims, client };
  const description = `The token lacks the scope ${scope}.`;
  const details = about('scope', claims.scope.join(' '), { client_id: claims.client_id });
  throw refused('insufficient_scope', 403, 'scope_insufficient', description, issuer, {
    ...details,
    more: `, scope="${scope}"`,
  });
}

function refused(
  error: ErrorCode,
  status: number,
  reason: Reason,
  description: string,
  issuer: Issuer,
  { more = '', ...options }: OAuthErrorOptions & { readonly more?: string } = {},
) {
  const challenge = `Bearer realm="${issuer.issuer}", error="${error}", error_description="${description}"${more}`;
  return new OAuthError(error, reason, description, {
    ...options,
    status,
    headers: { 'WWW-Authenticate': challenge },
  });
}
