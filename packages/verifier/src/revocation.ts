// Tokens that were cut off before they have expired: two ways to know of them.

import { type DenyListOptions, deniedByList } from './deny-list.ts';
import { deniedByIntrospection, type IntrospectionOptions } from './introspection.ts';
import type { Denies, Source } from './revocation-source.ts';

export type RevocationOptions = DenyListOptions | IntrospectionOptions;

export function deniedBy(options: RevocationOptions | undefined, source: Source): Denies | undefined {
  if (options === undefined) return undefined;
  return options.by === 'deny_list' ? deniedByList(options, source) : deniedByIntrospection(options, source);
}
