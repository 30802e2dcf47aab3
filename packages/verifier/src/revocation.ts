// Tokens that were cut off before they have expired: two ways to know of them.

import type { VerifiedToken } from './claims.ts';
import { type DenyListOptions, deniedByList } from './deny-list.ts';
import type { Algorithm, Engine } from './engine.ts';
import { deniedByIntrospection, type IntrospectionOptions } from './introspection.ts';
import type { Keys } from './keys.ts';

export type RevocationOptions = DenyListOptions | IntrospectionOptions;

/** Whether a token that is good by itself is good no longer. `hash` is that of `token`. */
export type Denies = (verified: VerifiedToken, token: string, hash: string) => Promise<boolean>;

/** What a verifier is made of. */
export interface Source {
  readonly fetch: typeof globalThis.fetch;
  readonly issuer: string;
  readonly algorithms: readonly Algorithm[];
  readonly keys: Keys;
  readonly engine: Engine;
  readonly cacheSize: number;
}

export function deniedBy(options: RevocationOptions | undefined, source: Source): Denies | undefined {
  if (options === undefined) return undefined;
  return options.by === 'deny_list' ? deniedByList(options, source) : deniedByIntrospection(options, source);
}
