// Token introspection (RFC 7662).

import type { UserGrant } from '../model.ts';
import { about, invalidRequest } from '../oauth-error.ts';
import { checkAccessToken } from '../tokens/access-token.ts';
import type { AccessTokenClaims } from '../tokens/claims.ts';
import { tokenTypeOf } from '../tokens/confirmation.ts';
import { checkRefreshToken } from '../tokens/refresh-token.ts';
import { clientEndpoint } from './client-endpoint.ts';
import { renderJson } from './render.ts';

export const introspection = clientEndpoint(
  {
    name: 'introspection',
    methods: ['POST'],
    cross_origin: false,
    metadata_uri: 'introspection_endpoint',
    // RFC 7662 §2.1: the endpoint MUST require authorization, or anyone could scan for tokens.
    clients: 'confidential',
    reference: {
      is: 'says whether a token is good now, and for what (RFC 7662)',
      parameters: { token: { required: true, is: 'an access token or a refresh token' } },
      answer:
        '`active`; where it is true, `scope`, `client_id`, `sub`, `exp`, `iat`, and of an access token `token_type`, `aud`, `iss`, `jti`, `cnf` as far as it has them (RFC 7662 §2.2)',
      errors: {
        invalid_request: 'dialect',
        invalid_client: 'dialect',
        temporarily_unavailable: 503,
        server_error: 'dialect',
      },
    },
  },
  async (parameters, { client }, { issuer, ports }) => {
    const token = parameters.get('token');
    if (token === undefined)
      throw invalidRequest('token_missing', 'The token parameter is missing.', about('token'));
    const grant = await checkRefreshToken(token, issuer, ports);
    if (grant !== undefined)
      return renderJson(
        grant.client_id === client.client_id ? describeGrant(grant) : { active: false },
        issuer,
      );
    const claims = await checkAccessToken(token, issuer, ports);
    // RFC 7662 §2.2: a token that the caller may not know of is inactive to it.
    const visible = claims?.client_id === client.client_id || client.introspection === 'any';
    return renderJson(claims && visible ? describe(claims) : { active: false }, issuer);
  },
);

/** RFC 7662 §2.2, in the standard names whatever the dialect of the token. */
const describe = (claims: AccessTokenClaims) => ({
  active: true,
  ...(claims.scope.length > 0 && { scope: claims.scope.join(' ') }),
  client_id: claims.client_id,
  token_type: tokenTypeOf(claims.cnf),
  exp: claims.expires_at,
  iat: claims.issued_at,
  // A dialect may have no subject but the user: without a user this is undefined, and JSON leaves it out.
  sub: claims.subject ?? claims.user_id,
  ...(claims.audience !== undefined && { aud: claims.audience }),
  ...(claims.issuer !== undefined && { iss: claims.issuer }),
  jti: claims.jti,
  // RFC 8705 §3.2, RFC 9449 §6.2
  ...(claims.cnf !== undefined && { cnf: claims.cnf }),
});

/** Only its own client may introspect a refresh token. */
const describeGrant = (grant: UserGrant) => ({
  active: true,
  ...(grant.scope.length > 0 && { scope: grant.scope.join(' ') }),
  client_id: grant.client_id,
  sub: grant.authentication.user_id,
  ...(grant.refresh_expires_at !== null && { exp: Math.floor(grant.refresh_expires_at / 1000) }),
  iat: Math.floor(grant.rotated_at / 1000),
});
