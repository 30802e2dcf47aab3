// The grant that a user's yes makes, and its code (RFC 6749 §4.1.2, docs/decisions/0007).

import type { AuthorizationRequest, Issuer, UserAuthentication, UserGrant } from '../model.ts';
import { OAuthError } from '../oauth-error.ts';
import type { EndpointContext } from './endpoint.ts';

/** Whether the token request must name the redirect URI too: what is excused from it, something else must say. */
function mustBeRepeated(
  { client, redirect_uri, redirect_uri_named, code_challenge }: AuthorizationRequest,
  { dialect }: Issuer,
): boolean {
  if (!redirect_uri_named) return false;
  if (dialect.authorization_code?.redirect_uri_repeated !== false) return true;
  const only = client.redirect_uris.length === 1 && client.redirect_uris[0] === redirect_uri;
  return code_challenge === null && !only;
}

/** Creates the grant, and gives the code that stands for it. Throws where the session has ended meanwhile. */
export async function grantCode(
  asked: AuthorizationRequest,
  authentication: UserAuthentication,
  { request, issuer, ports }: EndpointContext,
): Promise<string> {
  const now = ports.clock.now();
  const lifetime = issuer.dialect.authorization_code?.lifetime ?? 60;
  const grant: UserGrant = {
    id: ports.random.id(),
    issuer: issuer.name,
    client_id: asked.client.client_id,
    authentication,
    scope: asked.scope,
    resources: asked.resources,
    nonce: asked.nonce,
    redirect_uri: asked.redirect_uri,
    redirect_uri_required: mustBeRepeated(asked, issuer),
    code_challenge: asked.code_challenge,
    code_state: 'issued',
    code_expires_at: now + lifetime * 1000,
    generation: 0,
    rotated_at: now,
    refresh_expires_at: null,
    revoked_at: null,
    created_at: now,
    expires_at: now + lifetime * 1000,
  };
  if (!(await ports.store.createGrant(grant)))
    throw new OAuthError('login_required', 'session_ended', 'The user has signed out.');
  ports.audit.authorized({
    request_id: request.id,
    issuer: issuer.name,
    client_id: grant.client_id,
    user_id: authentication.user_id,
    grant_id: grant.id,
    scope: grant.scope,
    address: request.address,
  });
  return ports.grantTokens.code(issuer.name, grant.id);
}
