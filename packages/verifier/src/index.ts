// @tessera-oauth/verifier: checks the access tokens of a Tessera server, in the API that they are for.

export type { VerifiedToken } from './claims.ts';
export type { DenyListOptions } from './deny-list.ts';
export type { DialectContent } from './dialect-content.ts';
export { type DialectName, tokenDialects } from './dialects.ts';
export type { Algorithm } from './engine.ts';
export { createGuard, type Guard, type Refusal } from './guard.ts';
export type { IntrospectionOptions } from './introspection.ts';
export type { Logger } from './logger.ts';
export { tokenOf } from './request-token.ts';
export { type ResourceMembers, type ResourceMetadata, resourceMetadata } from './resource-metadata.ts';
export type { RequestHeaders, ResourceRequest } from './resource-request.ts';
export type { RevocationOptions } from './revocation.ts';
export type { Requirements } from './scope.ts';
export type { TokenDialect } from './token-dialect.ts';
export { createVerifier, type Verifier, type VerifierOptions } from './verifier.ts';
export { VerifierError, type VerifierErrorCode, verifierErrorCodes } from './verifier-error.ts';
