// The authorization request (RFC 6749 §4.1.1, OpenID Connect Core 1.0 §3.1.2.1): parsed, and judged for itself.

import { type Prompt, promptNames, type ResponseMode, responseModeNames } from '../dialects/names.ts';
import type { AuthorizationRequest, Client, HttpRequest, Issuer, Recipient } from '../model.ts';
import { invalidRequest, OAuthError } from '../oauth-error.ts';
import { type ParameterDescriptions, type Parameters, parseParameters } from '../parameters.ts';
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
const unsupported = ['request', 'request_uri', 'registration'] as const;

const read = [...Object.keys(authorizationParameters), ...unsupported];

/** The parameters of a GET or a POST. Repetition is judged later, when it is known whether the client may be told. */
export const parseAuthorizationParameters = (request: HttpRequest): Parameters =>
  request.method === 'POST'
    ? parseParameters(request, { from: ['body'], repeatable: read })
    : parseParameters(
        { ...request, headers: {}, body: new Uint8Array() },
        { from: ['body', 'query'], repeatable: read },
      );

// RFC 6749 §3.1: "Request and response parameters MUST NOT be included more than once."
export function refuseRepeated(parameters: Parameters, names: readonly string[] = read): void {
  const repeated = names.find((name) => name !== 'resource' && parameters.all(name).length > 1);
  if (repeated !== undefined)
    throw invalidRequest('duplicate_parameter', `The ${repeated} parameter stands more than once.`);
}

/** How an answer is sent; `query` where the request asks for something that does not exist. */
export const readResponseMode = (parameters: Parameters): ResponseMode =>
  responseModeNames.find((mode) => mode === parameters.get('response_mode')) ?? 'query';

/** Judges all that needs no user. Throws what RFC 6749 §4.1.2.1 tells the client. */
export function readAuthorizationRequest(
  parameters: Parameters,
  recipient: Recipient,
  issuer: Issuer,
): AuthorizationRequest {
  refuseRepeated(parameters);
  refuseUnsupported(parameters);
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

function refuseUnsupported(parameters: Parameters): void {
  const response_type = parameters.get('response_type');
  if (response_type === undefined)
    throw invalidRequest('response_type_missing', 'The response_type parameter is missing.');
  if (response_type !== 'code')
    throw new OAuthError('unsupported_response_type', 'response_type_unsupported', 'Use response_type=code.');
  const mode = parameters.get('response_mode');
  if (mode !== undefined && readResponseMode(parameters) !== mode)
    throw invalidRequest('response_mode_unknown', `Use a response_mode of: ${responseModeNames.join(', ')}.`);
  for (const name of unsupported)
    if (parameters.get(name) !== undefined)
      throw new OAuthError(
        `${name}_not_supported`,
        `${name}_present`,
        `The ${name} parameter is not supported.`,
      );
}

/** Scopes that count only where a request names them. */
const namedOnly: readonly string[] = ['openid', 'offline_access'];

function readScope(parameters: Parameters, client: Client, { dialect }: Issuer): readonly string[] {
  const requested = parseScope(parameters.get('scope') ?? '', dialect.scope.accepts);
  if (requested.length > 0) return narrowScope(requested, client.scope);
  if (dialect.authorization_code?.scope_required)
    throw invalidRequest('scope_missing', 'The scope parameter is missing.');
  return client.scope.filter((scope) => !namedOnly.includes(scope));
}

function readNonce(parameters: Parameters): string | null {
  const nonce = parameters.get('nonce') ?? null;
  // It is stored with the grant, and comes back in the ID token.
  if (nonce !== null && nonce.length > 512)
    throw invalidRequest('nonce_too_long', 'The nonce is longer than 512 characters.');
  return nonce;
}

function readCodeChallenge(parameters: Parameters, client: Client, { dialect }: Issuer): string | null {
  const challenge = parameters.get('code_challenge');
  const method = parameters.get('code_challenge_method');
  if (challenge === undefined) {
    const required =
      dialect.authorization_code?.pkce !== 'required_of_public_clients' ||
      client.token_endpoint_auth_method === 'none';
    // RFC 7636 §4.4.1. A method without a challenge means that the challenge was removed on the way.
    if (required || method !== undefined)
      throw invalidRequest(
        'code_challenge_missing',
        'The code_challenge parameter is missing (PKCE, RFC 7636).',
      );
    return null;
  }
  // RFC 7636 §4.3: without a method it is plain, which shows the verifier to every reader of the request.
  if (method !== 'S256') throw invalidRequest('code_challenge_method', 'Use code_challenge_method=S256.');
  if (!isCodeChallenge(challenge))
    throw invalidRequest('code_challenge_malformed', 'The code_challenge is not the base64url of a SHA-256.');
  return challenge;
}

function readPrompt(parameters: Parameters): readonly Prompt[] {
  const named = parseScope(parameters.get('prompt') ?? '', [' ']);
  const known = promptNames.filter((prompt) => named.includes(prompt));
  if (known.length < named.length)
    throw invalidRequest('prompt_unknown', `Use a prompt of: ${promptNames.join(', ')}.`);
  // OpenID Connect Core 1.0 §3.1.2.1: none with any other value is an error.
  if (known.includes('none') && known.length > 1)
    throw invalidRequest('prompt_none_and_more', 'prompt=none stands beside another value.');
  return known;
}

function readMaxAge(parameters: Parameters): number | undefined {
  const max_age = parameters.get('max_age');
  if (max_age !== undefined && !/^\d{1,9}$/.test(max_age))
    throw invalidRequest('max_age_malformed', 'The max_age is not a number of seconds.');
  return max_age === undefined ? undefined : Number(max_age);
}
