// Token revocation (RFC 7009).

import { about, invalidRequest, OAuthError } from '../oauth-error.ts';
import { checkAccessToken } from '../tokens/access-token.ts';
import { clientEndpoint } from './client-endpoint.ts';

export const revocation = clientEndpoint(
  {
    name: 'revocation',
    methods: ['POST'],
    cross_origin: true,
    metadata_uri: 'revocation_endpoint',
    clients: 'any',
    reference: {
      is: 'ends a token: an access token by itself, a refresh token with all that comes of its grant (RFC 7009)',
      parameters: { token: { required: true, is: 'an access token or a refresh token' } },
      answer: 'an empty body, for a token that was not good too (RFC 7009 §2.2)',
      errors: {
        invalid_request: 'dialect',
        invalid_client: 'dialect',
        invalid_grant: 'dialect',
        temporarily_unavailable: 503,
        server_error: 'dialect',
      },
    },
  },
  async (parameters, { client }, { request, issuer, ports }) => {
    const token = parameters.get('token');
    if (token === undefined)
      throw invalidRequest('token_missing', 'The token parameter is missing.', about('token'));
    const { client_id } = client;
    const { id: request_id, address } = request;
    const revoked = (jti: string) =>
      ports.audit.tokenRevoked({ request_id, issuer: issuer.name, client_id, jti, address });
    const refresh = ports.grantTokens.readRefreshToken(issuer.name, token);
    const grant = refresh && (await ports.store.findGrant(issuer.name, refresh.id));
    const claims = refresh === undefined ? await checkAccessToken(token, issuer, ports) : undefined;
    const owner = grant?.client_id ?? claims?.client_id;
    // RFC 7009 §2.1: a token that was issued to another client is refused.
    if (owner !== undefined && owner !== client_id) throw ofAnotherClient();
    if (grant !== undefined) {
      // RFC 7009 §2.1: with a refresh token, all that comes of the same grant ends.
      if (await ports.store.revokeGrant(issuer.name, grant.id)) revoked(grant.id);
    } else if (claims !== undefined) {
      await ports.store.revokeToken(issuer.name, claims.jti, claims.expires_at * 1000, claims);
      // One that a client vouched for has a row of its own, which the user sees.
      if (claims.user_id !== undefined) await ports.store.revokeGrant(issuer.name, claims.jti);
      revoked(claims.jti);
    }
    return { status: 200, headers: { 'Cache-Control': 'no-store' }, body: '' };
  },
);

const ofAnotherClient = () =>
  new OAuthError('invalid_grant', 'token_of_another_client', 'The token was issued to another client.');
