// A user's token under the integrator's: the client vouches for the user, who takes no part (Tilia's POST /authorize/user).

import { isUtf8 } from 'node:buffer';
import { z } from 'zod';
import { parseJson } from '../json.ts';
import type { Authorization, HttpRequest, HttpResponse, Issuer, User } from '../model.ts';
import { invalidRequest, OAuthError } from '../oauth-error.ts';
import type { Ports } from '../ports.ts';
import { narrowScope, parseScope } from '../request/scope.ts';
import { authenticateBearer } from '../tokens/bearer.ts';
import type { AccessTokenClaims } from '../tokens/claims.ts';
import { mint } from '../tokens/mint.ts';
import type { Endpoint, EndpointContext } from './endpoint.ts';
import { reportRefusal } from './render.ts';

const requiredScope = 'write_user_tokens';

const body = z.object({
  account_id: z
    .string()
    .min(1)
    .max(200)
    // What no database takes: NUL, and halves of characters.
    .refine((text) => text.isWellFormed() && !text.includes('\0')),
  return_token: z.boolean().default(false),
  token_expiration_seconds: z.int().min(1).optional(),
  scopes: z.union([z.array(z.string()), z.string()]).optional(),
});
type UserTokenRequest = z.infer<typeof body>;

export const userToken: Endpoint<'user_token'> = {
  name: 'user_token',
  methods: ['POST'],
  cross_origin: false,
  async handle(context) {
    const { request, issuer, ports } = context;
    try {
      const bearer = await authenticateBearer(request, requiredScope, issuer, ports);
      const asked = parseBody(request);
      const user = await findUser(asked.account_id, ports);
      const scope = chooseScope(asked, bearer, issuer);
      const token = asked.return_token ? await issue(asked, user, scope, bearer, context) : undefined;
      return envelope(200, { status: 'Success', payload: token && { token } }, context);
    } catch (thrown) {
      return refuse(thrown, context);
    }
  },
  refuse,
  reference: {
    is: 'a token for a user that the client vouches for, without the user (Tilia’s `POST /authorize/user`); a JSON body',
    parameters: {
      account_id: { required: true, is: 'the id of the user' },
      return_token: {
        required: false,
        is: 'whether a token is wanted, or only the answer that there could be one',
      },
      token_expiration_seconds: { required: false, is: 'at most what the issuer’s tokens live for' },
      scopes: { required: false, is: 'at most those of the token that asks; a list, or joined' },
    },
    answer:
      '`status`, `message`, `codes` and `payload`, in which `token` has `access_token`, `token_type`, `expires_in`, `scope`',
    errors: {
      invalid_request: 'dialect',
      invalid_token: 401,
      insufficient_scope: 403,
      invalid_scope: 'dialect',
      not_found: 404,
      access_denied: 403,
      temporarily_unavailable: 503,
      server_error: 'dialect',
    },
  },
};

/** The answer to anything thrown, in this endpoint's own form, and its line in the log. */
function refuse(thrown: unknown, context: EndpointContext): HttpResponse {
  const { request, issuer, ports } = context;
  const refusal = reportRefusal(thrown, { request, issuer, endpoint: 'user_token', audit: ports.audit });
  const status = refusal.status ?? issuer.dialect.errors.status[refusal.error] ?? 400;
  const { description, error } = refusal;
  const failure = envelope(status, { status: 'Failure', message: [description], codes: [error] }, context);
  return { ...failure, headers: { ...failure.headers, ...refusal.headers } };
}

function parseBody({ body: bytes }: HttpRequest): UserTokenRequest {
  const parsed = body.safeParse(isUtf8(bytes) ? parseJson(Buffer.from(bytes).toString()) : undefined);
  if (parsed.success) return parsed.data;
  const member = parsed.error.issues[0]?.path[0];
  throw invalidRequest(
    'body_malformed',
    member === undefined ? 'The body is not a JSON object.' : `${String(member)} is missing or malformed.`,
  );
}

async function findUser(account_id: string, ports: Ports): Promise<User> {
  const user = await ports.store.findUser(account_id);
  if (user === undefined)
    throw new OAuthError('not_found', 'user_unknown', 'There is no such account.', { status: 404 });
  if (user.disabled)
    throw new OAuthError('access_denied', 'user_disabled', 'The account is blocked.', { status: 403 });
  return user;
}

/** Never more than the integrator's own token has, and never the power to make further ones. */
function chooseScope(
  { scopes }: UserTokenRequest,
  bearer: AccessTokenClaims,
  { dialect }: Issuer,
): readonly string[] {
  const allowed = bearer.scope.filter((scope) => scope !== requiredScope);
  if (scopes === undefined) return allowed;
  const requested =
    typeof scopes === 'string' ? parseScope(scopes, dialect.scope.accepts) : [...new Set(scopes)];
  if (requested.length === 0) throw new OAuthError('invalid_scope', 'scope_empty', 'The scopes are empty.');
  return narrowScope(requested, allowed);
}

async function issue(
  { token_expiration_seconds }: UserTokenRequest,
  user: User,
  scope: readonly string[],
  bearer: AccessTokenClaims,
  { request, issuer, ports }: EndpointContext,
) {
  const client = await ports.store.findClient(issuer.name, bearer.client_id);
  if (client === undefined)
    throw new OAuthError('invalid_token', 'client_unknown', 'The token is not good.', { status: 401 });
  // Not longer than the issuer's own tokens: a signing key is deleted once those have expired.
  const longest = issuer.access_token_lifetime;
  const authorization: Authorization = {
    client,
    grant_type: 'password',
    authentication: { method: 'bearer' },
    subject: user.id,
    scope,
    resources: [],
    lifetime: Math.min(token_expiration_seconds ?? longest, longest),
    user: { id: user.id, name: user.login ?? user.name },
  };
  const tokens = await mint(authorization, issuer, ports);
  ports.audit.tokenIssued({
    request_id: request.id,
    issuer: issuer.name,
    client_id: client.client_id,
    grant_type: authorization.grant_type,
    scope,
    jti: tokens.jti,
    address: request.address,
    user_id: user.id,
  });
  const { dialect } = issuer;
  return {
    access_token: tokens.access_token,
    token_type: tokens.token_type,
    expires_in: dialect.expires_in === 'string' ? String(tokens.expires_in) : tokens.expires_in,
    scope: scope.join(dialect.scope.delimiter),
  };
}

interface Envelope {
  readonly status: 'Success' | 'Failure';
  readonly message?: readonly string[];
  readonly codes?: readonly string[];
  readonly payload?: object | undefined;
}

function envelope(
  http_status: number,
  { status, message = [], codes = [], payload = {} }: Envelope,
  { request, issuer }: EndpointContext,
): HttpResponse {
  const headers = { ...issuer.dialect.headers, ...(http_status !== 200 && { 'X-Request-Id': request.id }) };
  return { status: http_status, headers, body: JSON.stringify({ status, message, codes, payload }) };
}
