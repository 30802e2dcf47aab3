// @tessera/core: the protocol of an OAuth 2.1 authorization server, as pure functions.

export { verifySignature } from './access-token.ts';
export {
  authorizationAllowed,
  authorizationDenied,
  authorizationEndpoint,
  authorizationOfAnother,
} from './authorization-endpoint.ts';
export type { AuthorizationQuestion, AuthorizationRequest, Recipient } from './authorization-request.ts';
export { readClaims } from './claims.ts';
export { readBasic } from './client-authentication/client-secret-basic.ts';
export type { Endpoint } from './client-endpoint.ts';
export { denyListEndpoint } from './deny-list.ts';
export {
  type Dialect,
  dialectSchema,
  type EndpointName,
  endpointNames,
  type SigningAlgorithm,
  signingAlgorithms,
} from './dialect.ts';
export { builtInDialects } from './dialects/index.ts';
export { type EndSessionRequest, readEndSessionRequest } from './end-session.ts';
export { readIdToken } from './id-token.ts';
export { introspectionEndpoint } from './introspection.ts';
export { jwksEndpoint } from './jwks.ts';
export { metadataEndpoint } from './metadata.ts';
export type * from './model.ts';
export { invalidRequest, OAuthError } from './oauth-error.ts';
export { isForm, type Parameters, parseParameters } from './parameters.ts';
export type * from './ports.ts';
export { isLoopback, redirectUriFault } from './redirect-uri.ts';
export { renderError, reportRefusal } from './render.ts';
export { revocationEndpoint } from './revocation.ts';
export { isScopeToken, parseScope } from './scope.ts';
export { tokenEndpoint } from './token-endpoint.ts';
export { refuseUserToken, userTokenEndpoint } from './user-token.ts';
export { userinfoEndpoint } from './userinfo.ts';
