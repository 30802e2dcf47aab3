// Attempt limiters for tests: one that limits nothing, and the real one over a database in memory, whose clock is moved by hand.

import type { Kysely } from 'kysely';
import {
  type AttemptLimiter,
  type Claim,
  createAttemptLimiter,
} from '../../packages/server/src/credentials/attempt-limiter.ts';
import type { AttemptStore } from '../../packages/server/src/model.ts';
import { migrate } from '../../packages/server/src/store/migrate.ts';
import type { Schema } from '../../packages/server/src/store/sql/schema.ts';
import { openSqlite } from '../../packages/server/src/store/sql/sqlite.ts';
import { createAttemptStore } from '../../packages/server/src/store/tables/attempts.ts';
import { masterKey } from './key-database.ts';

export const unlimited: AttemptLimiter = {
  check: async () => ({ wait_seconds: 0, known: true }),
  take: async () => ({ wait_seconds: 0, succeeded: async () => {} }),
};

export interface TestLimiter {
  /** Epoch milliseconds. */
  now: number;
  readonly db: Kysely<Schema>;
  readonly store: AttemptStore;
  readonly limiter: AttemptLimiter;
  /** Wrong so many times, or until it has to wait. Gives how often it was judged. */
  fail(claim: Claim, times: number): Promise<number>;
  /** The seconds to wait; 0: it was right. */
  succeed(claim: Claim): Promise<number>;
  wait(claim: Claim): Promise<number>;
  /** Rows. */
  count(): Promise<number>;
}

export async function createTestLimiter(): Promise<TestLimiter> {
  const start = 1_700_000_000_000;
  const db = openSqlite(':memory:');
  await migrate(db, start);
  const store = createAttemptStore(db, db);
  const limiter = createAttemptLimiter(store, masterKey(), () => test.now);
  const test: TestLimiter = {
    ...{ now: start, db, store, limiter },
    async fail(claim, times) {
      for (let judged = 0; judged < times; judged += 1)
        if ((await limiter.take(claim)).wait_seconds > 0) return judged;
      return times;
    },
    async succeed(claim) {
      const attempt = await limiter.take(claim);
      if ('succeeded' in attempt) await attempt.succeeded();
      return attempt.wait_seconds;
    },
    wait: async (claim) => (await limiter.check(claim)).wait_seconds,
    count: async () => (await db.selectFrom('attempts').select('key').execute()).length,
  };
  return test;
}
