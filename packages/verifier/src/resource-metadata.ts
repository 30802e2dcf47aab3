// The protected resource metadata of an API, for clients that have no token yet (RFC 9728 §2 and §3).

import type { Verifier } from './verifier.ts';

/** Members of the metadata that only the API knows (RFC 9728 §2). */
export interface ResourceMembers {
  /** The scopes that requests to this API need. */
  readonly scopes_supported?: readonly string[];
  /** The name of the API, for people. */
  readonly resource_name?: string;
  /** The URL of a page for developers. */
  readonly resource_documentation?: string;
  /** The URL of a page on how clients may use the data. */
  readonly resource_policy_uri?: string;
  /** The URL of the terms of service. */
  readonly resource_tos_uri?: string;
}

/** The metadata of an API, and the path to serve it at. */
export interface ResourceMetadata {
  /** The path below the origin of the API (RFC 9728 §3.1), for a GET that answers `document` as JSON. */
  readonly path: string;
  /** The document (RFC 9728 §2). */
  readonly document: ResourceMembers & {
    readonly resource: string;
    readonly authorization_servers: readonly string[];
    readonly bearer_methods_supported: readonly string[];
  };
}

/** RFC 9728 §3.1: the well-known part goes between host and path. */
export function metadataUrl(resource: string): URL {
  const { origin, pathname, search } = new URL(resource);
  const path = pathname === '/' ? '' : pathname;
  return new URL(`/.well-known/oauth-protected-resource${path}${search}`, origin);
}

/** Makes the protected resource metadata of an API (RFC 9728). Throws a TypeError if the verifier has no `resource`. */
export function resourceMetadata(
  { resource, issuer }: Verifier,
  members: ResourceMembers = {},
): ResourceMetadata {
  if (resource === undefined) throw new TypeError('resource: missing; give the verifier the URL of this API');
  return {
    path: metadataUrl(resource).pathname,
    document: {
      resource,
      authorization_servers: [issuer],
      bearer_methods_supported: ['header'],
      ...members,
    },
  };
}
