// The authorization request (RFC 6749 §4.1.1, OpenID Connect Core 1.0 §3.1.2.1): parsed, and judged for itself.

import {
  openIdScopes,
  type Prompt,
  promptNames,
  type ResponseMode,
  responseModeNames,
} from '../dialects/names.ts';
import { parseJson } from '../json.ts';
import type { AuthorizationRequest, Client, HttpRequest, Issuer, Recipient } from '../model.ts';
import { about, invalidRequest, OAuthError } from '../oauth-error.ts';
import { duplicate, type ParameterDescriptions, type Parameters, parseParameters } from '../parameters.ts';
import { impliesOfflineAccess, offlineAccess } from '../request/offline-access.ts';
import { isCodeChallenge } from '../request/pkce.ts';
import { readResources } from '../request/resource.ts';
import { narrowScope, parseScope } from '../request/scope.ts';

/** What an authorization request may have. */
export const authorizationParameters: ParameterDescriptions = {
  response_type: { required: true, is: '`code`' },
  client_id: { required: true, is: 'the client' },
  redirect_uri: { required: false, is: 'one that is registered; may be left out where there is only one' },
  scope: { required: false, is: 'what is asked for' },
  state: { required: false, is: 'comes back in the answer' },
  code_challenge: {
    required: false,
    is: 'PKCE (RFC 7636): public clients need it, and all clients where the dialect says so',
  },
  code_challenge_method: { required: false, is: '`S256`' },
  response_mode: { required: false, is: '`query`, `fragment` or `form_post`' },
  nonce: { required: false, is: 'comes back in the ID token; 512 characters at most' },
  prompt: { required: false, is: '`none`, `login`, `consent`, `select_account`' },
  max_age: { required: false, is: 'seconds since the user signed in, at most' },
  login_hint: { required: false, is: 'what the sign-in page is filled with' },
  id_token_hint: { required: false, is: 'which user is meant' },
  ui_locales: { required: false, is: 'languages of the pages, in order of preference' },
  resource: { required: false, is: 'for which API (RFC 8707); may stand more than once' },
};

/** Refused, rather than ignored (OpenID Connect Core 1.0 §3.1.2.6). */
export const unsupported = ['request', 'request_uri', 'registration'] as const;

const read = [...Object.keys(authorizationParameters), ...unsupported];

/** The parameters of a GET or a POST. Repetition is judged later, when it is known whether the client may be told. */
export function parseAuthorizationParameters(request: HttpRequest, { dialect }: Issuer): Parameters {
  const rules = { known: [], names: dialect.requests?.names };
  return request.method === 'POST'
    ? parseParameters(request, { ...rules, from: ['body'] })
    : parseParameters(
        { ...request, headers: {}, body: new Uint8Array() },
        { ...rules, from: ['body', 'query'] },
      );
}

// RFC 6749 §3.1: "Request and response parameters MUST NOT be included more than once."
export function refuseRepeated(parameters: Parameters, names: readonly string[] = read): void {
  const repeated = names.find((name) => name !== 'resource' && parameters.all(name).length > 1);
  if (repeated !== undefined) throw duplicate(repeated);
}

/**
 * How an answer is sent; `query` where the request asks for something that does not exist. A request object is not
 * verified and not supported, but the client that sent one reads the refusal where it asks for it: nothing else depends
 * on the mode.
 */
export const readResponseMode = (parameters: Parameters): ResponseMode => {
  const named = parameters.get('response_mode') ?? modeInside(parameters.get('request'));
  return responseModeNames.find((mode) => mode === named) ?? 'query';
};

/** The `response_mode` of a request object (RFC 9101 §4), whoever wrote it; undefined where it cannot be read. */
const modeInside = (request = ''): unknown =>
  Object(parseJson(Buffer.from(request.split('.')[1] ?? '', 'base64url').toString())).response_mode;

/** Judges all that needs no user. Throws what RFC 6749 §4.1.2.1 tells the client. */
export function readAuthorizationRequest(
  parameters: Parameters,
  recipient: Recipient,
  issuer: Issuer,
): AuthorizationRequest {
  refuseRepeated(parameters);
  refuseUnsupported(parameters, issuer);
  const { client } = recipient;
  if (!client.grant_types.includes('authorization_code'))
    throw new OAuthError(
      'unauthorized_client',
      'grant_type_not_allowed',
      'This client is not registered for authorization_code.',
    );
  return {
    ...recipient,
    scope: readScope(parameters, client, issuer),
    resources: readResources(parameters, issuer),
    nonce: readNonce(parameters),
    code_challenge: readCodeChallenge(parameters, client, issuer),
    prompt: readPrompt(parameters),
    max_age: readMaxAge(parameters),
    login_hint: parameters.get('login_hint'),
    ui_locales: parameters.get('ui_locales'),
    id_token_hint: parameters.get('id_token_hint'),
  };
}

function refuseUnsupported(parameters: Parameters, { dialect }: Issuer): void {
  const response_type = parameters.get('response_type') ?? dialect.requests?.otherwise?.response_type;
  if (response_type === undefined)
    throw invalidRequest(
      'response_type_missing',
      'The response_type parameter is missing.',
      about('response_type'),
    );
  if (response_type !== 'code')
    throw new OAuthError(
      'unsupported_response_type',
      'response_type_unsupported',
      'Use response_type=code.',
      about('response_type', response_type),
    );
  const mode = parameters.get('response_mode');
  if (mode !== undefined && readResponseMode(parameters) !== mode)
    throw invalidRequest(
      'response_mode_unknown',
      `Use a response_mode of: ${responseModeNames.join(', ')}.`,
      about('response_mode', mode),
    );
  for (const name of unsupported)
    if (parameters.get(name) !== undefined)
      throw new OAuthError(
        `${name}_not_supported`,
        `${name}_present`,
        `The ${name} parameter is not supported.`,
        about(name, parameters.get(name)),
      );
}

/** Scopes that count only where a request names them. */
const namedOnly: readonly string[] = ['openid', 'offline_access'];

function readScope(parameters: Parameters, client: Client, issuer: Issuer): readonly string[] {
  const { scope, authorization_code } = issuer.dialect;
  const requested = parseScope(parameters.get('scope') ?? '', scope.accepts);
  if (requested.length === 0 && authorization_code?.scope_required)
    throw invalidRequest('scope_missing', 'The scope parameter is missing.', about('scope'));
  const asked =
    requested.length > 0
      ? withoutIdle(withoutIgnored(requested, client, issuer), client)
      : client.scope.filter((scope) => !namedOnly.includes(scope));
  const implied = impliesOfflineAccess(parameters, asked, client, issuer);
  if (implied) return narrowScope([...new Set([...asked, offlineAccess])], [...client.scope, offlineAccess]);
  return narrowScope(asked, mayRefresh(client) ? client.scope : client.scope.filter(isNotOffline));
}

const mayRefresh = ({ grant_types }: Client): boolean => grant_types.includes('refresh_token');
const isNotOffline = (name: string): boolean => name !== offlineAccess;

/**
 * OpenID Connect Core 1.0 §11: `offline_access` is ignored where it would give nothing, and the user be asked in vain.
 * Alone it is refused: nothing would be left to allow.
 */
function withoutIdle(requested: readonly string[], client: Client): readonly string[] {
  const others = requested.filter(isNotOffline);
  return mayRefresh(client) || others.length === 0 ? requested : others;
}

/**
 * OpenID Connect Core 1.0 §3.1.2.1: scopes that are not understood are ignored, and so are those of OpenID Connect that
 * this client does not have; the answer says what was given. One that names an API of this issuer is refused as ever.
 */
function withoutIgnored(
  requested: readonly string[],
  { scope }: Client,
  { scopes }: Issuer,
): readonly string[] {
  if (!requested.includes('openid') || !scope.includes('openid')) return requested;
  const optional: readonly string[] = openIdScopes;
  return requested.filter(
    (name) => scope.includes(name) || (scopes.includes(name) && !optional.includes(name)),
  );
}

function readNonce(parameters: Parameters): string | null {
  const nonce = parameters.get('nonce') ?? null;
  // It is stored with the grant, and comes back in the ID token.
  if (nonce !== null && nonce.length > 512)
    throw invalidRequest('nonce_too_long', 'The nonce is longer than 512 characters.', about('nonce', nonce));
  return nonce;
}

function readCodeChallenge(parameters: Parameters, client: Client, { dialect }: Issuer): string | null {
  const challenge = parameters.get('code_challenge');
  const method = parameters.get('code_challenge_method');
  if (challenge === undefined) {
    const isPublic = client.token_endpoint_auth_method === 'none';
    const byDialect = dialect.authorization_code?.pkce !== 'required_of_public_clients';
    // RFC 7636 §4.4.1. A method without a challenge means that the challenge was removed on the way.
    if (isPublic || (client.require_pkce ?? byDialect) || method !== undefined)
      throw challengeMissing('The code_challenge parameter is missing (PKCE, RFC 7636).');
    // OAuth 2.1 §7.5.1: a client that is excused must bind the answer to its user's browser in another way.
    if (client.require_pkce === false && !isBoundOtherwise(parameters))
      throw challengeMissing('Send a code_challenge (PKCE, RFC 7636), a nonce or a state.');
    return null;
  }
  // RFC 7636 §4.3: without a method it is plain, which shows the verifier to every reader of the request.
  if (method !== 'S256')
    throw invalidRequest(
      'code_challenge_method',
      'Use code_challenge_method=S256.',
      about('code_challenge_method', method),
    );
  if (!isCodeChallenge(challenge))
    throw invalidRequest(
      'code_challenge_malformed',
      'The code_challenge is not the base64url of a SHA-256.',
      about('code_challenge', challenge),
    );
  return challenge;
}

/** By the nonce of an ID token (OpenID Connect Core 1.0 §3.1.2.1), or by the state (RFC 6749 §10.12). */
const isBoundOtherwise = (parameters: Parameters): boolean =>
  parameters.get('nonce') !== undefined || parameters.get('state') !== undefined;

const challengeMissing = (description: string) =>
  invalidRequest('code_challenge_missing', description, about('code_challenge'));

function readPrompt(parameters: Parameters): readonly Prompt[] {
  const named = parseScope(parameters.get('prompt') ?? '', [' ']);
  const known = promptNames.filter((prompt) => named.includes(prompt));
  if (known.length < named.length)
    throw invalidRequest(
      'prompt_unknown',
      `Use a prompt of: ${promptNames.join(', ')}.`,
      about('prompt', named.join(' ')),
    );
  // OpenID Connect Core 1.0 §3.1.2.1: none with any other value is an error.
  if (known.includes('none') && known.length > 1)
    throw invalidRequest(
      'prompt_none_and_more',
      'prompt=none stands beside another value.',
      about('prompt', named.join(' ')),
    );
  return known;
}

function readMaxAge(parameters: Parameters): number | undefined {
  const max_age = parameters.get('max_age');
  if (max_age !== undefined && !/^\d{1,9}$/.test(max_age))
    throw invalidRequest(
      'max_age_malformed',
      'The max_age is not a number of seconds.',
      about('max_age', max_age),
    );
  return max_age === undefined ? undefined : Number(max_age);
}

/** Characters. Links of 8000 are carried everywhere, and a sign-in elsewhere seals the request, which takes a third more. */
const longest = 6000;

/**
 * The pages carry the request in their addresses, with its scope named and perhaps a further prompt. So it is refused here,
 * where the client can be told, and never later, where only the user could.
 */
export function refuseTooLong(query: string, { scope }: AuthorizationRequest, { dialect }: Issuer): void {
  const carried = new URLSearchParams(query);
  carried.set('scope', scope.join(dialect.scope.delimiter));
  carried.set('prompt', promptNames.join(' '));
  const length = Math.max(carried.toString().length, query.length);
  if (length > longest)
    throw invalidRequest(
      'request_too_long',
      `The request is longer than ${longest} characters, encoded and with its scope named.`,
      { cause: `${length} characters` },
    );
}
