// The table `signing_keys`. Every write notes its change in the same transaction.

import type { Kysely } from 'kysely';
import type { StoredKey } from '../../model.ts';
import { lockForUpdate } from '../sql/engine.ts';
import { type PageOfRows, type PageRequest, readPage } from '../sql/keyset.ts';
import type { Schema } from '../sql/schema.ts';
import { transact } from '../sql/transact.ts';
import { noteChange } from './changes.ts';

type Db = Kysely<Schema>;

export async function listKeys(db: Db): Promise<readonly StoredKey[]> {
  const rows = await db.selectFrom('signing_keys').selectAll().orderBy('sequence', 'desc').execute();
  return rows as readonly StoredKey[];
}

/** The newest first. */
export async function pageOfKeys(
  db: Db,
  { issuer }: { readonly issuer?: string | undefined },
  page: PageRequest,
): Promise<PageOfRows<StoredKey>> {
  const query = db.selectFrom('signing_keys').selectAll().$castTo<StoredKey>();
  const chosen = issuer === undefined ? query : query.where('issuer', '=', issuer);
  const keyOf = ({ sequence, issuer }: StoredKey) => [sequence, issuer];
  return readPage(chosen, { columns: ['sequence', 'issuer'], direction: 'desc', keyOf }, page);
}

/** Adds a key; see `KeyStore`. */
export async function addKey(db: Db, key: StoredKey, leeway: number): Promise<boolean> {
  return transact(db, async (transaction) => {
    const { numInsertedOrUpdatedRows } = await transaction
      .insertInto('signing_keys')
      .values(key)
      .onConflict((conflict) => conflict.columns(['issuer', 'sequence']).doNothing())
      .executeTakeFirst();
    if (numInsertedOrUpdatedRows !== 1n) return false;
    await transaction
      .updateTable('signing_keys')
      .set(({ eb, cast }) => ({
        retires_at: key.activates_at,
        expires_at: eb(
          eb(cast<number>('token_lifetime', 'bigint'), '*', 1000),
          '+',
          key.activates_at + leeway,
        ),
      }))
      .where('issuer', '=', key.issuer)
      .where('sequence', '<', key.sequence)
      // One that signs access tokens leaves those alone that sign ID tokens by another algorithm; their numbers are below zero.
      .where(({ eb, or }) => or([eb('sequence', '>', 0), eb('alg', '=', key.alg)]))
      .where(({ eb, or }) => or([eb('retires_at', 'is', null), eb('retires_at', '>', key.activates_at)]))
      .execute();
    await noteChange(transaction, 'key', key.issuer, key.kid, key.published_at);
    return true;
  });
}

/** Lets the keys of an issuer last for tokens of `token_lifetime` seconds, where they do not yet. */
export async function extendKeys(
  db: Db,
  issuer: string,
  token_lifetime: number,
  leeway: number,
  now: number,
): Promise<void> {
  await transact(db, async (transaction) => {
    const { numUpdatedRows } = await transaction
      .updateTable('signing_keys')
      // Null, where it has no end yet, stays null.
      .set(({ eb, ref }) => ({
        token_lifetime,
        expires_at: eb(ref('retires_at'), '+', token_lifetime * 1000 + leeway),
      }))
      .where('issuer', '=', issuer)
      .where('token_lifetime', '<', token_lifetime)
      .where(({ eb, or }) => or([eb('retires_at', 'is', null), eb('retires_at', '>', now)]))
      .executeTakeFirst();
    if (numUpdatedRows > 0n) await noteChange(transaction, 'key', issuer, '', now);
  });
}

/** For a change that depends on what the key is: changes of the same one wait. Undefined where there is none. */
export async function lockKey(transaction: Db, issuer: string, kid: string): Promise<StoredKey | undefined> {
  const query = transaction
    .selectFrom('signing_keys')
    .selectAll()
    .where('issuer', '=', issuer)
    .where('kid', '=', kid);
  return lockForUpdate(transaction, query).$castTo<StoredKey>().executeTakeFirst();
}

/** Ends a key that signs no more, at once. False where there is none such. */
export async function revokeKey(db: Db, issuer: string, kid: string, now: number): Promise<boolean> {
  return transact(db, async (transaction) => {
    const { numUpdatedRows } = await transaction
      .updateTable('signing_keys')
      .set({ expires_at: now })
      .where('issuer', '=', issuer)
      .where('kid', '=', kid)
      .where('retires_at', '<=', now)
      .executeTakeFirst();
    if (numUpdatedRows === 1n) await noteChange(transaction, 'key', issuer, kid, now);
    return numUpdatedRows === 1n;
  });
}
