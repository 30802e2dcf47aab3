// The authorization endpoint (RFC 6749 §4.1): a user's yes becomes a code, anything else an answer that says why.

import { isUtf8 } from 'node:buffer';
import { promptNames, responseModeNames } from '../dialects/names.ts';
import type {
  AuthorizationRequest,
  HttpRequest,
  HttpResponse,
  Issuer,
  Recipient,
  UserAuthentication,
} from '../model.ts';
import { about, clientIdHint, invalidRequest, OAuthError } from '../oauth-error.ts';
import { canonicalForm, isForm, type Parameters } from '../parameters.ts';
import type { Ports } from '../ports.ts';
import { chooseRedirectUri } from '../request/redirect-uri.ts';
import { acrValues } from '../tokens/id-token.ts';
import { idTokenAlgs } from '../tokens/id-token-alg.ts';
import { allUserClaims } from '../tokens/user-claims.ts';
import { grantCode } from './authorization-grant.ts';
import { interactionNeeded, questionFor } from './authorization-question.ts';
import {
  authorizationParameters,
  parseAuthorizationParameters,
  readAuthorizationRequest,
  readResponseMode,
  refuseRepeated,
  refuseTooLong,
} from './authorization-request.ts';
import type { Endpoint, EndpointContext } from './endpoint.ts';
import { insistsOn } from './prompts.ts';
import { reportRefusal } from './render.ts';
import { responseModes } from './response-modes.ts';

/** An authorization request: a code where the user has allowed all of it, or a question, or an error. */
export function authorize(context: EndpointContext): Promise<HttpResponse> {
  const { request, issuer, ports } = context;
  const link = asLink(request);
  const again = link && ports.interaction.sendAgain(link, issuer);
  if (again !== undefined) return Promise.resolve(again);
  const judged = link === undefined ? context : { ...context, request: link };
  return answer(judged, (asked, context) => decide(asked, false, context));
}

/**
 * The request as a link, where it came as a form: from here on there is one text that is judged, shown and allowed.
 * Undefined for every other request; a POST that is no form is refused when its parameters are parsed.
 */
function asLink(request: HttpRequest): HttpRequest | undefined {
  if (request.method !== 'POST' || !isForm(request) || !isUtf8(request.body)) return undefined;
  return { ...request, method: 'GET', query: Buffer.from(request.body).toString(), body: new Uint8Array() };
}

/**
 * The same request, after the user has said yes to the scope `allowed`, which is remembered. Scope that the request has
 * come to mean since the user was asked is left out.
 */
export const authorizationAllowed = (
  context: EndpointContext,
  allowed: readonly string[],
): Promise<HttpResponse> =>
  answer(context, (asked, read) => {
    const scope = asked.scope.filter((each) => allowed.includes(each));
    return decide({ ...asked, scope }, true, read);
  });

/** The same request, where the user said no. */
export const authorizationDenied = (context: EndpointContext): Promise<HttpResponse> =>
  answer(context, async () => {
    throw new OAuthError('access_denied', 'consent_refused', 'The user refused.');
  });

const unmet = {
  user_of_another_hint: 'Another user has signed in.',
  sign_in_not_recent: 'The user has not signed in as lately as max_age or prompt asks.',
} as const;

/** The same request, where the user has signed in and it is not what the request asks for. */
export const authorizationUnmet = (
  context: EndpointContext,
  reason: keyof typeof unmet,
): Promise<HttpResponse> =>
  answer(context, async () => {
    throw new OAuthError('login_required', reason, unmet[reason]);
  });

type Answer = { readonly code: string } | { readonly page: HttpResponse };

async function decide(
  asked: AuthorizationRequest,
  allowed: boolean,
  context: EndpointContext,
): Promise<Answer> {
  const { request, issuer, ports } = context;
  const session = await ports.interaction.session(request, issuer);
  const question = await questionFor(asked, session, issuer, ports);
  if (session !== undefined && (question === undefined || (allowed && question.ask === 'consent'))) {
    if (allowed) await rememberConsent(asked, session, context);
    return { code: await grantCode(asked, session, context) };
  }
  if (insistsOn(asked.prompt, 'nothing')) throw interactionNeeded(question, asked, issuer);
  return { page: await ports.interaction.ask(question ?? { ask: 'sign_in' }, asked, request, issuer) };
}

async function rememberConsent(
  { client, scope }: AuthorizationRequest,
  { user_id }: UserAuthentication,
  { issuer, ports }: EndpointContext,
): Promise<void> {
  if (!(await ports.store.rememberConsent(issuer.name, user_id, client.client_id, scope)))
    throw new OAuthError('unauthorized_client', 'client_unknown', 'This app is not registered any more.');
}

/** Until the recipient is known, what is wrong is told to the user alone; from then on to the client (§4.1.2.1). */
async function answer(
  context: EndpointContext,
  decide: (asked: AuthorizationRequest, read: EndpointContext) => Promise<Answer>,
): Promise<HttpResponse> {
  const { request, issuer, ports } = context;
  let recipient: Recipient | undefined;
  try {
    const parameters = parseAuthorizationParameters(request, issuer);
    recipient = await findRecipient(parameters, issuer, ports);
    const asked = readAuthorizationRequest(parameters, recipient, issuer);
    // What was judged is what the pages read, whatever else the text of the request could be taken for.
    const read = {
      ...context,
      request: { ...request, query: canonicalForm(request.query, issuer.dialect.requests?.names) },
    };
    refuseTooLong(read.request.query, asked, issuer);
    const result = await decide(asked, read);
    return 'page' in result ? result.page : await respond(recipient, { code: result.code }, context);
  } catch (thrown) {
    const client_id = recipient?.client.client_id;
    const failure = { request, issuer, endpoint: 'authorization', client_id, audit: ports.audit };
    const refusal = reportRefusal(thrown, failure);
    if (recipient === undefined) return ports.interaction.refuse(refusal, request, issuer);
    return respond(recipient, { error: refusal.error, error_description: refusal.description }, context);
  }
}

/** RFC 9207 §2: every answer says who gives it, errors too. */
async function respond(
  recipient: Recipient,
  result: Readonly<Record<string, string>>,
  context: EndpointContext,
): Promise<HttpResponse> {
  const { response_mode, state } = recipient;
  // RFC 6749 §4.1.2.1 has the state come back. One that no redirect carries would keep back the error, too.
  const carried = state !== undefined && (response_mode === 'form_post' || fitsRedirect(state));
  const parameters = { ...result, ...(carried && { state }), iss: context.issuer.issuer };
  return responseModes[response_mode](recipient, parameters, context);
}

/** Proxies and clients take headers of 8 KiB. */
const fitsRedirect = (state: string): boolean => encodeURIComponent(state).length <= 7000;

async function findRecipient(parameters: Parameters, issuer: Issuer, ports: Ports): Promise<Recipient> {
  refuseRepeated(parameters, ['client_id', 'redirect_uri', 'response_mode', 'state']);
  const client_id = parameters.get('client_id');
  if (client_id === undefined)
    throw invalidRequest('client_id_missing', 'The client_id parameter is missing.', about('client_id'));
  // Asked anew: a refusal from memory could be a second old, and is seen by people.
  const client = await ports.store.findClient(issuer.name, client_id);
  if (client === undefined || client.disabled)
    throw invalidRequest(
      client ? 'client_disabled' : 'client_unknown',
      'No app is registered by this client_id.',
      { details: client ? { client_id } : { client_id_hint: clientIdHint(client_id) } },
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

const claims_supported = ['sub', 'auth_time', 'acr', 'amr', 'sid', ...allUserClaims];

const reference: Endpoint['reference'] = {
  is: 'sends a user to sign in and to allow a client something; the answer goes to the client’s redirect URI (RFC 6749 §4.1.1)',
  parameters: authorizationParameters,
  answer: '`code`, `state` and `iss` (RFC 9207) in a redirect of status 303, or in a form',
  errors: {
    invalid_request: 'redirect',
    unauthorized_client: 'redirect',
    access_denied: 'redirect',
    unsupported_response_type: 'redirect',
    invalid_scope: 'redirect',
    invalid_target: 'redirect',
    login_required: 'redirect',
    consent_required: 'redirect',
    request_not_supported: 'redirect',
    request_uri_not_supported: 'redirect',
    registration_not_supported: 'redirect',
    temporarily_unavailable: 'redirect',
    server_error: 'redirect',
  },
};

export const authorization: Endpoint<'authorization'> = {
  name: 'authorization',
  // No HEAD: a GET may use up what the user has answered.
  methods: ['GET', 'POST'],
  cross_origin: false,
  metadata_uri: 'authorization_endpoint',
  metadata: (issuer) => ({
    response_modes_supported: responseModeNames,
    code_challenge_methods_supported: ['S256'],
    // RFC 9207 §3
    authorization_response_iss_parameter_supported: true,
    // OpenID Connect Discovery 1.0 §3
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: idTokenAlgs(issuer),
    acr_values_supported: acrValues,
    claims_supported,
    prompt_values_supported: promptNames,
    ui_locales_supported: issuer.ui_locales,
    request_parameter_supported: false,
    // Where it is left out, it is true.
    request_uri_parameter_supported: false,
  }),
  handle: authorize,
  reference,
};
