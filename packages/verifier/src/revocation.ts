// Tokens that are revoked before they expire: the two ways to know of them.

import { type DenyListOptions, revokedByDenyList } from './deny-list.ts';
import { type IntrospectionOptions, revokedByIntrospection } from './introspection.ts';
import type { RevocationCheck, RevocationContext } from './revocation-check.ts';

/** How to know of revoked tokens: by the server's signed deny-list, or by introspection (RFC 7662). */
export type RevocationOptions = DenyListOptions | IntrospectionOptions;

export function revocationCheck(
  options: RevocationOptions | undefined,
  context: RevocationContext,
): RevocationCheck | undefined {
  if (options === undefined) return undefined;
  return options.by === 'deny_list'
    ? revokedByDenyList(options, context)
    : revokedByIntrospection(options, context);
}
