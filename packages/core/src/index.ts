// @tessera-oauth/core: the protocol of an OAuth 2.1 authorization server, as pure functions.

export { readBasic } from './client-authentication/client-secret-basic.ts';
export {
  type Dialect,
  dialectSchema,
  type EndpointName,
  endpointNames,
  type SigningAlgorithm,
  signingAlgorithms,
} from './dialects/dialect.ts';
export { builtInDialects } from './dialects/index.ts';
export {
  authorizationAllowed,
  authorizationDenied,
  authorizationEndpoint,
  authorizationOfAnother,
} from './endpoints/authorization.ts';
export type { Endpoint } from './endpoints/client-endpoint.ts';
export { denyListEndpoint } from './endpoints/deny-list.ts';
export { type EndSessionRequest, readEndSessionRequest } from './endpoints/end-session.ts';
export { introspectionEndpoint } from './endpoints/introspection.ts';
export { jwksEndpoint } from './endpoints/jwks.ts';
export { metadataEndpoint } from './endpoints/metadata.ts';
export { renderError, reportRefusal } from './endpoints/render.ts';
export { revocationEndpoint } from './endpoints/revocation.ts';
export { tokenEndpoint } from './endpoints/token.ts';
export { refuseUserToken, userTokenEndpoint } from './endpoints/user-token.ts';
export { userinfoEndpoint } from './endpoints/userinfo.ts';
export type * from './model.ts';
export { invalidRequest, OAuthError } from './oauth-error.ts';
export { isForm, type Parameters, parseParameters } from './parameters.ts';
export type * from './ports.ts';
export { isLoopback, redirectUriFault } from './request/redirect-uri.ts';
export { isScopeToken, parseScope } from './request/scope.ts';
export { verifySignature } from './tokens/access-token.ts';
export { readClaims } from './tokens/claims.ts';
export { readIdToken } from './tokens/id-token.ts';
