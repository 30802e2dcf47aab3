// The table `clients`. Every write notes its change in the same transaction.

import type { Client, ClientSecret } from '@tessera-oauth/core';
import type { Kysely, Selectable } from 'kysely';
import { lockForUpdate } from '../sql/engine.ts';
import { type PageOfRows, type PageRequest, readPage } from '../sql/keyset.ts';
import type { Schema } from '../sql/schema.ts';
import { transact } from '../sql/transact.ts';
import { valuesTable } from '../sql/values-table.ts';
import { noteChange } from './changes.ts';
import { insertSecret, secretFromRow } from './client-secrets.ts';
import { restoreClientTokens, revokeClientTokens, suspendClientTokens } from './revoked-clients.ts';

type Db = Kysely<Schema>;

export interface ClientName {
  readonly issuer: string;
  readonly client_id: string;
}

/** The client of each name, in the same order. Two reads whether the client exists or not, so that timing does not tell. */
export async function findClients(db: Db, input: readonly ClientName[]): Promise<(Client | undefined)[]> {
  const nameOf = ({ issuer, client_id }: ClientName) => `${issuer} ${client_id}`;
  const once = new Map(input.map((name) => [nameOf(name), name]));
  const names = valuesTable(db, [...once.values()], { issuer: 'text', client_id: 'text' });
  const rows = await db
    .selectFrom('clients')
    .innerJoin(names, (join) =>
      join.onRef('clients.issuer', '=', 'input.issuer').onRef('clients.client_id', '=', 'input.client_id'),
    )
    .selectAll('clients')
    .execute();
  const secrets = await db
    .selectFrom('client_secrets')
    .innerJoin(names, (join) =>
      join
        .onRef('client_secrets.issuer', '=', 'input.issuer')
        .onRef('client_secrets.client_id', '=', 'input.client_id'),
    )
    .selectAll('client_secrets')
    .orderBy('created_at', 'desc')
    .execute();
  const byName = new Map(rows.map((row) => [nameOf(row), row]));
  const secretsByName = Map.groupBy(secrets, nameOf);
  return input.map((name) => {
    const row = byName.get(nameOf(name));
    return row && clientFromRow(row, (secretsByName.get(nameOf(name)) ?? []).map(secretFromRow));
  });
}

export const findClient = async (db: Db, issuer: string, client_id: string): Promise<Client | undefined> =>
  (await findClients(db, [{ issuer, client_id }]))[0];

/** Whether a client of any issuer has this client_id. By way of the issuers, because the index begins with them. */
export async function isClientId(db: Db, client_id: string): Promise<boolean> {
  const row = await db
    .selectFrom('issuers')
    .innerJoin('clients', (join) =>
      join.onRef('clients.issuer', '=', 'issuers.name').on('clients.client_id', '=', client_id),
    )
    .select('clients.client_id')
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** For a change that depends on what the client is: changes of the same one wait. Undefined where there is none. */
export async function lockClient(
  transaction: Db,
  issuer: string,
  client_id: string,
): Promise<Client | undefined> {
  const query = transaction
    .selectFrom('clients')
    .select('client_id')
    .where('issuer', '=', issuer)
    .where('client_id', '=', client_id);
  await lockForUpdate(transaction, query).execute();
  return findClient(transaction, issuer, client_id);
}

export interface ClientFilter {
  readonly issuer?: string | undefined;
  readonly owner?: string | undefined;
}

/** Without their secrets; by issuer and client_id. */
export async function pageOfClients(
  db: Db,
  { issuer, owner }: ClientFilter,
  page: PageRequest,
): Promise<PageOfRows<ClientName & Client>> {
  let query = db.selectFrom('clients').selectAll();
  if (issuer !== undefined) query = query.where('issuer', '=', issuer);
  const [afterIssuer, afterId] = page.after ?? [];
  // Says nothing new, but SQLite would read an issuer's clients from the first one otherwise.
  if (issuer !== undefined && issuer === afterIssuer) query = query.where('client_id', '>', String(afterId));
  if (owner !== undefined) query = query.where('owner', '=', owner);
  const keyOf = (row: ClientName) => [row.issuer, row.client_id];
  const { rows, next } = await readPage(query, { columns: ['issuer', 'client_id'], keyOf }, page);
  return { rows: rows.map((row) => ({ issuer: row.issuer, ...clientFromRow(row, []) })), next };
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

/** Milliseconds for which a server that is cut off from the database may go on giving tokens to a disabled client. */
const outOfReach = 3_600_000;

/** False where there is no such client. While it is disabled, its tokens are on the list of revocations. */
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
    if (change.disabled === true)
      await suspendClientTokens(transaction, issuer, client_id, now + outOfReach, now);
    if (change.disabled === false) await restoreClientTokens(transaction, issuer, client_id, now);
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
    // A new client with this client_id gets tokens of its own, so the revocation ends where the old one's tokens do.
    await revokeClientTokens(transaction, issuer, client_id, now);
    await noteChange(transaction, 'client', issuer, client_id, now);
    return true;
  });
}

const clientFromRow = (row: Selectable<Schema['clients']>, secrets: readonly ClientSecret[]): Client => ({
  client_id: row.client_id,
  client_id_issued_at: Math.floor(row.created_at / 1000),
  client_name: row.client_name,
  owner: row.owner,
  token_endpoint_auth_method: row.token_endpoint_auth_method as Client['token_endpoint_auth_method'],
  grant_types: JSON.parse(row.grant_types),
  scope: row.scope === '' ? [] : row.scope.split(' '),
  redirect_uris: JSON.parse(row.redirect_uris),
  post_logout_redirect_uris: JSON.parse(row.post_logout_redirect_uris),
  logo_uri: row.logo_uri,
  client_uri: row.client_uri,
  policy_uri: row.policy_uri,
  tos_uri: row.tos_uri,
  consent_message: row.consent_message,
  require_pkce: row.require_pkce === null ? null : row.require_pkce === 1,
  refresh_token_given: row.refresh_token_given as Client['refresh_token_given'],
  token_reuse: row.token_reuse,
  introspection: row.introspection as Client['introspection'],
  id_token_signed_response_alg: row.id_token_signed_response_alg as Client['id_token_signed_response_alg'],
  id_token_user_claims: row.id_token_user_claims === 1,
  disabled: row.disabled === 1,
  secrets,
});

/** What a person may say of a client. */
export type ClientMembers = Partial<Omit<Client, 'client_id' | 'client_id_issued_at' | 'secrets'>>;

type ClientColumns = Omit<
  Selectable<Schema['clients']>,
  'issuer' | 'client_id' | 'created_at' | 'updated_at'
>;

/** The columns of these members, and no others: two changes of different members do not undo each other. */
function clientColumns(members: Required<ClientMembers>): ClientColumns;

function clientColumns(members: ClientMembers): Partial<ClientColumns>;

function clientColumns({
  grant_types,
  redirect_uris,
  post_logout_redirect_uris,
  scope,
  disabled,
  require_pkce,
  id_token_user_claims,
  ...same
}: ClientMembers): Partial<ClientColumns> {
  return {
    ...same,
    ...(grant_types && { grant_types: JSON.stringify(grant_types) }),
    ...(redirect_uris && { redirect_uris: JSON.stringify(redirect_uris) }),
    ...(post_logout_redirect_uris && {
      post_logout_redirect_uris: JSON.stringify(post_logout_redirect_uris),
    }),
    ...(scope && { scope: scope.join(' ') }),
    ...(require_pkce !== undefined && { require_pkce: require_pkce === null ? null : Number(require_pkce) }),
    ...(disabled !== undefined && { disabled: disabled ? 1 : 0 }),
    ...(id_token_user_claims !== undefined && { id_token_user_claims: id_token_user_claims ? 1 : 0 }),
  };
}
