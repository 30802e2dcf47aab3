// The table `scopes`. Every write notes its change in the same transaction.

import type { Kysely, Selectable } from 'kysely';
import { lockForShare, lockForUpdate } from '../sql/engine.ts';
import { type PageOfRows, type PageRequest, readPage } from '../sql/keyset.ts';
import type { Schema } from '../sql/schema.ts';
import { transact } from '../sql/transact.ts';
import { noteChange } from './changes.ts';

type Db = Kysely<Schema>;

/** How a user is asked to allow a scope. */
export interface ScopeWords {
  /** For every language that `descriptions` has nothing for; empty: nobody has described it. */
  readonly description: string;
  /** By language, such as `de`. */
  readonly descriptions: Readonly<Record<string, string>>;
  /** The consent page marks it. */
  readonly sensitive: boolean;
  /** The user may allow the rest without it. */
  readonly optional: boolean;
}

export interface StoredScope extends ScopeWords {
  readonly issuer: string;
  readonly name: string;
}

/** What a page in `language` says of a scope. */
export const describeScope = (
  { description, descriptions }: Pick<ScopeWords, 'description' | 'descriptions'>,
  language: string,
): string => descriptions[language] ?? description;

/** By issuer and name. */
export async function listScopes(db: Db, issuer?: string): Promise<StoredScope[]> {
  const query = db.selectFrom('scopes').selectAll().orderBy('issuer').orderBy('name');
  const rows = await (issuer === undefined ? query : query.where('issuer', '=', issuer)).execute();
  return rows.map(scopeFromRow);
}

/** By issuer and name. */
export async function pageOfScopes(
  db: Db,
  { issuer }: { readonly issuer?: string | undefined },
  page: PageRequest,
): Promise<PageOfRows<StoredScope>> {
  const query = db.selectFrom('scopes').selectAll();
  const keyOf = ({ issuer, name }: { issuer: string; name: string }) => [issuer, name];
  const chosen = issuer === undefined ? query : query.where('issuer', '=', issuer);
  const { rows, next } = await readPage(chosen, { columns: ['issuer', 'name'], keyOf }, page);
  return { rows: rows.map(scopeFromRow), next };
}

export async function findScope(db: Db, issuer: string, name: string): Promise<StoredScope | undefined> {
  const row = await one(db, issuer, name).executeTakeFirst();
  return row && scopeFromRow(row);
}

/** Which of these names the issuer has. They are not deleted until the transaction ends. */
export async function holdScopes(
  transaction: Db,
  issuer: string,
  names: readonly string[],
): Promise<ReadonlySet<string>> {
  if (names.length === 0) return new Set();
  const query = transaction
    .selectFrom('scopes')
    .select('name')
    .where('issuer', '=', issuer)
    .where('name', 'in', names)
    .orderBy('name');
  return new Set((await lockForShare(transaction, query).execute()).map(({ name }) => name));
}

/** For a change of a scope: changes of the same one wait. Undefined where there is none. */
export async function lockScope(
  transaction: Db,
  issuer: string,
  name: string,
): Promise<StoredScope | undefined> {
  const row = await lockForUpdate(transaction, one(transaction, issuer, name)).executeTakeFirst();
  return row && scopeFromRow(row);
}

/** False where the issuer has it already. */
export async function createScope(
  db: Db,
  issuer: string,
  name: string,
  description: string,
  now: number,
  words: Partial<Omit<ScopeWords, 'description'>> = {},
) {
  return transact(db, async (transaction) => {
    const { numInsertedOrUpdatedRows } = await transaction
      .insertInto('scopes')
      .values({ issuer, name, ...columnsOf({ ...undescribed, ...words, description }) })
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirst();
    if (numInsertedOrUpdatedRows === 1n) await noteChange(transaction, 'issuer', issuer, issuer, now);
    return numInsertedOrUpdatedRows === 1n;
  });
}

/** Adds those that the issuer does not have, without words of their own. */
export async function addMissingScopes(
  db: Db,
  issuer: string,
  names: readonly string[],
  now: number,
): Promise<void> {
  if (names.length === 0) return;
  await transact(db, async (transaction) => {
    const { numInsertedOrUpdatedRows } = await transaction
      .insertInto('scopes')
      .values(names.map((name) => ({ issuer, name, description: '' })))
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirst();
    if (numInsertedOrUpdatedRows !== 0n) await noteChange(transaction, 'issuer', issuer, issuer, now);
  });
}

/** False where there was none. */
export async function updateScope(
  db: Db,
  { issuer, name, ...words }: StoredScope,
  now: number,
): Promise<boolean> {
  return transact(db, async (transaction) => {
    const { numUpdatedRows } = await transaction
      .updateTable('scopes')
      .set(columnsOf(words))
      .where('issuer', '=', issuer)
      .where('name', '=', name)
      .executeTakeFirst();
    if (numUpdatedRows === 1n) await noteChange(transaction, 'issuer', issuer, issuer, now);
    return numUpdatedRows === 1n;
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

const one = (db: Db, issuer: string, name: string) =>
  db.selectFrom('scopes').selectAll().where('issuer', '=', issuer).where('name', '=', name);

/** What a scope is of which nothing is said. */
export const undescribed: ScopeWords = {
  description: '',
  descriptions: {},
  sensitive: false,
  optional: false,
};

const columnsOf = ({ description, descriptions, sensitive, optional }: ScopeWords) => ({
  description,
  descriptions: JSON.stringify(descriptions),
  sensitive: sensitive ? 1 : 0,
  optional: optional ? 1 : 0,
});

const scopeFromRow = ({ descriptions, ...row }: Selectable<Schema['scopes']>): StoredScope => ({
  ...row,
  descriptions: JSON.parse(descriptions),
  sensitive: row.sensitive === 1,
  optional: row.optional === 1,
});
