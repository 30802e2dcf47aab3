// Second factors of a user: a TOTP secret, whose codes are good once (RFC 6238 §5.2), and recovery codes.

import type { Kysely } from 'kysely';
import type { Schema } from '../sql/schema.ts';
import { transact } from '../sql/transact.ts';

type Db = Kysely<Schema>;

/** `step` is that of the code which proved that the user has the secret. False where the user has one already. */
export async function setTotp(
  db: Db,
  user_id: string,
  sealed_totp_secret: string,
  step: number,
  now: number,
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('users')
    .set({ sealed_totp_secret, totp_last_step: step, updated_at: now })
    .where('id', '=', user_id)
    .where('sealed_totp_secret', 'is', null)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

/** Removes the recovery codes too, which stand in for it alone. False where the user has no TOTP. */
export async function removeTotp(db: Db, user_id: string, now: number): Promise<boolean> {
  return transact(db, async (transaction) => {
    const { numUpdatedRows } = await transaction
      .updateTable('users')
      .set({ sealed_totp_secret: null, updated_at: now })
      .where('id', '=', user_id)
      .where('sealed_totp_secret', 'is not', null)
      .executeTakeFirst();
    await transaction.deleteFrom('recovery_codes').where('user_id', '=', user_id).execute();
    return numUpdatedRows === 1n;
  });
}

/** True once for each step (RFC 6238 §5.2), and never for one before it. */
export async function useTotpStep(db: Db, user_id: string, step: number): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('users')
    .set({ totp_last_step: step })
    .where('id', '=', user_id)
    .where('sealed_totp_secret', 'is not', null)
    .where('totp_last_step', '<', step)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

/** The codes before are good no longer. False where there is no such user. */
export async function replaceRecoveryCodes(
  db: Db,
  user_id: string,
  hashes: readonly string[],
  now: number,
): Promise<boolean> {
  return transact(db, async (transaction) => {
    // The user's row is the lock: of two sets made at once, one stays, and whole.
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

/** True once for each code. */
export async function useRecoveryCode(db: Db, user_id: string, hash: string): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom('recovery_codes')
    .where('user_id', '=', user_id)
    .where('hash', '=', hash)
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
