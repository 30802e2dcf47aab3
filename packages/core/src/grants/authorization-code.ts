// The authorization code grant (RFC 6749 §4.1.3): a code, once, for what a user allowed.

import { about, invalidGrant, invalidRequest } from '../oauth-error.ts';
import { challengeOf, isCodeVerifier } from '../request/pkce.ts';
import { narrowResources } from '../request/resource.ts';
import type { Grant } from './grant.ts';
import { refreshTokenLifetime, userAuthorization, whyNotRedeemed } from './user-grant.ts';

export const authorizationCode: Grant<'authorization_code'> = {
  grant_type: 'authorization_code',
  is: 'a code, once, for what a user allowed (RFC 6749 §4.1.3)',
  // The scope is the grant's. RFC 6749 §4.1.3 has no scope parameter, so one in the request is not read.
  parameters: {
    code: { required: true, is: 'the code, which is good once' },
    redirect_uri: { required: false, is: 'the one of the authorization request, where that named one' },
    code_verifier: { required: false, is: 'where the code was asked for with PKCE (RFC 7636 §4.5)' },
    resource: { required: false, is: 'of the APIs that the user allowed, those that are meant (RFC 8707)' },
  },
  requires: ['redirect_uri'],
  async authorize(parameters, { client, authentication, issuer, ports }) {
    const code = parameters.get('code');
    if (code === undefined)
      throw invalidRequest('code_missing', 'The code parameter is missing.', about('code'));
    const id = ports.grantTokens.readCode(issuer.name, code);
    if (id === undefined) throw invalidGrant('code', 'code_unknown', about('code'));
    const verifier = parameters.get('code_verifier');
    if (verifier !== undefined && !isCodeVerifier(verifier))
      throw invalidGrant('code', 'code_verifier_malformed', about('code_verifier'));
    const now = ports.clock.now();
    if (parameters.get('resource') !== undefined) {
      // Judged before the code is redeemed: a request that is refused has used nothing up.
      const known = await ports.store.findGrant(issuer.name, id);
      if (known?.client_id === client.client_id) narrowResources(parameters, known.resources, issuer);
    }
    const redemption = {
      issuer: issuer.name,
      id,
      client_id: client.client_id,
      redirect_uri: parameters.get('redirect_uri') ?? null,
      code_challenge: verifier === undefined ? null : challengeOf(verifier),
      now,
      access_expires_at: now + issuer.access_token_lifetime * 1000,
      refresh_expires_at: client.grant_types.includes('refresh_token') ? now + refreshTokenLifetime : null,
    };
    const grant = await ports.store.redeemCode(redemption);
    if (grant === undefined) throw await whyNotRedeemed(redemption, ports);
    return {
      ...userAuthorization(grant, { nonce: grant.nonce }, client, issuer, ports),
      grant_type: 'authorization_code',
      authentication,
      // Without the scopes that the client has lost since.
      scope: grant.scope.filter((scope) => client.scope.includes(scope)),
      resources: narrowResources(parameters, grant.resources, issuer),
    };
  },
};
