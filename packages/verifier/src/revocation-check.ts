// What a revocation check is made of, and what it answers.

import type { VerifiedToken } from './claims.ts';
import type { Algorithm, Engine } from './engine.ts';
import type { Keys } from './keys.ts';
import type { Logger } from './logger.ts';

/** Whether a token that is otherwise good was revoked. `hash` is that of `token`. Rejects with `revocation_unknown`. */
export type RevocationCheck = (verified: VerifiedToken, token: string, hash: string) => Promise<boolean>;

/** The parts of a verifier that a check uses. */
export interface RevocationContext {
  readonly fetch: typeof globalThis.fetch;
  readonly issuer: string;
  readonly algorithms: readonly Algorithm[];
  readonly logger: Logger;
  /** In seconds. */
  readonly clockTolerance: number;
  readonly keys: Keys;
  readonly engine: Engine;
  readonly cacheSize: number;
}
