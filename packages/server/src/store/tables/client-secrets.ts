// The table `client_secrets`. Every write notes its change in the same transaction.

import type { ClientSecret } from '@tessera-oauth/core';
import type { Kysely, Selectable } from 'kysely';
import { type PageOfRows, type PageRequest, readPage } from '../sql/keyset.ts';
import type { Schema } from '../sql/schema.ts';
import { transact } from '../sql/transact.ts';
import { noteChange } from './changes.ts';

type Db = Kysely<Schema>;

export interface SecretListing extends Omit<ClientSecret, 'hash'> {
  readonly created_at: number;
  readonly last_used_at: number | null;
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

/** All of one client, the oldest first. */
export async function listSecrets(db: Db, issuer: string, client_id: string): Promise<SecretListing[]> {
  const { rows } = await pageOfSecrets(db, issuer, client_id, { limit: Number.MAX_SAFE_INTEGER - 1 });
  return [...rows];
}

/** The secrets of one client, the oldest first. */
export async function pageOfSecrets(
  db: Db,
  issuer: string,
  client_id: string,
  page: PageRequest,
): Promise<PageOfRows<SecretListing>> {
  const query = db
    .selectFrom('client_secrets')
    .select(['id', 'kind', 'created_at', 'expires_at', 'revoked_at', 'last_used_at'])
    .where('issuer', '=', issuer)
    .where('client_id', '=', client_id)
    .$castTo<SecretListing>();
  const keyOf = ({ created_at, id }: SecretListing) => [created_at, id];
  return readPage(query, { columns: ['created_at', 'id'], keyOf }, page);
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

export async function insertSecret(
  db: Db,
  issuer: string,
  client_id: string,
  secret: ClientSecret,
  now: number,
) {
  await db
    .insertInto('client_secrets')
    .values({ ...secret, issuer, client_id, created_at: now, last_used_at: null })
    .execute();
}

export const secretFromRow = (row: Selectable<Schema['client_secrets']>): ClientSecret => ({
  id: row.id,
  kind: row.kind as ClientSecret['kind'],
  hash: row.hash,
  expires_at: row.expires_at,
  revoked_at: row.revoked_at,
});

/** Names of the issuers at which a client has a secret under a slow hash. */
export async function issuersWithSlowHashes(db: Db): Promise<string[]> {
  const rows = await db
    .selectFrom('client_secrets')
    .select('issuer')
    .distinct()
    .where('kind', '=', 'argon2id')
    .execute();
  return rows.map(({ issuer }) => issuer);
}
