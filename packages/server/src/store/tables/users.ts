// Users: who they are, and whether they may sign in. A change that ends that ends sessions and grants in the same
// transaction, so that no session or token is left when it commits (RFC 9700 §4.14, NIST SP 800-63B §5.2).

import type { UserClaims } from '@tessera-oauth/core';
import { type Kysely, type Selectable, sql } from 'kysely';
import { lockForUpdate } from '../sql/engine.ts';
import { type PageOfRows, type PageRequest, readPage } from '../sql/keyset.ts';
import type { Schema } from '../sql/schema.ts';
import { isUniqueViolation, transact } from '../sql/transact.ts';
import { valuesTable } from '../sql/values-table.ts';
import { revokeGrantTokens } from './revoked-tokens.ts';

type Db = Kysely<Schema>;

export interface User {
  /** The subject of tokens. */
  readonly id: string;
  /** As `normalizeLogin` gives it; null: signs in elsewhere. */
  readonly login: string | null;
  readonly name: string | null;
  readonly email: string | null;
  readonly email_verified: boolean;
  readonly claims: UserClaims;
  /** Null: has no password. */
  readonly password_hash: string | null;
  /** Null: no second factor. */
  readonly sealed_totp_secret: string | null;
  readonly disabled: boolean;
  /** Whose clients may vouch for the user; null: nobody's. */
  readonly owner: string | null;
  /** What was given before is good no longer. */
  readonly access_ended_at: number;
  /** Epoch milliseconds. */
  readonly created_at: number;
  readonly updated_at: number;
}

/** What others tell of a user; of what is left out, nothing changes. */
export interface Profile {
  readonly name?: string | null | undefined;
  readonly email?: string | null | undefined;
  readonly email_verified?: boolean | undefined;
  readonly claims?: UserClaims | undefined;
}

export type UserToCreate = Pick<
  User,
  'id' | 'login' | 'name' | 'email' | 'email_verified' | 'password_hash'
> &
  Partial<Pick<User, 'owner' | 'claims'>>;

export function userFromRow(row: Selectable<Schema['users']>): User {
  const { totp_last_step, ...same } = row;
  return {
    ...same,
    claims: JSON.parse(row.claims),
    email_verified: row.email_verified === 1,
    disabled: row.disabled === 1,
  };
}

/** Case, blanks around it and the way in which accents are typed do not tell one login from another. */
export const normalizeLogin = (login: string): string => login.trim().toLowerCase().normalize('NFC');

/** False where the login or the id is taken. */
export async function createUser(db: Db, user: UserToCreate, now: number): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await db
    .insertInto('users')
    .values({
      ...user,
      login: user.login === null ? null : normalizeLogin(user.login),
      email_verified: user.email_verified ? 1 : 0,
      claims: JSON.stringify(user.claims ?? {}),
      totp_last_step: 0,
      disabled: 0,
      access_ended_at: now,
      created_at: now,
      updated_at: now,
    })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return numInsertedOrUpdatedRows === 1n;
}

export async function findUser(db: Db, id: string): Promise<User | undefined> {
  const row = await db.selectFrom('users').selectAll().where('id', '=', id).executeTakeFirst();
  return row && userFromRow(row);
}

/** For each id the user, in that order. */
export async function findUsers(db: Db, ids: readonly string[]): Promise<(User | undefined)[]> {
  const input = valuesTable(
    db,
    ids.map((id) => ({ id })),
    { id: 'text' },
  );
  const rows = await db
    .selectFrom('users')
    .innerJoin(input, (join) => join.onRef('users.id', '=', 'input.id'))
    .selectAll('users')
    .execute();
  const byId = new Map(rows.map((row) => [row.id, userFromRow(row)]));
  return ids.map((id) => byId.get(id));
}

export async function findUserByLogin(db: Db, login: string): Promise<User | undefined> {
  const row = await db
    .selectFrom('users')
    .selectAll()
    .where('login', '=', normalizeLogin(login))
    .executeTakeFirst();
  return row && userFromRow(row);
}

/** By what was typed: a login, or an email address that exactly one user with a login has. */
export async function findUserToSignIn(db: Db, typed: string): Promise<User | undefined> {
  const login = normalizeLogin(typed);
  // One read for both, whatever exists, so that timing does not tell.
  const rows = await db
    .selectFrom('users')
    .selectAll()
    .where(({ eb, or, and, fn }) =>
      or([
        eb('login', '=', login),
        and([eb(fn('lower', ['email']), '=', login), eb('login', 'is not', null)]),
      ]),
    )
    // However many have it as their address, whose login it is comes first.
    .orderBy(({ eb }) => eb('login', '=', login), 'desc')
    .limit(2)
    .execute();
  const row = rows.find((each) => each.login === login) ?? (rows.length === 1 ? rows[0] : undefined);
  return row && userFromRow(row);
}

/** For a change that depends on what the user is: changes of the same one wait. Undefined where there is none. */
export async function lockUser(transaction: Db, id: string): Promise<User | undefined> {
  const query = transaction.selectFrom('users').selectAll().where('id', '=', id);
  const row = await lockForUpdate(transaction, query).executeTakeFirst();
  return row && userFromRow(row);
}

/** In the order in which they were made. `login` is how the login begins. */
export async function pageOfUsers(
  db: Db,
  { login }: { readonly login?: string | undefined },
  page: PageRequest,
): Promise<PageOfRows<User>> {
  const query = db.selectFrom('users').selectAll();
  const start = normalizeLogin(login ?? '');
  const chosen =
    start === ''
      ? query
      : query.where(sql<boolean>`substr(login, 1, ${sql.lit([...start].length)}) = ${start}`);
  const keyOf = ({ created_at, id }: { created_at: number; id: string }) => [created_at, id];
  const { rows, next } = await readPage(chosen, { columns: ['created_at', 'id'], keyOf }, page);
  return { rows: rows.map(userFromRow), next };
}

/** Gives a user another login. False where somebody has it: then the transaction must be rolled back. */
export async function setLogin(transaction: Db, id: string, login: string, now: number): Promise<boolean> {
  const update = transaction.updateTable('users').set({ login: normalizeLogin(login), updated_at: now });
  try {
    const { numUpdatedRows } = await update.where('id', '=', id).executeTakeFirst();
    return numUpdatedRows === 1n;
  } catch (error) {
    if (isUniqueViolation(error)) return false;
    throw error;
  }
}

/** Says whose clients may vouch for a user. Those that the user has turned away may then ask again. */
export async function setOwner(
  transaction: Db,
  id: string,
  owner: string | null,
  now: number,
): Promise<void> {
  await transaction.updateTable('users').set({ owner, updated_at: now }).where('id', '=', id).execute();
  await transaction
    .updateTable('consents')
    .set({ vouching_ended_at: null })
    .where('user_id', '=', id)
    .execute();
}

/** An address that changed is verified only where that is said of the new one. False where there is no such user. */
export async function updateUser(db: Db, id: string, profile: Profile, now: number): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('users')
    .set({ ...profileColumns(profile), updated_at: now })
    .where('id', '=', id)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

export interface PasswordChange {
  /**
   * The hash that the user's current password was verified against; null: had none. If it has been replaced since, nothing
   * is changed.
   */
  readonly before?: string | null | undefined;
  /** For a user who has lost the second factor. */
  readonly remove_totp?: boolean | undefined;
  /** For an account that somebody else has used. */
  readonly remove_passkeys?: boolean | undefined;
}

/** Ends all sessions and grants too. False where `before` is not so, or there is no such user. */
export async function setPassword(
  db: Db,
  id: string,
  password_hash: string,
  now: number,
  { before, remove_totp = false, remove_passkeys = false }: PasswordChange = {},
): Promise<boolean> {
  return transact(db, async (transaction) => {
    const update = transaction
      .updateTable('users')
      .set({ password_hash, updated_at: now, ...(remove_totp && { sealed_totp_secret: null }) })
      .where('id', '=', id);
    const held =
      before === undefined ? update : update.where('password_hash', before === null ? 'is' : '=', before);
    const { numUpdatedRows } = await held.executeTakeFirst();
    if (numUpdatedRows !== 1n) return false;
    await endAccess(transaction, id, now);
    // After the sessions: a transaction that adds a passkey at this moment holds one, and is waited for.
    if (remove_totp) await transaction.deleteFrom('recovery_codes').where('user_id', '=', id).execute();
    if (remove_passkeys) await transaction.deleteFrom('passkeys').where('user_id', '=', id).execute();
    return true;
  });
}

/** To disable a user ends all sessions and grants too. False where there is no such user. */
export async function setDisabled(db: Db, id: string, disabled: boolean, now: number): Promise<boolean> {
  return transact(db, async (transaction) => {
    const { numUpdatedRows } = await transaction
      .updateTable('users')
      .set({ disabled: disabled ? 1 : 0, updated_at: now })
      .where('id', '=', id)
      .executeTakeFirst();
    if (numUpdatedRows === 1n && disabled) await endAccess(transaction, id, now);
    return numUpdatedRows === 1n;
  });
}

/** Deletes a user with sessions, passkeys, identities and consents; what grants gave is inactive from then on. */
export async function deleteUser(db: Db, id: string, now: number): Promise<boolean> {
  return transact(db, async (transaction) => {
    // The user's row is the lock, as it is wherever access ends: nothing new begins from here on.
    const { numUpdatedRows } = await transaction
      .updateTable('users')
      .set({ disabled: 1 })
      .where('id', '=', id)
      .executeTakeFirst();
    // In the order in which others come by them: sessions, consents, grants.
    await transaction.deleteFrom('sessions').where('user_id', '=', id).execute();
    await transaction.deleteFrom('consents').where('user_id', '=', id).execute();
    await endAccess(transaction, id, now);
    await transaction.deleteFrom('users').where('id', '=', id).execute();
    return numUpdatedRows === 1n;
  });
}

/** Revokes the grants of a user, or those for one client, and with them every token that they gave. */
export async function endUserGrants(
  transaction: Db,
  user_id: string,
  now: number,
  filter?: { readonly issuer: string; readonly client_id: string },
): Promise<number> {
  const all = transaction
    .updateTable('grants')
    .set({ revoked_at: now })
    .where('user_id', '=', user_id)
    .where('revoked_at', 'is', null);
  const chosen =
    filter === undefined
      ? all
      : all.where('issuer', '=', filter.issuer).where('client_id', '=', filter.client_id);
  const ended = await chosen.returning(['issuer', 'id', 'client_id', 'expires_at']).execute();
  for (const grant of ended) await revokeGrantTokens(transaction, grant.issuer, grant, now);
  return ended.length;
}

async function endAccess(transaction: Db, user_id: string, now: number): Promise<void> {
  await transaction.updateTable('users').set({ access_ended_at: now }).where('id', '=', user_id).execute();
  await transaction.deleteFrom('sessions').where('user_id', '=', user_id).execute();
  await endUserGrants(transaction, user_id, now);
}

/** The columns of what is told, and no others. */
export const profileColumns = ({ name, email, email_verified, claims }: Profile) => ({
  ...(name !== undefined && { name }),
  ...(email !== undefined && { email }),
  ...(claims !== undefined && { claims: JSON.stringify(claims) }),
  ...((email !== undefined || email_verified !== undefined) && { email_verified: email_verified ? 1 : 0 }),
});
