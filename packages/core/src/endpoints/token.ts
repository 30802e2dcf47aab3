// The token endpoint (RFC 6749 §3.2): a request becomes an Authorization, that becomes tokens, a dialect spells them.

import { grantFor } from '../grants/index.ts';
import { only } from '../parameters.ts';
import { mint } from '../tokens/mint.ts';
import { clientEndpoint } from './client-endpoint.ts';
import { renderTokens } from './render.ts';

export const tokenEndpoint = clientEndpoint(
  'token',
  async (parameters, authenticated, { request, issuer, ports }) => {
    const { client } = authenticated;
    const grant = grantFor(parameters, client, issuer);
    const context = { ...authenticated, issuer, ports };
    const authorization = await grant.authorize(only(parameters, grant.parameters), context);
    const tokens = await mint(authorization, issuer, ports);
    ports.audit.tokenIssued({
      request_id: request.id,
      issuer: issuer.name,
      client_id: client.client_id,
      grant_type: grant.grant_type,
      scope: tokens.scope,
      jti: tokens.jti,
      ...(authorization.user !== undefined && { user_id: authorization.user.id }),
    });
    return renderTokens(tokens, issuer);
  },
);
