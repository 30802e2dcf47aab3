// The table `recovery_codes`: hashes of the codes that replace TOTP, deleted when they are used.

import type { Kysely } from 'kysely';
import type { Schema } from '../sql/schema.ts';
import { transact } from '../sql/transact.ts';

type Db = Kysely<Schema>;

/** Replaces all recovery codes of a user. False where there is no such user. */
export async function replaceRecoveryCodes(
  db: Db,
  user_id: string,
  hashes: readonly string[],
  now: number,
): Promise<boolean> {
  return transact(db, async (transaction) => {
    // The user's row is the lock: of two sets that are saved at once, one stays, and all of it.
    const { numUpdatedRows } = await transaction
      .updateTable('users')
      .set({ updated_at: now })
      .where('id', '=', user_id)
      .executeTakeFirst();
    if (numUpdatedRows !== 1n) return false;
    await transaction.deleteFrom('recovery_codes').where('user_id', '=', user_id).execute();
    for (const hash of hashes)
      await transaction.insertInto('recovery_codes').values({ user_id, hash }).execute();
    return true;
  });
}

/** True once for each code; `hashes` are those that it may be stored under. */
export async function useRecoveryCode(db: Db, user_id: string, hashes: readonly string[]): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom('recovery_codes')
    .where('user_id', '=', user_id)
    .where('hash', 'in', hashes)
    .executeTakeFirst();
  return numDeletedRows === 1n;
}

export async function countRecoveryCodes(db: Db, user_id: string): Promise<number> {
  const row = await db
    .selectFrom('recovery_codes')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('user_id', '=', user_id)
    .executeTakeFirst();
  return Number(row?.count ?? 0);
}
