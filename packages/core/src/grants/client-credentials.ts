// The client credentials grant (RFC 6749 §4.4): a client asks for itself.

import { OAuthError } from '../oauth-error.ts';
import { readResources } from '../request/resource.ts';
import { grantScope } from '../request/scope.ts';
import type { Grant } from './grant.ts';

/** Scopes that mean something only where a user takes part; a dialect may have others, or none. */
const userScopes: readonly string[] = ['offline_access', 'openid'];

export const clientCredentials: Grant<'client_credentials'> = {
  grant_type: 'client_credentials',
  is: 'a client asks for itself (RFC 6749 §4.4)',
  parameters: {
    scope: { required: false, is: 'at most what the client is registered for; without it, all of that' },
    resource: { required: false, is: 'for which API (RFC 8707); may stand more than once' },
  },
  // RFC 6749 §4.4: "MUST only be used by confidential clients."
  requires: ['secret'],
  async authorize(parameters, { client, authentication, issuer }) {
    if (authentication.method === 'none') {
      throw new OAuthError(
        'unauthorized_client',
        'public_client',
        'A public client may not use this grant type.',
      );
    }
    const excluded = issuer.dialect.client_credentials?.excluded_scopes ?? userScopes;
    const allowed = client.scope.filter((scope) => !excluded.includes(scope));
    return {
      client,
      grant_type: 'client_credentials',
      authentication,
      subject: client.client_id,
      scope: grantScope(parameters, issuer.dialect.scope, allowed),
      resources: readResources(parameters, issuer),
    };
  },
};
