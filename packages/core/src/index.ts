// @tessera-oauth/core: the protocol of an OAuth 2.1 authorization server, as pure functions.

export { readBasic } from './client-authentication/client-secret-basic.ts';
export {
  type Dialect,
  dialectSchema,
  dialectShape,
  type SigningAlgorithm,
  signingAlgorithms,
} from './dialects/dialect.ts';
export { builtInDialects } from './dialects/index.ts';
export {
  type ClientAuthenticationMethodName,
  type EndpointName,
  endpointNames,
  type GrantType,
  openIdScopes,
  type RequiredEndpointName,
  requiredEndpointNames,
  usesSecret,
} from './dialects/names.ts';
export { nearestName } from './dialects/nearest.ts';
export {
  authorizationAllowed,
  authorizationDenied,
  authorizationUnmet,
  authorize,
} from './endpoints/authorization.ts';
export {
  authenticationMethods,
  type Endpoint,
  type EndpointContext,
  type Handler,
  pathOf,
  urlBelow,
} from './endpoints/endpoint.ts';
export { allEndpoints } from './endpoints/index.ts';
export { metadataEndpoint } from './endpoints/metadata.ts';
export { renderError, reportRefusal } from './endpoints/render.ts';
export { grants, readGrantType } from './grants/index.ts';
export { parseJson } from './json.ts';
export type * from './model.ts';
export { clientIdHint, type ErrorCode, invalidRequest, OAuthError } from './oauth-error.ts';
export {
  canonicalForm,
  isForm,
  type ParameterDescriptions,
  type Parameters,
  parseParameters,
} from './parameters.ts';
export type * from './ports.ts';
export { indistinguishableReasons, type Reason, reasonGroups } from './reasons.ts';
export { isLoopbackHost } from './request/loopback.ts';
export { isLoopback, redirectUriFault } from './request/redirect-uri.ts';
export { isScopeToken, parseScope } from './request/scope.ts';
export { isRevoked, verifySignature } from './tokens/access-token.ts';
export { readClaims } from './tokens/claims.ts';
export { readIdToken } from './tokens/id-token.ts';
export { idTokenAlgs } from './tokens/id-token-alg.ts';
