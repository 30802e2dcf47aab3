// What a way to know of revoked tokens is given, and what it gives.

import type { VerifiedToken } from './claims.ts';
import type { Algorithm, Engine } from './engine.ts';
import type { Keys } from './keys.ts';

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
