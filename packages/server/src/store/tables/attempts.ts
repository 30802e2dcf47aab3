// The table `attempts`: failures that all processes count together, and what each count has come to.

import type { Kysely } from 'kysely';
import type { AttemptCount, AttemptStore } from '../../model.ts';
import type { Schema } from '../sql/schema.ts';
import { transact } from '../sql/transact.ts';

type Db = Kysely<Schema>;

/** `reads` is for what need not wait for a writer. */
export const createAttemptStore = (db: Db, reads: Db): AttemptStore => ({
  async readAttempts(keys, now) {
    const rows = await reads
      .selectFrom('attempts')
      .selectAll()
      .where('key', 'in', keys)
      .where('expires_at', '>', now)
      .execute();
    return byKey(rows);
  },
  changeAttempts: (keys, now, judge) =>
    transact(db, async (transaction) => {
      const counts = await lockCounts(transaction, keys);
      const changed = judge(byKey(counts.filter(({ expires_at }) => expires_at > now)));
      if (changed.length > 0) await writeCounts(transaction, changed);
    }),
});

const byKey = (counts: readonly AttemptCount[]) => new Map(counts.map((count) => [count.key, count]));

/** Takes the row of each key until the transaction ends: one that is missing is made, since only a row can be locked. */
const lockCounts = (transaction: Db, keys: readonly string[]): Promise<AttemptCount[]> =>
  transaction
    .insertInto('attempts')
    // In one order, so that of two that want the same rows one waits, and no deadlock comes of it.
    .values(keys.toSorted().map((key) => ({ key, failures: 0, busy_until: 0, expires_at: 0 })))
    .onConflict((conflict) => conflict.column('key').doUpdateSet(({ ref }) => ({ key: ref('excluded.key') })))
    .returningAll()
    .execute();

async function writeCounts(transaction: Db, counts: readonly AttemptCount[]): Promise<void> {
  await transaction
    .insertInto('attempts')
    .values([...counts])
    .onConflict((conflict) =>
      conflict.column('key').doUpdateSet(({ ref }) => ({
        failures: ref('excluded.failures'),
        busy_until: ref('excluded.busy_until'),
        expires_at: ref('excluded.expires_at'),
      })),
    )
    .execute();
}
