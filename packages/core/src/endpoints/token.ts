// The token endpoint (RFC 6749 §3.2): a request becomes an Authorization, that becomes tokens, a dialect spells them.

import { grantFor } from '../grants/index.ts';
import { only } from '../parameters.ts';
import { mintOrReuse } from '../tokens/reuse.ts';
import { clientEndpoint } from './client-endpoint.ts';
import { renderTokens } from './render.ts';

export const token = clientEndpoint(
  {
    name: 'token',
    methods: ['POST'],
    cross_origin: true,
    metadata_uri: 'token_endpoint',
    clients: 'any',
    reference: {
      is: 'gives an access token for a grant (RFC 6749 §3.2)',
      parameters: { grant_type: { required: true, is: 'the grant; its parameters are listed below' } },
      answer:
        'what the dialect’s `answer` names; without one `access_token`, `token_type`, `expires_in`; `scope` where it is not empty; `refresh_token` and `id_token` where the grant gives them (RFC 6749 §5.1, OpenID Connect Core 1.0 §3.1.3.3)',
      errors: {
        invalid_request: 'dialect',
        invalid_client: 'dialect',
        invalid_grant: 'dialect',
        unauthorized_client: 'dialect',
        unsupported_grant_type: 'dialect',
        invalid_scope: 'dialect',
        invalid_target: 'dialect',
        temporarily_unavailable: 503,
        server_error: 'dialect',
      },
    },
  },
  async (parameters, authenticated, context) => {
    const { request, issuer, ports } = context;
    const { client } = authenticated;
    const grant = grantFor(parameters, client, issuer);
    const authorization = await grant.authorize(only(parameters, grant.parameters), {
      ...authenticated,
      ...context,
    });
    const { tokens, reused } = await mintOrReuse(authorization, issuer, ports);
    ports.audit.tokenIssued({
      request_id: request.id,
      issuer: issuer.name,
      client_id: client.client_id,
      grant_type: grant.grant_type,
      scope: tokens.scope,
      jti: tokens.jti,
      address: request.address,
      ...(reused && { reused: true as const }),
      ...(authorization.repeated && { reason: 'refresh_token_repeated' as const }),
      ...(authorization.user !== undefined && { user_id: authorization.user.id }),
    });
    return renderTokens({ tokens, authorization, request, issuer, ports });
  },
);
