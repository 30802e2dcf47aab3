// Token revocation (RFC 7009).

import { checkAccessToken } from './access-token.ts';
import { clientEndpoint } from './client-endpoint.ts';
import { invalidRequest, OAuthError } from './oauth-error.ts';

export const revocationEndpoint = clientEndpoint(
  'revocation',
  async (parameters, { client }, { request, issuer, ports }) => {
    const token = parameters.get('token');
    if (token === undefined) throw invalidRequest('token_missing', 'The token parameter is missing.');
    const claims = await checkAccessToken(token, issuer, ports);
    if (claims !== undefined) {
      // RFC 7009 §2.1: a token that was issued to another client is refused.
      if (claims.client_id !== client.client_id) {
        throw new OAuthError(
          'invalid_grant',
          'token_of_another_client',
          'The token was issued to another client.',
        );
      }
      await ports.store.revokeToken(issuer.name, claims.jti, claims.expires_at * 1000);
      const { client_id } = client;
      ports.audit.tokenRevoked({ request_id: request.id, issuer: issuer.name, client_id, jti: claims.jti });
    }
    // RFC 7009 §2.2: 200 for invalid tokens too.
    return { status: 200, headers: { 'Cache-Control': 'no-store' }, body: '' };
  },
);
