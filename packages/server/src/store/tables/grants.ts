// Grants: a row for what a user allowed a client, for its whole life (docs/decisions/0007). Each verb is one decision.

import type { CodeRedemption, RefreshTokenAdvance, UsedGrant, UserGrant } from '@tessera-oauth/core';
import { type Insertable, type Kysely, type OperationNodeSource, type Selectable, sql } from 'kysely';
import { lockForShare, postgresOf } from '../sql/engine.ts';
import { type PageOfRows, type PageRequest, readPage } from '../sql/keyset.ts';
import type { Schema } from '../sql/schema.ts';
import { transact } from '../sql/transact.ts';
import { valuesTable } from '../sql/values-table.ts';
import { revokeGrantTokens } from './revoked-tokens.ts';
import { findUsers } from './users.ts';

type Db = Kysely<Schema>;

/** False where the session or the consent has ended in the meantime: that ends what has not yet begun, too. */
export async function createGrant(db: Db, grant: UserGrant): Promise<boolean> {
  return transact(db, async (transaction) => {
    // A write takes the row's lock: a transaction that ends the session waits for it, and then finds the grant.
    const { numUpdatedRows } = await transaction
      .updateTable('sessions')
      .set({ last_seen_at: grant.created_at })
      .where('id', '=', grant.authentication.session_id)
      .where('user_id', '=', grant.authentication.user_id)
      .where('expires_at', '>', grant.created_at)
      .executeTakeFirst();
    if (numUpdatedRows !== 1n) return false;
    // The same against a transaction that disconnects the app.
    const consent = await transaction
      .updateTable('consents')
      .set({ updated_at: grant.created_at })
      .where('user_id', '=', grant.authentication.user_id)
      .where('issuer', '=', grant.issuer)
      .where('client_id', '=', grant.client_id)
      .where('vouching_ended_at', 'is', null)
      .executeTakeFirst();
    if (consent.numUpdatedRows !== 1n) return false;
    await transaction.insertInto('grants').values(toRow(grant)).execute();
    return true;
  });
}

/**
 * Notes a token for a user that a client vouches for; `id` is its jti. `gone`: the user is disabled, or one of the two
 * deleted; `ended`: the user has turned the client away.
 */
export async function createVouchedGrant(db: Db, grant: UserGrant): Promise<'created' | 'gone' | 'ended'> {
  const { user_id } = grant.authentication;
  return transact(db, async (transaction) => {
    // The user's row is the lock, as it is wherever access ends.
    const held = transaction
      .selectFrom('users')
      .select('id')
      .where('id', '=', user_id)
      .where('disabled', '=', 0);
    if ((await lockForShare(transaction, held).executeTakeFirst()) === undefined) return 'gone';
    const client = transaction
      .selectFrom('clients')
      .select('client_id')
      .where('issuer', '=', grant.issuer)
      .where('client_id', '=', grant.client_id);
    if ((await lockForShare(transaction, client).executeTakeFirst()) === undefined) return 'gone';
    const turnedAway = transaction
      .selectFrom('consents')
      .select('user_id')
      .where('user_id', '=', user_id)
      .where('issuer', '=', grant.issuer)
      .where('client_id', '=', grant.client_id)
      .where('vouching_ended_at', 'is not', null);
    if ((await turnedAway.executeTakeFirst()) !== undefined) return 'ended';
    await transaction.insertInto('grants').values(toRow(grant)).execute();
    return 'created';
  });
}

/** OpenID Connect Core §11. `like` would take other cases on SQLite. */
const refreshable = sql`(input.refresh_expires_at is not null
  and replace(' ' || grants.scope || ' ', ' offline_access ', '') <> ' ' || grants.scope || ' ')`;

/** For each the grant whose code it redeems, or undefined. Each is judged and done by one statement; no id twice. */
export async function redeemCodes(
  db: Db,
  input: readonly CodeRedemption[],
): Promise<(UsedGrant | undefined)[]> {
  const query = db
    .updateTable('grants')
    .from(
      valuesTable(db, inOneOrder(input), {
        ...whose,
        redirect_uri: 'text',
        code_challenge: 'text',
        access_expires_at: 'bigint',
        refresh_expires_at: 'bigint',
      }),
    )
    .set(({ ref }) => ({
      code_state: 'redeemed',
      generation: sql`case when ${refreshable} then 1 else 0 end`,
      rotated_at: ref('input.now'),
      refresh_expires_at: sql`case when ${refreshable} then input.refresh_expires_at end`,
      expires_at: sql`case when ${refreshable} and input.refresh_expires_at > input.access_expires_at
        then input.refresh_expires_at else input.access_expires_at end`,
    }))
    .whereRef('grants.id', '=', 'input.id')
    .whereRef('grants.issuer', '=', 'input.issuer')
    .whereRef('grants.client_id', '=', 'input.client_id')
    .where('grants.code_state', '=', 'issued')
    .whereRef('grants.code_expires_at', '>', 'input.now')
    .where('grants.revoked_at', 'is', null)
    // RFC 6749 §4.1.3: identical, or absent where it was said that it may be.
    .where(({ eb, or, and, ref }) =>
      or([
        eb('grants.redirect_uri', '=', ref('input.redirect_uri')),
        and([eb('input.redirect_uri', 'is', null), eb('grants.redirect_uri_required', '=', 0)]),
      ]),
    )
    .whereRef('grants.code_challenge', 'is not distinct from', 'input.code_challenge');
  const used = postgresOf(db)
    ? await rowsWithUsers(db, query.returningAll('grants'))
    : await addUsers(db, await query.returningAll().$castTo<Row>().execute());
  return inOrder(input, used, fromUsedRow);
}

/** For each the grant with its next refresh token, or undefined. One statement, as `redeemCodes`; no id twice. */
export async function advanceRefreshTokens(
  db: Db,
  input: readonly RefreshTokenAdvance[],
): Promise<(UsedGrant | undefined)[]> {
  const query = db
    .updateTable('grants')
    .from(
      valuesTable(db, inOneOrder(input), { ...whose, generation: 'bigint', refresh_expires_at: 'bigint' }),
    )
    .set(({ eb, ref }) => ({
      generation: eb('grants.generation', '+', 1),
      rotated_at: ref('input.now'),
      refresh_expires_at: ref('input.refresh_expires_at'),
      expires_at: ref('input.refresh_expires_at'),
    }))
    .whereRef('grants.id', '=', 'input.id')
    .whereRef('grants.issuer', '=', 'input.issuer')
    .whereRef('grants.client_id', '=', 'input.client_id')
    .whereRef('grants.generation', '=', 'input.generation')
    .whereRef('grants.refresh_expires_at', '>', 'input.now')
    .where('grants.revoked_at', 'is', null);
  const used = postgresOf(db)
    ? await rowsWithUsers(db, query.returningAll('grants'))
    : await addUsers(db, await query.returningAll().$castTo<Row>().execute());
  return inOrder(input, used, fromUsedRow);
}

interface UsedRow extends Row {
  /** Null: there is none any more. */
  readonly user_disabled: number | null;
  readonly user_login: string | null;
  readonly user_name: string | null;
}

/** The rows that `update` returns, each with its user: on PostgreSQL one statement is one wait for the network. */
async function rowsWithUsers(db: Db, update: OperationNodeSource): Promise<readonly UsedRow[]> {
  const { rows } = await sql<UsedRow>`
    with used as (${update})
    select used.*, users.disabled as user_disabled, users.login as user_login, users.name as user_name
    from used left join users on users.id = used.user_id`.execute(db);
  return rows;
}

/** The same on SQLite, which returns rows of one table only. */
async function addUsers(db: Db, rows: readonly Row[]): Promise<readonly UsedRow[]> {
  const ids = rows.map(({ user_id }) => user_id);
  const users = ids.length > 0 ? await findUsers(db, ids) : [];
  return rows.map((row, index) => {
    const { disabled, login = null, name = null } = users[index] ?? {};
    const user_disabled = disabled === undefined ? null : Number(disabled);
    return { ...row, user_disabled, user_login: login, user_name: name };
  });
}

function fromUsedRow({ user_disabled, user_login, user_name, ...row }: UsedRow): UsedGrant {
  const user = { disabled: user_disabled === 1, login: user_login, name: user_name };
  return { ...fromRow(row), user: user_disabled === null ? undefined : user };
}

type GrantKey = Pick<UserGrant, 'issuer' | 'id'>;

/** For each the grant as the database has it now. */
export async function findGrants(db: Db, input: readonly GrantKey[]): Promise<(UserGrant | undefined)[]> {
  const rows = await db
    .selectFrom('grants')
    .innerJoin(valuesTable(db, input, { issuer: 'text', id: 'text' }), (join) =>
      join.onRef('grants.id', '=', 'input.id').onRef('grants.issuer', '=', 'input.issuer'),
    )
    .selectAll('grants')
    .execute();
  return inOrder(input, rows, fromRow);
}

export interface GrantFilter {
  readonly issuer?: string | undefined;
  readonly client_id?: string | undefined;
  readonly user_id?: string | undefined;
}

/** By id, which says nothing of their age: of millions, each page is found by the index that there is. */
export async function pageOfGrants(
  db: Db,
  { issuer, client_id, user_id }: GrantFilter,
  page: PageRequest,
): Promise<PageOfRows<UserGrant>> {
  let query = db.selectFrom('grants').selectAll();
  if (issuer !== undefined) query = query.where('issuer', '=', issuer);
  if (client_id !== undefined) query = query.where('client_id', '=', client_id);
  if (user_id !== undefined) query = query.where('user_id', '=', user_id);
  const { rows, next } = await readPage(query, { columns: ['id'], keyOf: ({ id }: Row) => [id] }, page);
  return { rows: rows.map(fromRow), next };
}

/** How many refresh tokens are alive that were given before. */
export async function countRefreshableBefore(db: Db, before: number, now: number): Promise<number> {
  const { grants } = await db
    .selectFrom('grants')
    .select(({ fn }) => fn.countAll<number>().as('grants'))
    .where('rotated_at', '<', before)
    .where('refresh_expires_at', '>', now)
    .where('revoked_at', 'is', null)
    .executeTakeFirstOrThrow();
  return Number(grants);
}

/** Whatever its issuer. */
export async function findGrantById(db: Db, id: string): Promise<UserGrant | undefined> {
  const row = await db.selectFrom('grants').selectAll().where('id', '=', id).executeTakeFirst();
  return row && fromRow(row);
}

/** The same everywhere: two processes that take the same rows do not wait for each other in a circle. */
const inOneOrder = <Item extends { readonly id: string }>(items: readonly Item[]): Item[] =>
  items.toSorted((one, other) => (one.id < other.id ? -1 : 1));

const whose = { issuer: 'text', id: 'text', client_id: 'text', now: 'bigint' } as const;

type Row = Selectable<Schema['grants']>;

function inOrder<R extends GrantKey, Grant>(
  input: readonly GrantKey[],
  rows: readonly R[],
  fromRow: (row: R) => Grant,
): (Grant | undefined)[] {
  const nameOf = ({ issuer, id }: GrantKey) => `${issuer} ${id}`;
  const found = new Map(rows.map((row) => [nameOf(row), fromRow(row)]));
  return input.map((each) => found.get(nameOf(each)));
}

/** Ends a grant; gives its entry of the deny-list, or undefined where it had ended. */
export async function revokeGrant(
  db: Db,
  issuer: string,
  id: string,
  now: number,
): Promise<Schema['revoked_tokens'] | undefined> {
  return transact(db, async (transaction) => {
    const row = await transaction
      .updateTable('grants')
      .set({ revoked_at: now })
      .where('id', '=', id)
      .where('issuer', '=', issuer)
      .where('revoked_at', 'is', null)
      .returning(['id', 'client_id', 'expires_at'])
      .executeTakeFirst();
    return row && revokeGrantTokens(transaction, issuer, row, now);
  });
}

function toRow(grant: UserGrant): Insertable<Schema['grants']> {
  const { authentication, scope, resources, redirect_uri_required, ...same } = grant;
  const { amr, ...authenticated } = authentication;
  return {
    ...same,
    ...authenticated,
    amr: JSON.stringify(amr),
    scope: scope.join(' '),
    resources: JSON.stringify(resources),
    redirect_uri_required: redirect_uri_required ? 1 : 0,
  };
}

function fromRow(row: Selectable<Schema['grants']>): UserGrant {
  const { user_id, session_id, auth_time, amr, identity_provider, ...same } = row;
  return {
    ...same,
    authentication: { user_id, session_id, auth_time, amr: JSON.parse(amr), identity_provider },
    scope: row.scope === '' ? [] : row.scope.split(' '),
    resources: JSON.parse(row.resources),
    redirect_uri_required: row.redirect_uri_required === 1,
    code_state: row.code_state as UserGrant['code_state'],
  };
}
