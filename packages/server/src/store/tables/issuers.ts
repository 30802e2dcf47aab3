// The table `issuers`. Every write notes its change in the same transaction.

import type { Kysely, Selectable } from 'kysely';
import type { StoredIssuer } from '../../model.ts';
import type { Schema } from '../sql/schema.ts';
import { transact } from '../sql/transact.ts';
import { noteChange } from './changes.ts';

type Db = Kysely<Schema>;

export async function listIssuers(db: Db): Promise<StoredIssuer[]> {
  const rows = await db.selectFrom('issuers').selectAll().orderBy('name').execute();
  return rows.map(issuerFromRow);
}

/** False where the name or the location is taken. */
export async function createIssuer(db: Db, issuer: StoredIssuer, now: number): Promise<boolean> {
  return transact(db, async (transaction) => {
    const { numInsertedOrUpdatedRows } = await transaction
      .insertInto('issuers')
      .values({ ...issuerColumns(issuer), created_at: now })
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirst();
    if (numInsertedOrUpdatedRows === 1n)
      await noteChange(transaction, 'issuer', issuer.name, issuer.name, now);
    return numInsertedOrUpdatedRows === 1n;
  });
}

/** Adds an issuer, or changes the one of that name. Throws where another has its location. */
export async function saveIssuer(db: Db, issuer: StoredIssuer, now: number): Promise<void> {
  const { name, ...settings } = issuerColumns(issuer);
  await transact(db, async (transaction) => {
    // Not one statement: of servers that start at once, PostgreSQL would let some fail at the location, which is unique too.
    const { numInsertedOrUpdatedRows } = await transaction
      .insertInto('issuers')
      .values({ name, ...settings, created_at: now })
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirst();
    if (numInsertedOrUpdatedRows !== 1n) {
      const { numUpdatedRows } = await transaction
        .updateTable('issuers')
        .set(settings)
        .where('name', '=', name)
        .executeTakeFirst();
      if (numUpdatedRows !== 1n)
        throw new Error(`issuer ${name}: another has the location ${settings.location}`);
    }
    await noteChange(transaction, 'issuer', name, name, now);
  });
}

const issuerFromRow = (row: Selectable<Schema['issuers']>): StoredIssuer => ({
  name: row.name,
  location: row.location,
  dialect: row.dialect,
  signing_alg: row.signing_alg as StoredIssuer['signing_alg'],
  access_token_lifetime: row.access_token_lifetime,
  resources: JSON.parse(row.resources),
  theme: row.theme === null ? null : JSON.parse(row.theme),
});

const issuerColumns = ({ resources, theme, ...same }: StoredIssuer) => ({
  ...same,
  resources: JSON.stringify(resources),
  theme: theme === null ? null : JSON.stringify(theme),
});
