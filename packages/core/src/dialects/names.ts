// The names that a dialect chooses from, each spelled once. The registries of grants, client authentication methods,
// endpoints, response modes and prompts are records over these lists: a name without its entry does not compile.

/** Values of `grant_type` (RFC 6749 §4.1.3, §4.4.2 and §6). */
export const grantTypes = ['client_credentials', 'authorization_code', 'refresh_token'] as const;
export type GrantType = (typeof grantTypes)[number];

/** Values of `token_endpoint_auth_method` (RFC 7591 §2 and its IANA registry). `none` is that of public clients. */
export const clientAuthenticationMethodNames = ['client_secret_basic', 'client_secret_post', 'none'] as const;
export type ClientAuthenticationMethodName = (typeof clientAuthenticationMethodNames)[number];

/** Those by which a client shows a secret that the server has stored. */
const secretMethodNames = ['client_secret_basic', 'client_secret_post'] as const;
export type SecretMethodName = (typeof secretMethodNames)[number];

/** Whether a client that is registered for this method has a secret. */
export const usesSecret = (method: ClientAuthenticationMethodName): method is SecretMethodName =>
  secretMethodNames.some((name) => name === method);

/** Endpoints of every issuer. */
export const requiredEndpointNames = ['token', 'introspection', 'revocation', 'jwks'] as const;
export type RequiredEndpointName = (typeof requiredEndpointNames)[number];

/** Endpoints that an issuer has where its dialect gives them a path. */
export const optionalEndpointNames = [
  'deny_list',
  'authorization',
  'userinfo',
  'end_session',
  'user_token',
] as const;
export const endpointNames = [...requiredEndpointNames, ...optionalEndpointNames] as const;
export type EndpointName = (typeof endpointNames)[number];

/** Scopes that ask for claims about a user (OpenID Connect Core 1.0 §5.4). */
const claimsScopes = ['profile', 'email', 'address', 'phone'] as const;
export type ClaimsScope = (typeof claimsScopes)[number];

/** The scopes of OpenID Connect (Core 1.0 §3.1.2.1, §5.4, §11): every issuer has them whose dialect has users. */
export const openIdScopes = ['openid', ...claimsScopes, 'offline_access'] as const;

/** Values of `response_mode` (OAuth 2.0 Multiple Response Type Encoding Practices §2.1, Form Post Response Mode). */
export const responseModeNames = ['query', 'fragment', 'form_post'] as const;
export type ResponseMode = (typeof responseModeNames)[number];

/** Values of `prompt` (OpenID Connect Core 1.0 §3.1.2.1). */
export const promptNames = ['none', 'login', 'consent', 'select_account'] as const;
export type Prompt = (typeof promptNames)[number];

/** Every parameter of a request that the protocol reads, at any of its endpoints; a dialect may have other names for them. */
export const requestParameters = [
  'grant_type',
  'client_id',
  'client_secret',
  'scope',
  'resource',
  'code',
  'redirect_uri',
  'code_verifier',
  'refresh_token',
  'token',
  'token_type_hint',
  'response_type',
  'state',
  'code_challenge',
  'code_challenge_method',
  'response_mode',
  'nonce',
  'prompt',
  'max_age',
  'login_hint',
  'id_token_hint',
  'ui_locales',
  'post_logout_redirect_uri',
  'access_token',
  // Refused, wherever they stand: another parameter by one of these names would hide that.
  'request',
  'request_uri',
  'registration',
] as const;
