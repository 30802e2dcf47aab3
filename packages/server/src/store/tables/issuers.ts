// The table `issuers`. Every write notes its change in the same transaction.

import { type Kysely, type Selectable, sql } from 'kysely';
import type { IssuerSettings, StoredIssuer } from '../../model.ts';
import { lockForShare, lockForUpdate, postgresOf } from '../sql/engine.ts';
import { type PageOfRows, type PageRequest, readPage } from '../sql/keyset.ts';
import type { Schema } from '../sql/schema.ts';
import { transact } from '../sql/transact.ts';
import { noteChange, noteChanges } from './changes.ts';

type Db = Kysely<Schema>;

export async function listIssuers(db: Db): Promise<StoredIssuer[]> {
  const rows = await db.selectFrom('issuers').selectAll().orderBy('name').execute();
  return rows.map(issuerFromRow);
}

/** By name. */
export async function pageOfIssuers(db: Db, page: PageRequest): Promise<PageOfRows<StoredIssuer>> {
  const query = db.selectFrom('issuers').selectAll();
  const sorting = { columns: ['name'], keyOf: ({ name }: { name: string }) => [name] };
  const { rows, next } = await readPage(query, sorting, page);
  return { rows: rows.map(issuerFromRow), next };
}

export async function findIssuer(db: Db, name: string): Promise<StoredIssuer | undefined> {
  const row = await db.selectFrom('issuers').selectAll().where('name', '=', name).executeTakeFirst();
  return row && issuerFromRow(row);
}

/** For what is added to an issuer: it is not deleted until the transaction ends. Undefined where there is none. */
export async function holdIssuer(transaction: Db, name: string): Promise<StoredIssuer | undefined> {
  const query = transaction.selectFrom('issuers').selectAll().where('name', '=', name);
  const row = await lockForShare(transaction, query).executeTakeFirst();
  return row && issuerFromRow(row);
}

/** For a change of an issuer: changes of the same one wait. Undefined where there is none. */
export async function lockIssuer(transaction: Db, name: string): Promise<StoredIssuer | undefined> {
  const query = transaction.selectFrom('issuers').selectAll().where('name', '=', name);
  const row = await lockForUpdate(transaction, query).executeTakeFirst();
  return row && issuerFromRow(row);
}

/** Keeps others from adding or changing any issuer until the transaction ends: what one publishes concerns them all. */
export async function lockAllIssuers(transaction: Db): Promise<void> {
  if (postgresOf(transaction) !== undefined)
    await sql`lock table issuers in share row exclusive mode`.execute(transaction);
}

/** False where there is no issuer of that name. Throws where another has its location. */
export async function updateIssuer(db: Db, issuer: IssuerSettings, now: number): Promise<boolean> {
  const { name, ...settings } = issuerColumns(issuer);
  return change(db, name, settings, now);
}

/** False where there is no issuer of that name. */
export const setIssuerDisabled = (db: Db, name: string, disabled: boolean, now: number): Promise<boolean> =>
  change(db, name, { disabled: disabled ? 1 : 0 }, now);

function change(
  db: Db,
  name: string,
  columns: Partial<Selectable<Schema['issuers']>>,
  now: number,
): Promise<boolean> {
  return transact(db, async (transaction) => {
    const { numUpdatedRows } = await transaction
      .updateTable('issuers')
      .set(columns)
      .where('name', '=', name)
      .executeTakeFirst();
    if (numUpdatedRows === 1n) await noteChange(transaction, 'issuer', name, name, now);
    return numUpdatedRows === 1n;
  });
}

/** How many clients an issuer has. */
export async function countClients(db: Db, issuer: string): Promise<number> {
  const row = await db
    .selectFrom('clients')
    .select(({ fn }) => fn.countAll<number | string>().as('count'))
    .where('issuer', '=', issuer)
    .executeTakeFirst();
  return Number(row?.count ?? 0);
}

/**
 * Deletes an issuer with its scopes, keys, clients and all that these had. Usage stays until it is swept. False where
 * there is no issuer of that name.
 */
export async function deleteIssuer(db: Db, name: string, now: number): Promise<boolean> {
  return transact(db, async (transaction) => {
    const clients = await transaction
      .deleteFrom('clients')
      .where('issuer', '=', name)
      .returning('client_id')
      .execute();
    for (const table of ['scopes', 'signing_keys', 'revoked_tokens'] as const)
      await transaction.deleteFrom(table).where('issuer', '=', name).execute();
    const { numDeletedRows } = await transaction
      .deleteFrom('issuers')
      .where('name', '=', name)
      .executeTakeFirst();
    const ids = clients.map(({ client_id }) => client_id);
    await noteChanges(transaction, 'client', name, ids, now);
    await noteChange(transaction, 'key', name, '', now);
    await noteChange(transaction, 'issuer', name, name, now);
    return numDeletedRows === 1n;
  });
}

/** False where the name or the location is taken. */
export async function createIssuer(db: Db, issuer: IssuerSettings, now: number): Promise<boolean> {
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
export async function saveIssuer(db: Db, issuer: IssuerSettings, now: number): Promise<void> {
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
  token_reuse: row.token_reuse ?? 0,
  resources: JSON.parse(row.resources),
  vouched_users: row.vouched_users === 'any' ? 'any' : 'own',
  theme: row.theme === null ? null : JSON.parse(row.theme),
  disabled: row.disabled === 1,
});

const issuerColumns = (issuer: IssuerSettings) => ({
  name: issuer.name,
  location: issuer.location,
  dialect: issuer.dialect,
  signing_alg: issuer.signing_alg,
  access_token_lifetime: issuer.access_token_lifetime,
  token_reuse: issuer.token_reuse,
  resources: JSON.stringify(issuer.resources),
  vouched_users: issuer.vouched_users,
  theme: issuer.theme === null ? null : JSON.stringify(issuer.theme),
});
