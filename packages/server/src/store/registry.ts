// The registry: issuers, scopes, clients and their secrets. Every write notes its change in the same transaction.

import type { Client, ClientSecret } from '@tessera/core';
import type { Kysely } from 'kysely';
import type { StoredIssuer } from '../model.ts';
import { allowClient, denyClient } from './denials.ts';
import {
  type ClientMembers,
  clientColumns,
  clientFromRow,
  issuerColumns,
  issuerFromRow,
  noteChange,
  secretFromRow,
} from './rows.ts';
import type { Schema } from './schema.ts';
import { transact } from './transact.ts';
import { wantedTable } from './wanted.ts';

type Db = Kysely<Schema>;

export interface SecretListing extends Omit<ClientSecret, 'hash'> {
  readonly created_at: number;
  readonly last_used_at: number | null;
}

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

export interface ClientName {
  readonly issuer: string;
  readonly client_id: string;
}

/** For each the client, in that order. Two reads whether there is such a client or not: the time they take tells nobody. */
export async function findClients(db: Db, wanted: readonly ClientName[]): Promise<(Client | undefined)[]> {
  const nameOf = ({ issuer, client_id }: ClientName) => `${issuer} ${client_id}`;
  const once = new Map(wanted.map((name) => [nameOf(name), name]));
  const names = wantedTable(db, [...once.values()], { issuer: 'text', client_id: 'text' });
  const rows = await db
    .selectFrom('clients')
    .innerJoin(names, (join) =>
      join.onRef('clients.issuer', '=', 'wanted.issuer').onRef('clients.client_id', '=', 'wanted.client_id'),
    )
    .selectAll('clients')
    .execute();
  const secrets = await db
    .selectFrom('client_secrets')
    .innerJoin(names, (join) =>
      join
        .onRef('client_secrets.issuer', '=', 'wanted.issuer')
        .onRef('client_secrets.client_id', '=', 'wanted.client_id'),
    )
    .selectAll('client_secrets')
    .orderBy('created_at', 'desc')
    .execute();
  const byName = new Map(rows.map((row) => [nameOf(row), row]));
  const secretsByName = Map.groupBy(secrets, nameOf);
  return wanted.map((name) => {
    const row = byName.get(nameOf(name));
    return row && clientFromRow(row, (secretsByName.get(nameOf(name)) ?? []).map(secretFromRow));
  });
}

export const findClient = async (db: Db, issuer: string, client_id: string): Promise<Client | undefined> =>
  (await findClients(db, [{ issuer, client_id }]))[0];

export async function listClients(db: Db, issuer?: string) {
  const query = db.selectFrom('clients').selectAll().orderBy('issuer').orderBy('created_at');
  const rows = await (issuer === undefined ? query : query.where('issuer', '=', issuer)).execute();
  return rows.map((row) => ({ issuer: row.issuer, ...clientFromRow(row, []) }));
}

export type ClientToCreate = Omit<Client, 'client_id_issued_at'>;

/** Adds a client with its first secret, if it has one. False where the client_id is taken. */
export async function createClient(
  db: Db,
  issuer: string,
  client: ClientToCreate,
  now: number,
): Promise<boolean> {
  const { client_id, secrets, ...members } = client;
  return transact(db, async (transaction) => {
    const { numInsertedOrUpdatedRows } = await transaction
      .insertInto('clients')
      .values({ issuer, client_id, ...clientColumns(members), created_at: now, updated_at: now })
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirst();
    if (numInsertedOrUpdatedRows !== 1n) return false;
    for (const secret of secrets) await insertSecret(transaction, issuer, client_id, secret, now);
    await noteChange(transaction, 'client', issuer, client_id, now);
    return true;
  });
}

/** Milliseconds for which a server that hears of nothing may go on giving tokens to a client that was disabled. */
const outOfReach = 3_600_000;
/** Milliseconds in which servers that hear of it may do so to one that was deleted. */
const inReach = 1000;

/** False where there is no such client. While it is disabled, its tokens are denied. */
export async function updateClient(
  db: Db,
  issuer: string,
  client_id: string,
  change: ClientMembers,
  now: number,
): Promise<boolean> {
  return transact(db, async (transaction) => {
    const { numUpdatedRows } = await transaction
      .updateTable('clients')
      .set({ ...clientColumns(change), updated_at: now })
      .where('issuer', '=', issuer)
      .where('client_id', '=', client_id)
      .executeTakeFirst();
    if (numUpdatedRows !== 1n) return false;
    if (change.disabled === true) await denyClient(transaction, issuer, client_id, now + outOfReach, now);
    if (change.disabled === false) await allowClient(transaction, issuer, client_id, now);
    await noteChange(transaction, 'client', issuer, client_id, now);
    return true;
  });
}

/** Deletes a client and its secrets; its tokens are inactive from then on. */
export async function deleteClient(db: Db, issuer: string, client_id: string, now: number): Promise<boolean> {
  return transact(db, async (transaction) => {
    const { numDeletedRows } = await transaction
      .deleteFrom('clients')
      .where('issuer', '=', issuer)
      .where('client_id', '=', client_id)
      .executeTakeFirst();
    if (numDeletedRows !== 1n) return false;
    // A new client by this name has tokens of its own: no more than the old one's are denied.
    await denyClient(transaction, issuer, client_id, now + inReach, now);
    await noteChange(transaction, 'client', issuer, client_id, now);
    return true;
  });
}

export async function addSecret(
  db: Db,
  issuer: string,
  client_id: string,
  secret: ClientSecret,
  now: number,
) {
  await transact(db, async (transaction) => {
    await insertSecret(transaction, issuer, client_id, secret, now);
    await noteChange(transaction, 'client', issuer, client_id, now);
  });
}

export async function listSecrets(db: Db, issuer: string, client_id: string): Promise<SecretListing[]> {
  return db
    .selectFrom('client_secrets')
    .select(['id', 'kind', 'created_at', 'expires_at', 'revoked_at', 'last_used_at'])
    .where('issuer', '=', issuer)
    .where('client_id', '=', client_id)
    .orderBy('created_at')
    .$castTo<SecretListing>()
    .execute();
}

/** False where the client has no such secret that is not revoked. */
export async function revokeSecret(db: Db, issuer: string, client_id: string, id: string, now: number) {
  return transact(db, async (transaction) => {
    const { numUpdatedRows } = await transaction
      .updateTable('client_secrets')
      .set({ revoked_at: now })
      .where('issuer', '=', issuer)
      .where('client_id', '=', client_id)
      .where('id', '=', id)
      .where('revoked_at', 'is', null)
      .executeTakeFirst();
    if (numUpdatedRows === 1n) await noteChange(transaction, 'client', issuer, client_id, now);
    return numUpdatedRows === 1n;
  });
}

async function insertSecret(db: Db, issuer: string, client_id: string, secret: ClientSecret, now: number) {
  await db
    .insertInto('client_secrets')
    .values({ ...secret, issuer, client_id, created_at: now, last_used_at: null })
    .execute();
}
