// Passkeys of users: public keys, known by their credential's id (WebAuthn §4, "credential record").

import type { Kysely, Selectable } from 'kysely';
import type { Schema } from '../sql/schema.ts';

type Db = Kysely<Schema>;

export interface Passkey {
  /** The credential's id, base64url. */
  readonly id: string;
  readonly user_id: string;
  /** What its owner calls it. */
  readonly name: string;
  /** COSE, base64url. */
  readonly public_key: string;
  readonly counter: number;
  readonly transports: readonly string[];
  /** Epoch milliseconds. */
  readonly created_at: number;
  readonly last_used_at: number | null;
}

/** A passkey as an administrator sees it. */
export type PasskeyListing = Pick<Passkey, 'id' | 'name' | 'created_at' | 'last_used_at'>;

export type NewPasskey = Omit<Passkey, 'created_at' | 'last_used_at'>;

const passkeyFromRow = (row: Selectable<Schema['passkeys']>): Passkey => ({
  ...row,
  transports: JSON.parse(row.transports),
});

/** False where the credential is known, whosever it is (WebAuthn §7.1, step 26). */
export async function addPasskey(db: Db, passkey: NewPasskey, now: number): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await db
    .insertInto('passkeys')
    .values({
      ...passkey,
      transports: JSON.stringify(passkey.transports),
      created_at: now,
      last_used_at: null,
    })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return numInsertedOrUpdatedRows === 1n;
}

export async function listPasskeys(db: Db, user_id: string): Promise<Passkey[]> {
  const rows = await db
    .selectFrom('passkeys')
    .selectAll()
    .where('user_id', '=', user_id)
    .orderBy('created_at')
    .orderBy('id')
    .execute();
  return rows.map(passkeyFromRow);
}

export async function findPasskey(db: Db, id: string): Promise<Passkey | undefined> {
  const row = await db.selectFrom('passkeys').selectAll().where('id', '=', id).executeTakeFirst();
  return row && passkeyFromRow(row);
}

/** Takes an assertion with its counter; false where the counter has not grown, as that of a copy would not. */
export async function usePasskey(db: Db, id: string, counter: number, now: number): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('passkeys')
    .set({ counter, last_used_at: now })
    .where('id', '=', id)
    // WebAuthn §7.2, step 22: an authenticator without a counter sends zero each time.
    .where('counter', counter === 0 ? '=' : '<', counter)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

/** Removes a passkey of the user's own. */
export async function removePasskey(db: Db, user_id: string, id: string): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom('passkeys')
    .where('user_id', '=', user_id)
    .where('id', '=', id)
    .executeTakeFirst();
  return numDeletedRows === 1n;
}
