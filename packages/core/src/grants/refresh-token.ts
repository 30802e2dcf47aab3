// The refresh token grant (RFC 6749 §6): each token is good once, and gives the next one (RFC 9700 §4.14.2).

import type { UserGrant } from '../model.ts';
import { about, invalidGrant, invalidRequest } from '../oauth-error.ts';
import { narrowResources } from '../request/resource.ts';
import { grantScope } from '../request/scope.ts';
import type { Grant } from './grant.ts';
import { advance, refreshTokenLifetime, userAuthorization } from './user-grant.ts';

export const refreshToken: Grant<'refresh_token'> = {
  grant_type: 'refresh_token',
  is: 'each refresh token is good once, and gives the next one (RFC 6749 §6, RFC 9700 §4.14.2)',
  parameters: {
    refresh_token: { required: true, is: 'the newest one of the grant' },
    scope: { required: false, is: 'at most what the user allowed' },
    resource: { required: false, is: 'of the APIs that the user allowed, those that are meant (RFC 8707)' },
  },
  requires: ['redirect_uri'],
  async authorize(parameters, { client, authentication, issuer, ports }) {
    const token = parameters.get('refresh_token');
    if (token === undefined)
      throw invalidRequest(
        'refresh_token_missing',
        'The refresh_token parameter is missing.',
        about('refresh_token'),
      );
    const presented = ports.grantTokens.readRefreshToken(issuer.name, token);
    if (presented === undefined)
      throw invalidGrant('refresh token', 'refresh_token_unknown', about('refresh_token'));
    // RFC 6749 §6: nothing that the user did not grant; nothing either that the client has lost since.
    const narrow = (grant: UserGrant) => ({
      scope: grantScope(
        parameters,
        { ...issuer.dialect.scope, required: false },
        grant.scope.filter((scope) => client.scope.includes(scope)),
      ),
      resources: narrowResources(parameters, grant.resources, issuer),
    });
    if (parameters.get('scope') !== undefined || parameters.get('resource') !== undefined) {
      // Judged before the token is replaced: a request that is refused has used nothing up.
      const known = await ports.store.findGrant(issuer.name, presented.id);
      if (known?.client_id === client.client_id) narrow(known);
    }
    const now = ports.clock.now();
    const grant = await advance(
      {
        ...presented,
        issuer: issuer.name,
        client_id: client.client_id,
        now,
        refresh_expires_at: now + refreshTokenLifetime,
      },
      ports,
    );
    return {
      ...userAuthorization(grant, {}, client, issuer, ports),
      grant_type: 'refresh_token',
      authentication,
      ...narrow(grant),
    };
  },
};
