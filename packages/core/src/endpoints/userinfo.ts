// The UserInfo endpoint (OpenID Connect Core 1.0 §5.3): what the scope of a token lets its client know of the user.

import type { HttpRequest, Issuer } from '../model.ts';
import { invalidRequest, OAuthError } from '../oauth-error.ts';
import { isForm, parseParameters } from '../parameters.ts';
import { authenticateBearer, bearerOf } from '../tokens/bearer.ts';
import { userClaims } from '../tokens/user-claims.ts';
import type { Endpoint } from './endpoint.ts';
import { renderError, renderJson } from './render.ts';

export const userinfo: Endpoint<'userinfo'> = {
  name: 'userinfo',
  methods: ['GET', 'POST'],
  cross_origin: true,
  metadata_uri: 'userinfo_endpoint',
  async handle({ request, issuer, ports }) {
    try {
      const { scope, user_id } = await authenticateBearer(
        presentedToken(request, issuer),
        'openid',
        issuer,
        ports,
      );
      const user = user_id === undefined ? undefined : await ports.store.findUser(user_id);
      if (user === undefined)
        throw new OAuthError('invalid_token', 'user_unknown', 'The token is not good.', { status: 401 });
      return renderJson({ sub: user.id, ...userClaims(user, scope) }, issuer);
    } catch (error) {
      return renderError(error, {
        request,
        issuer,
        endpoint: 'userinfo',
        audit: ports.audit,
        clock: ports.clock,
      });
    }
  },
  reference: {
    is: 'what the scope of a token lets its client know of the user (OpenID Connect Core 1.0 §5.3)',
    parameters: {
      access_token: {
        required: false,
        is: 'the token, in the form of a POST without an Authorization header (RFC 6750 §2.2)',
      },
    },
    answer:
      'under `Authorization: Bearer` with the scope `openid`: `sub`, and what is known of the claims of `profile`, `email`, `address` and `phone` (§5.4), where the token has these scopes',
    errors: {
      invalid_request: 'dialect',
      invalid_token: 401,
      insufficient_scope: 403,
      temporarily_unavailable: 503,
      server_error: 'dialect',
    },
  },
};

/** The token, in the header or in a form (OpenID Connect Core 1.0 §5.3.1). */
function presentedToken(request: HttpRequest, { dialect }: Issuer): string | undefined {
  const inHeader = bearerOf(request);
  // RFC 6750 §2.2: of a body it is read only where that is a form, and the method gives it a meaning.
  if (request.method !== 'POST' || !isForm(request)) return inHeader;
  const rules = { from: ['body'] as const, names: dialect.requests?.names };
  const inForm = parseParameters(request, rules).get('access_token');
  // RFC 6750 §2: "Clients MUST NOT use more than one method to transmit the token in each request."
  if (inForm !== undefined && request.headers.authorization !== undefined)
    throw invalidRequest(
      'two_bearers',
      'The access token stands in the header and in the body: send it once.',
    );
  return inForm ?? inHeader;
}
