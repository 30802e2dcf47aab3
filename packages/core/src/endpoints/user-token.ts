// A user's token under the integrator's: the client vouches for the user, who takes no part (Tilia's POST /authorize/user).

import { z } from 'zod';
import { writeTokenAnswer } from '../answers/token-answer.ts';
import { parseJson } from '../json.ts';
import type {
  Authorization,
  Client,
  HttpRequest,
  HttpResponse,
  Issuer,
  TokenSet,
  User,
  UserGrant,
} from '../model.ts';
import { about, invalidRequest, OAuthError } from '../oauth-error.ts';
import { readText } from '../parameters.ts';
import type { Ports } from '../ports.ts';
import type { Reason } from '../reasons.ts';
import { narrowScope, parseScope } from '../request/scope.ts';
import { authenticateBearer, bearerOf } from '../tokens/bearer.ts';
import { mint } from '../tokens/mint.ts';
import type { Endpoint, EndpointContext } from './endpoint.ts';
import { reportRefusal, statusOf } from './render.ts';

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
type Bearer = Awaited<ReturnType<typeof authenticateBearer>>;

export const userToken: Endpoint<'user_token'> = {
  name: 'user_token',
  methods: ['POST'],
  cross_origin: false,
  async handle(context) {
    const { request, issuer, ports } = context;
    let client_id: string | undefined;
    try {
      const bearer = await authenticateBearer(bearerOf(request), requiredScope, issuer, ports);
      refuseWhoCannotVouch(bearer);
      client_id = bearer.client_id;
      const asked = parseBody(request);
      const user = await findUser(asked.account_id, bearer.client, issuer, ports);
      const scope = chooseScope(asked, bearer, issuer);
      const token = asked.return_token ? await issue(asked, user, scope, bearer.client, context) : undefined;
      return envelope(200, { status: 'Success', payload: token && { token } }, context);
    } catch (thrown) {
      return refuse(thrown, context, client_id);
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
      '`status`, `message`, `codes` and `payload`, in which `token` has what the token endpoint answers',
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
function refuse(thrown: unknown, context: EndpointContext, client_id?: string): HttpResponse {
  const { request, issuer, ports } = context;
  const known = { request, issuer, endpoint: 'user_token', client_id, audit: ports.audit };
  const refusal = reportRefusal(thrown, known);
  const status = statusOf(refusal, 'user_token', issuer);
  const { description, error } = refusal;
  const failure = envelope(status, { status: 'Failure', message: [description], codes: [error] }, context);
  return { ...failure, headers: { ...failure.headers, ...refusal.headers } };
}

function parseBody(request: HttpRequest): UserTokenRequest {
  const parsed = body.safeParse(parseJson(readText(request)));
  if (parsed.success) return parsed.data;
  const member = parsed.error.issues[0]?.path[0];
  throw invalidRequest(
    'body_malformed',
    member === undefined ? 'The body is not a JSON object.' : `${String(member)} is missing or malformed.`,
    about(member === undefined ? 'body' : String(member)),
  );
}

/** A client vouches by itself: with a secret, and not by the leave of some user. */
function refuseWhoCannotVouch({ client, user_id }: Bearer): void {
  const { client_id, token_endpoint_auth_method } = client;
  const reason = user_id !== undefined ? 'bearer_of_user' : 'public_client';
  if (user_id !== undefined || token_endpoint_auth_method === 'none')
    throw new OAuthError('access_denied', reason, 'Only a client that speaks for itself may ask this.', {
      status: 403,
      details: { client_id },
    });
}

/** A user of another owner is unknown to the client, as one that does not exist. */
async function findUser(account_id: string, client: Client, issuer: Issuer, ports: Ports): Promise<User> {
  const user = await ports.store.findUser(account_id);
  const owned = issuer.vouched_users === 'any' || (client.owner !== '' && user?.owner === client.owner);
  if (user === undefined || !owned)
    throw new OAuthError(
      'not_found',
      user === undefined ? 'user_unknown' : 'user_of_another_owner',
      'There is no such account.',
      { status: 404, ...about('account_id', account_id, user && { user_id: user.id }) },
    );
  if (user.disabled) throw blocked('user_disabled', user);
  return user;
}

const blocked = (reason: Reason, { id }: User) =>
  new OAuthError('access_denied', reason, 'The account is blocked.', {
    status: 403,
    details: { user_id: id },
  });

/** Never more than the integrator and its own token have, and never the power to make further ones. */
function chooseScope({ scopes }: UserTokenRequest, bearer: Bearer, { dialect }: Issuer): readonly string[] {
  const { client } = bearer;
  const allowed = bearer.scope.filter((scope) => scope !== requiredScope && client.scope.includes(scope));
  if (scopes === undefined) return allowed;
  const requested =
    typeof scopes === 'string' ? parseScope(scopes, dialect.scope.accepts) : [...new Set(scopes)];
  if (requested.length === 0)
    throw new OAuthError('invalid_scope', 'scope_empty', 'The scopes are empty.', about('scopes'));
  return narrowScope(requested, allowed);
}

async function issue(
  { token_expiration_seconds }: UserTokenRequest,
  user: User,
  scope: readonly string[],
  client: Client,
  { request, issuer, ports }: EndpointContext,
) {
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
  const noted = await ports.store.createVouchedGrant(
    grantOf(tokens, authorization, issuer, ports.clock.now()),
  );
  if (noted === 'ended') throw blocked('vouching_ended', user);
  if (noted === 'gone') throw blocked('user_disabled', user);
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
  return JSON.parse(writeTokenAnswer({ tokens, authorization, request, issuer, ports })) as object;
}

/** The token as the user sees and ends it: a grant that gave nothing else. */
const grantOf = (
  { jti, scope, expires_in }: TokenSet,
  { client, subject }: Authorization,
  issuer: Issuer,
  now: number,
): UserGrant => ({
  id: jti,
  issuer: issuer.name,
  client_id: client.client_id,
  authentication: {
    user_id: subject,
    session_id: '',
    auth_time: Math.floor(now / 1000),
    amr: [],
    identity_provider: '',
  },
  scope,
  resources: [],
  nonce: null,
  redirect_uri: '',
  redirect_uri_required: false,
  code_challenge: null,
  code_state: 'none',
  code_expires_at: now,
  generation: 0,
  rotated_at: now,
  refresh_expires_at: null,
  revoked_at: null,
  created_at: now,
  // The claim is of whole seconds.
  expires_at: now + (expires_in + 1) * 1000,
});

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
