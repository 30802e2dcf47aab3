// The TOTP secret of a user, in a column of `users`, and the newest time step that was used (RFC 6238 §5.2).

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

/** Removes the recovery codes too: they replace nothing but TOTP. False where the user has no TOTP. */
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

/** True once for each step (RFC 6238 §5.2), and never for a step before one that was used. */
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
