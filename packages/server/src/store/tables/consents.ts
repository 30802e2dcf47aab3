// What a user allowed which client (OpenID Connect Core §3.1.2.4), remembered so that they are asked only for what is new.

import type { Kysely } from 'kysely';
import { lockForShare, lockForUpdate } from '../sql/engine.ts';
import type { Schema } from '../sql/schema.ts';
import { transact } from '../sql/transact.ts';
import { endUserGrants } from './users.ts';

type Db = Kysely<Schema>;

export interface ConnectedApp {
  readonly issuer: string;
  readonly client_id: string;
  readonly client_name: string;
  readonly logo_uri: string | null;
  readonly scope: readonly string[];
  /** Epoch milliseconds, of the oldest that is left. */
  readonly since: number;
}

/** The scope set; undefined where the user was never asked, or has only turned the client away. */
export async function findConsent(
  db: Db,
  user_id: string,
  issuer: string,
  client_id: string,
): Promise<readonly string[] | undefined> {
  const row = await db
    .selectFrom('consents')
    .select('scope')
    .where('user_id', '=', user_id)
    .where('issuer', '=', issuer)
    .where('client_id', '=', client_id)
    .where('vouching_ended_at', 'is', null)
    .executeTakeFirst();
  return row && parseScope(row.scope);
}

/** Adds to the scope set. False where the user or the client is gone. */
export async function rememberConsent(
  db: Db,
  user_id: string,
  issuer: string,
  client_id: string,
  scope: readonly string[],
  now: number,
): Promise<boolean> {
  return transact(db, async (transaction) => {
    // A deletion of the user locks this row first, and then finds the consent: no consent outlives its user.
    const user = await lockForShare(
      transaction,
      transaction.selectFrom('users').select('id').where('id', '=', user_id),
    ).executeTakeFirst();
    if (user === undefined) return false;
    const client = await lockForShare(
      transaction,
      transaction
        .selectFrom('clients')
        .select('client_id')
        .where('issuer', '=', issuer)
        .where('client_id', '=', client_id),
    ).executeTakeFirst();
    if (client === undefined) return false;
    // Made or not, the row is locked from here on: what is read of it is what will be replaced.
    const { scope: before } = await transaction
      .insertInto('consents')
      .values({ user_id, issuer, client_id, scope: '', created_at: now, updated_at: now })
      .onConflict((conflict) =>
        conflict.columns(['user_id', 'issuer', 'client_id']).doUpdateSet({ updated_at: now }),
      )
      .returning('scope')
      .executeTakeFirstOrThrow();
    const joined = new Set([...parseScope(before), ...scope]);
    await transaction
      .updateTable('consents')
      .set({ scope: [...joined].join(' '), vouching_ended_at: null })
      .where('user_id', '=', user_id)
      .where('issuer', '=', issuer)
      .where('client_id', '=', client_id)
      .execute();
    return true;
  });
}

/**
 * Forgets the consent and ends the grants: the app's tokens stop. An app that has vouched for the user may not do so again.
 * False where it had neither.
 */
export async function disconnect(
  db: Db,
  user_id: string,
  issuer: string,
  client_id: string,
  now: number,
): Promise<boolean> {
  return transact(db, async (transaction) => {
    const vouched = await hasVouched(transaction, user_id, issuer, client_id);
    const { numDeletedRows } = await transaction
      .deleteFrom('consents')
      .where('user_id', '=', user_id)
      .where('issuer', '=', issuer)
      .where('client_id', '=', client_id)
      .executeTakeFirst();
    const ended = await endUserGrants(transaction, user_id, now, { issuer, client_id });
    if (vouched)
      await transaction
        .insertInto('consents')
        .values({
          ...{ user_id, issuer, client_id, scope: '' },
          ...{ created_at: now, updated_at: now, vouching_ended_at: now },
        })
        .execute();
    return numDeletedRows > 0n || ended > 0;
  });
}

async function hasVouched(
  transaction: Db,
  user_id: string,
  issuer: string,
  client_id: string,
): Promise<boolean> {
  // The user's row first, as wherever access begins or ends: none is made between this look and the end of the transaction.
  const user = transaction.selectFrom('users').select('id').where('id', '=', user_id);
  await lockForUpdate(transaction, user).execute();
  const grant = await transaction
    .selectFrom('grants')
    .select('id')
    .where('user_id', '=', user_id)
    .where('issuer', '=', issuer)
    .where('client_id', '=', client_id)
    .where('code_state', '=', 'none')
    .limit(1)
    .executeTakeFirst();
  return grant !== undefined;
}

/** The apps that the user has allowed something, that can still refresh, or have vouched for the user; by name. */
export async function listConnectedApps(db: Db, user_id: string, now: number): Promise<ConnectedApp[]> {
  const app = ['clients.issuer', 'clients.client_id', 'clients.client_name', 'clients.logo_uri'] as const;
  const consents = await db
    .selectFrom('consents')
    .innerJoin('clients', (join) =>
      join
        .onRef('clients.issuer', '=', 'consents.issuer')
        .onRef('clients.client_id', '=', 'consents.client_id'),
    )
    .select([...app, 'consents.scope', 'consents.created_at as since'])
    .where('consents.user_id', '=', user_id)
    .where('consents.vouching_ended_at', 'is', null)
    .execute();
  const grants = await db
    .selectFrom('grants')
    .innerJoin('clients', (join) =>
      join.onRef('clients.issuer', '=', 'grants.issuer').onRef('clients.client_id', '=', 'grants.client_id'),
    )
    .select([...app, 'grants.scope', 'grants.created_at as since'])
    .where('grants.user_id', '=', user_id)
    .where('grants.revoked_at', 'is', null)
    .where(({ eb, or, and }) =>
      or([
        eb('grants.refresh_expires_at', '>', now),
        and([eb('grants.code_state', '=', 'none'), eb('grants.expires_at', '>', now)]),
      ]),
    )
    .execute();
  const byClient = Map.groupBy([...consents, ...grants], ({ issuer, client_id }) =>
    JSON.stringify([issuer, client_id]),
  );
  return [...byClient.values()].flatMap(joined).sort((a, b) => a.client_name.localeCompare(b.client_name));
}

function joined(rows: readonly (Omit<ConnectedApp, 'scope'> & { readonly scope: string })[]): ConnectedApp[] {
  const [first] = rows;
  if (first === undefined) return [];
  const scope = [...new Set(rows.flatMap((row) => parseScope(row.scope)))];
  return [{ ...first, scope, since: Math.min(...rows.map(({ since }) => since)) }];
}

const parseScope = (scope: string): string[] => (scope === '' ? [] : scope.split(' '));
