// Leases: which process does for now what one is enough for. Not a lock: clocks differ, and whoever stalls may go on
// when another has taken over. What is done under a lease is therefore harmless when done twice (docs/decisions/0010).

import type { Kysely } from 'kysely';
import type { Schema } from '../sql/schema.ts';

type Db = Kysely<Schema>;

/**
 * Takes a lease that is free or over, or renews one's own; false while it is another's. Times are epoch milliseconds.
 * One that ends far later than this one would was taken by a clock that was ahead, and is taken too.
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

/** Gives back one's own, so that another need not wait for its end. */
export async function releaseLease(db: Db, name: string, holder: string): Promise<void> {
  await db.deleteFrom('leases').where('name', '=', name).where('holder', '=', holder).execute();
}
