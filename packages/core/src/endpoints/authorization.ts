// The authorization endpoint (RFC 6749 §4.1): a user's yes becomes a code, anything else an answer that says why.

import type {
  AuthorizationQuestion,
  AuthorizationRequest,
  HttpRequest,
  HttpResponse,
  Issuer,
  Recipient,
  UserAuthentication,
  UserGrant,
} from '../model.ts';
import { invalidRequest, OAuthError } from '../oauth-error.ts';
import type { Parameters } from '../parameters.ts';
import type { Ports } from '../ports.ts';
import { chooseRedirectUri, isLoopback, withQuery } from '../request/redirect-uri.ts';
import { readIdToken } from '../tokens/id-token.ts';
import {
  parseAuthorizationParameters,
  readAuthorizationRequest,
  readResponseMode,
  refuseRepeated,
} from './authorization-request.ts';
import { reportRefusal } from './render.ts';

/** An authorization request: a code where the user has allowed all of it, or a question, or an error. */
export const authorizationEndpoint = (request: HttpRequest, issuer: Issuer, ports: Ports) =>
  answer(request, issuer, ports, (wanted) => decide(wanted, false, request, issuer, ports));

/**
 * The same request, where the user has just said yes to `allowed` of it: remembered, so that nobody asks again. What the
 * request has come to mean since the user was asked is not in it.
 */
export const authorizationAllowed = (
  request: HttpRequest,
  issuer: Issuer,
  ports: Ports,
  allowed: readonly string[],
): Promise<HttpResponse> =>
  answer(request, issuer, ports, (wanted) => {
    const scope = wanted.scope.filter((each) => allowed.includes(each));
    return decide({ ...wanted, scope }, true, request, issuer, ports);
  });

/** The same request, where the user said no. */
export const authorizationDenied = (request: HttpRequest, issuer: Issuer, ports: Ports) =>
  answer(request, issuer, ports, async () => {
    throw new OAuthError('access_denied', 'consent_refused', 'The user refused.');
  });

/** The same request, where another user signed in than its `id_token_hint` means. */
export const authorizationOfAnother = (request: HttpRequest, issuer: Issuer, ports: Ports) =>
  answer(request, issuer, ports, async () => {
    throw new OAuthError('login_required', 'user_of_another_hint', 'Another user has signed in.');
  });

type Answer = { readonly code: string } | { readonly page: HttpResponse };

async function decide(
  wanted: AuthorizationRequest,
  allowed: boolean,
  request: HttpRequest,
  issuer: Issuer,
  ports: Ports,
): Promise<Answer> {
  const session = await ports.interaction.session(request, issuer);
  const question = await questionFor(wanted, session, issuer, ports);
  if (session !== undefined && (question === undefined || (allowed && question.ask === 'consent'))) {
    const { client, scope } = wanted;
    if (
      allowed &&
      !(await ports.store.rememberConsent(issuer.name, session.user_id, client.client_id, scope))
    )
      throw new OAuthError('unauthorized_client', 'client_unknown', 'This app is not registered any more.');
    return { code: await grantCode(wanted, session, request, issuer, ports) };
  }
  if (wanted.prompt.includes('none')) throw interactionNeeded(question);
  return { page: await ports.interaction.ask(question ?? { ask: 'sign_in' }, wanted, request, issuer) };
}

/** Until the recipient is known, what is wrong is told to the user alone; from then on to the client (§4.1.2.1). */
async function answer(
  request: HttpRequest,
  issuer: Issuer,
  ports: Ports,
  decide: (wanted: AuthorizationRequest) => Promise<Answer>,
): Promise<HttpResponse> {
  const failure = { request, issuer, endpoint: 'authorization', audit: ports.audit };
  let recipient: Recipient | undefined;
  try {
    const parameters = parseAuthorizationParameters(request);
    recipient = await findRecipient(parameters, issuer, ports);
    const result = await decide(readAuthorizationRequest(parameters, recipient, issuer));
    return 'page' in result ? result.page : respond(recipient, { code: result.code }, request, issuer, ports);
  } catch (thrown) {
    const client_id = recipient?.client.client_id;
    const refusal = reportRefusal(thrown, { ...failure, client_id });
    if (recipient === undefined) return ports.interaction.refuse(refusal, request, issuer);
    const { error, description } = refusal;
    return respond(recipient, { error, error_description: description }, request, issuer, ports);
  }
}

async function findRecipient(parameters: Parameters, issuer: Issuer, ports: Ports): Promise<Recipient> {
  refuseRepeated(parameters, ['client_id', 'redirect_uri', 'response_mode', 'state']);
  const client_id = parameters.get('client_id');
  if (client_id === undefined)
    throw invalidRequest('client_id_missing', 'The client_id parameter is missing.');
  // Asked anew: a refusal from memory could be a second old, and is seen by people.
  const client = await ports.store.findClient(issuer.name, client_id);
  if (client === undefined || client.disabled)
    throw invalidRequest(
      client ? 'client_disabled' : 'client_unknown',
      'No app is registered by this client_id.',
    );
  const requested = parameters.get('redirect_uri');
  return {
    client,
    redirect_uri: chooseRedirectUri(requested, client),
    redirect_uri_named: requested !== undefined,
    response_mode: readResponseMode(parameters),
    state: parameters.get('state'),
  };
}

/** What the user has yet to answer; undefined where nothing is left to ask. */
async function questionFor(
  wanted: AuthorizationRequest,
  session: UserAuthentication | undefined,
  issuer: Issuer,
  ports: Ports,
): Promise<AuthorizationQuestion | undefined> {
  const { prompt, client } = wanted;
  if (session === undefined || prompt.includes('login') || !(await fits(session, wanted, issuer, ports)))
    return { ask: 'sign_in' };
  if (prompt.includes('select_account')) return { ask: 'select_account', session };
  const allowed = await ports.store.findConsent(issuer.name, session.user_id, client.client_id);
  const remembered = wanted.scope.filter((scope) => allowed?.includes(scope));
  const complete = allowed !== undefined && remembered.length === wanted.scope.length;
  const again = prompt.includes('consent') || couldBeAnybody(wanted);
  return complete && !again ? undefined : { ask: 'consent', session, remembered };
}

/** Whether the session is recent enough, and that of the user whom the client means. */
async function fits(
  session: UserAuthentication,
  { max_age, id_token_hint }: AuthorizationRequest,
  issuer: Issuer,
  ports: Ports,
): Promise<boolean> {
  const age = Math.floor(ports.clock.now() / 1000) - session.auth_time;
  // OpenID Connect Core 1.0 §3.1.2.1: max_age=0 is prompt=login, within the same second too.
  if (max_age === 0 || (max_age !== undefined && age > max_age)) return false;
  if (id_token_hint === undefined) return true;
  const hinted = await readIdToken(id_token_hint, issuer, ports);
  // One that cannot be read any more, since keys have rotated, hints at nobody.
  return hinted === undefined || hinted.sub === session.user_id;
}

// RFC 8252 §8.6: any program of the computer can ask in the name of an app that proves nothing, so the user must.
const couldBeAnybody = ({ client, redirect_uri }: Recipient): boolean =>
  client.token_endpoint_auth_method === 'none' &&
  (isLoopback(redirect_uri) || !redirect_uri.startsWith('https:'));

/** OpenID Connect Core 1.0 §3.1.2.6 */
function interactionNeeded(question: AuthorizationQuestion | undefined): OAuthError {
  if (question?.ask !== 'consent')
    return new OAuthError('login_required', 'not_signed_in', 'The user is not signed in.');
  return new OAuthError('consent_required', 'consent_missing', 'The user has not allowed all of this yet.');
}

async function grantCode(
  wanted: AuthorizationRequest,
  authentication: UserAuthentication,
  request: HttpRequest,
  issuer: Issuer,
  ports: Ports,
): Promise<string> {
  const now = ports.clock.now();
  const lifetime = issuer.dialect.authorization_code?.lifetime ?? 60;
  const grant: UserGrant = {
    id: ports.random.id(),
    issuer: issuer.name,
    client_id: wanted.client.client_id,
    authentication,
    scope: wanted.scope,
    resources: wanted.resources,
    nonce: wanted.nonce,
    redirect_uri: wanted.redirect_uri,
    redirect_uri_required: wanted.redirect_uri_named,
    code_challenge: wanted.code_challenge,
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
  });
  return ports.grantTokens.code(issuer.name, grant.id);
}

/** Sends the answer where the request wants it. RFC 9207 §2: every answer says who gives it, errors too. */
async function respond(
  recipient: Recipient,
  result: Readonly<Record<string, string>>,
  request: HttpRequest,
  issuer: Issuer,
  ports: Ports,
): Promise<HttpResponse> {
  const { redirect_uri, response_mode, state } = recipient;
  const parameters = { ...result, ...(state !== undefined && { state }), iss: issuer.issuer };
  if (response_mode === 'form_post')
    return ports.interaction.formPost(recipient, parameters, request, issuer);
  const location =
    response_mode === 'fragment'
      ? `${redirect_uri}#${new URLSearchParams(parameters)}`
      : withQuery(redirect_uri, parameters);
  return {
    // RFC 9700 §2.6: never 307, which would send the user's form on to the client.
    status: 303,
    headers: {
      Location: location,
      'Cache-Control': 'no-store',
      'Referrer-Policy': 'no-referrer',
      'X-Request-Id': request.id,
    },
    body: '',
  };
}
