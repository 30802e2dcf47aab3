// The UserInfo endpoint (OpenID Connect Core 1.0 §5.3): what the scope of a token lets its client know of the user.

import type { User } from '../model.ts';
import { OAuthError } from '../oauth-error.ts';
import { authenticateBearer } from '../tokens/bearer.ts';
import type { Endpoint } from './endpoint.ts';
import { renderError, renderJson } from './render.ts';

export const userinfo: Endpoint<'userinfo'> = {
  name: 'userinfo',
  methods: ['GET', 'POST'],
  cross_origin: true,
  metadata_uri: 'userinfo_endpoint',
  async handle({ request, issuer, ports }) {
    try {
      const { scope, user_id } = await authenticateBearer(request, 'openid', issuer, ports);
      const user = user_id === undefined ? undefined : await ports.store.findUser(user_id);
      if (user === undefined)
        throw new OAuthError('invalid_token', 'user_unknown', 'The token is not good.', { status: 401 });
      return renderJson(describe(user, scope), issuer);
    } catch (error) {
      return renderError(error, { request, issuer, endpoint: 'userinfo', audit: ports.audit });
    }
  },
  reference: {
    is: 'what the scope of a token lets its client know of the user (OpenID Connect Core 1.0 §5.3)',
    parameters: {},
    answer:
      'under `Authorization: Bearer` with the scope `openid`: `sub`; `name` and `preferred_username` with `profile`; `email` and `email_verified` with `email`',
    errors: {
      invalid_token: 401,
      insufficient_scope: 403,
      temporarily_unavailable: 503,
      server_error: 'dialect',
    },
  },
};

/** OpenID Connect Core 1.0 §5.4: which scope asks for which claims. */
const describe = (user: User, scope: readonly string[]) => ({
  sub: user.id,
  ...(scope.includes('profile') && {
    ...(user.name !== null && { name: user.name }),
    ...(user.login !== null && { preferred_username: user.login }),
  }),
  ...(scope.includes('email') &&
    user.email !== null && { email: user.email, email_verified: user.email_verified }),
});
