// The table `scopes`. Every write notes its change in the same transaction.

import type { Kysely } from 'kysely';
import type { Schema } from '../sql/schema.ts';
import { transact } from '../sql/transact.ts';
import { noteChange } from './changes.ts';

type Db = Kysely<Schema>;

export async function listScopes(db: Db, issuer?: string) {
  const query = db.selectFrom('scopes').selectAll().orderBy('issuer').orderBy('name');
  return (issuer === undefined ? query : query.where('issuer', '=', issuer)).execute();
}

/** False where the issuer has it already. */
export async function createScope(db: Db, issuer: string, name: string, description: string, now: number) {
  return transact(db, async (transaction) => {
    const { numInsertedOrUpdatedRows } = await transaction
      .insertInto('scopes')
      .values({ issuer, name, description })
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirst();
    if (numInsertedOrUpdatedRows === 1n) await noteChange(transaction, 'issuer', issuer, issuer, now);
    return numInsertedOrUpdatedRows === 1n;
  });
}

/** False where there was none. Clients that were given it keep it until they are updated. */
export async function deleteScope(db: Db, issuer: string, name: string, now: number): Promise<boolean> {
  return transact(db, async (transaction) => {
    const { numDeletedRows } = await transaction
      .deleteFrom('scopes')
      .where('issuer', '=', issuer)
      .where('name', '=', name)
      .executeTakeFirst();
    if (numDeletedRows === 1n) await noteChange(transaction, 'issuer', issuer, issuer, now);
    return numDeletedRows === 1n;
  });
}
