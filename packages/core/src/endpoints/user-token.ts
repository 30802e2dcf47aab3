// A user's token under the integrator's: the client vouches for the user, who takes no part (Tilia's POST /authorize/user).

import { isUtf8 } from 'node:buffer';
import { z } from 'zod';
import type { HttpRequest, HttpResponse, Issuer, User } from '../model.ts';
import { invalidRequest, OAuthError } from '../oauth-error.ts';
import type { Ports } from '../ports.ts';
import { narrowScope, parseScope } from '../request/scope.ts';
import { authenticateBearer } from '../tokens/bearer.ts';
import type { AccessTokenClaims } from '../tokens/claims.ts';
import { mint } from '../tokens/mint.ts';
import type { Endpoint } from './client-endpoint.ts';
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
type Wanted = z.infer<typeof body>;

export const userTokenEndpoint: Endpoint = async (request, issuer, ports) => {
  try {
    const bearer = await authenticateBearer(request, requiredScope, issuer, ports);
    const wanted = parseBody(request);
    const user = await findUser(wanted.account_id, ports);
    const scope = chooseScope(wanted, bearer, issuer);
    const payload = wanted.return_token
      ? { token: await issue(wanted, user, scope, bearer, request, issuer, ports) }
      : {};
    return envelope(200, 'Success', [], [], payload, request, issuer);
  } catch (thrown) {
    return refuseUserToken(thrown, request, issuer, ports);
  }
};

/** The answer to anything thrown, in this endpoint's own form, and its line in the log. */
export function refuseUserToken(thrown: unknown, request: HttpRequest, issuer: Issuer, { audit }: Ports) {
  const refusal = reportRefusal(thrown, { request, issuer, endpoint: 'user_token', audit });
  const status = refusal.status ?? issuer.dialect.errors.status[refusal.error] ?? 400;
  const failure = envelope(status, 'Failure', [refusal.description], [refusal.error], {}, request, issuer);
  return { ...failure, headers: { ...failure.headers, ...refusal.headers } };
}

function parseBody({ body: bytes }: HttpRequest): Wanted {
  const parsed = body.safeParse(isUtf8(bytes) ? parseJson(Buffer.from(bytes).toString()) : undefined);
  if (parsed.success) return parsed.data;
  const member = parsed.error.issues[0]?.path[0];
  throw invalidRequest(
    'body_malformed',
    member === undefined ? 'The body is not a JSON object.' : `${String(member)} is missing or malformed.`,
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
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
function chooseScope({ scopes }: Wanted, bearer: AccessTokenClaims, { dialect }: Issuer): readonly string[] {
  const allowed = bearer.scope.filter((scope) => scope !== requiredScope);
  if (scopes === undefined) return allowed;
  const requested =
    typeof scopes === 'string' ? parseScope(scopes, dialect.scope.accepts) : [...new Set(scopes)];
  if (requested.length === 0) throw new OAuthError('invalid_scope', 'scope_empty', 'The scopes are empty.');
  return narrowScope(requested, allowed);
}

async function issue(
  { token_expiration_seconds }: Wanted,
  user: User,
  scope: readonly string[],
  bearer: AccessTokenClaims,
  request: HttpRequest,
  issuer: Issuer,
  ports: Ports,
) {
  const client = await ports.store.findClient(issuer.name, bearer.client_id);
  if (client === undefined)
    throw new OAuthError('invalid_token', 'client_unknown', 'The token is not good.', { status: 401 });
  const grant_type = 'password';
  const tokens = await mint(
    {
      client,
      grant_type,
      authentication: { method: 'bearer' },
      subject: user.id,
      scope,
      resources: [],
      // No key is kept for longer than the issuer's own tokens live.
      lifetime: Math.min(
        token_expiration_seconds ?? issuer.access_token_lifetime,
        issuer.access_token_lifetime,
      ),
      user: { id: user.id, name: user.login ?? user.name },
    },
    issuer,
    ports,
  );
  ports.audit.tokenIssued({
    request_id: request.id,
    issuer: issuer.name,
    client_id: client.client_id,
    grant_type,
    scope,
    jti: tokens.jti,
    user_id: user.id,
  });
  const { dialect } = issuer;
  return {
    access_token: tokens.access_token,
    token_type: 'Bearer',
    expires_in: dialect.expires_in === 'string' ? String(tokens.expires_in) : tokens.expires_in,
    scope: scope.join(dialect.scope.delimiter),
  };
}

function envelope(
  status: number,
  outcome: 'Success' | 'Failure',
  message: readonly string[],
  codes: readonly string[],
  payload: object,
  request: HttpRequest,
  { dialect }: Issuer,
): HttpResponse {
  const headers = { ...dialect.headers, ...(status !== 200 && { 'X-Request-Id': request.id }) };
  return { status, headers, body: JSON.stringify({ status: outcome, message, codes, payload }) };
}
