// What an API says of itself to clients that have no token yet (RFC 9728 §2 and §3).

import type { Verifier } from './verifier.ts';

/** Members of RFC 9728 §2 that only the API knows. */
export interface ResourceMembers {
  readonly scopes_supported?: readonly string[];
  readonly resource_name?: string;
  readonly resource_documentation?: string;
  readonly resource_policy_uri?: string;
  readonly resource_tos_uri?: string;
}

/** RFC 9728 §3.1: the well-known part goes between host and path. */
export function metadataUrl(resource: string): URL {
  const { origin, pathname, search } = new URL(resource);
  const path = pathname === '/' ? '' : pathname;
  return new URL(`/.well-known/oauth-protected-resource${path}${search}`, origin);
}

/** The document, and the path to serve it at as JSON. Throws where the verifier has no `resource`. */
export function resourceMetadata({ resource, issuer }: Verifier, members: ResourceMembers = {}) {
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
