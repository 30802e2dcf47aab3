// The table `leases`: which process does the work that one process is enough for. A lease is not a lock: clocks differ,
// and a process that stalled may go on after another has taken over. So work under a lease is idempotent
// (docs/decisions/0010).

import type { Kysely } from 'kysely';
import type { Schema } from '../sql/schema.ts';

type Db = Kysely<Schema>;

/**
 * Takes a lease that is free or has ended, or renews the holder's own; false while another process has it. Times are
 * epoch milliseconds. A lease that ends much later than this one would was taken by a clock that was ahead: it counts as
 * ended.
 */
export async function takeLease(
  db: Db,
  name: string,
  holder: string,
  now: number,
  expires_at: number,
): Promise<boolean> {
  const row = await db
    .insertInto('leases')
    .values({ name, holder, expires_at })
    .onConflict((conflict) =>
      conflict
        .column('name')
        .doUpdateSet({ holder, expires_at })
        .where(({ eb, or }) =>
          or([
            eb('leases.holder', '=', holder),
            eb('leases.expires_at', '<=', now),
            eb('leases.expires_at', '>', now + 2 * (expires_at - now)),
          ]),
        ),
    )
    .returning('holder')
    .executeTakeFirst();
  return row !== undefined;
}

/** Gives the holder's lease back, so that other processes need not wait for its end. */
export async function releaseLease(db: Db, name: string, holder: string): Promise<void> {
  await db.deleteFrom('leases').where('name', '=', name).where('holder', '=', holder).execute();
}
