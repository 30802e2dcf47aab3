// Sessions of browsers (OpenID Connect Session Management §2), known by a hash of their cookie, and what is good once.

import type { Kysely } from 'kysely';
import { type PageOfRows, type PageRequest, readPage } from '../sql/keyset.ts';
import type { Schema } from '../sql/schema.ts';
import { transact } from '../sql/transact.ts';
import { type User, userFromRow } from './users.ts';

type Db = Kysely<Schema>;

interface Session {
  /** Public: the `sid` of tokens. */
  readonly id: string;
  readonly user_id: string;
  /** Epoch seconds. */
  readonly auth_time: number;
  /** RFC 8176. */
  readonly amr: readonly string[];
  readonly identity_provider: string;
}

export interface NewSession extends Session {
  /** The hash of the cookie: `FormTokens.sessionHash`. */
  readonly hash: string;
  /** Epoch milliseconds. */
  readonly expires_at: number;
  /** What the password was verified against, where it was: if it has changed since, there is no session. */
  readonly password_hash?: string | undefined;
  /** Browser and system, in words of our own. */
  readonly device?: string | undefined;
  /** The hash of a session that this one takes the place of. */
  readonly replaces?: string | undefined;
}

export interface FoundSession {
  readonly hash: string;
  readonly session: Session;
  readonly user: User;
  /** Epoch milliseconds. */
  readonly last_seen_at: number;
  readonly expires_at: number;
}

const touchMs = 60_000;

/** False where the user is gone or disabled, or the password was changed while it was being verified. */
export async function createSession(db: Db, input: NewSession, now: number): Promise<boolean> {
  const { replaces, password_hash, device = null, ...session } = input;
  return transact(db, async (transaction) => {
    // A write takes the row's lock: a transaction that disables the user or sets a password waits for it, and then finds
    // the session.
    const user = transaction
      .updateTable('users')
      .set(({ ref }) => ({ updated_at: ref('updated_at') }))
      .where('id', '=', session.user_id)
      .where('disabled', '=', 0);
    const held = password_hash === undefined ? user : user.where('password_hash', '=', password_hash);
    if ((await held.executeTakeFirst()).numUpdatedRows !== 1n) return false;
    await transaction
      .insertInto('sessions')
      .values({ ...session, device, amr: JSON.stringify(session.amr), last_seen_at: now })
      .execute();
    if (replaces !== undefined) await deleteSession(transaction, replaces);
    return true;
  });
}

/**
 * By the hashes that it may be stored under: a session that has neither expired nor been idle for `idleMs`, of a user who
 * is there and enabled.
 */
export async function findSession(
  db: Db,
  hashes: readonly string[],
  now: number,
  idleMs: number,
): Promise<FoundSession | undefined> {
  const row = await db
    .selectFrom('sessions')
    .innerJoin('users', 'users.id', 'sessions.user_id')
    .selectAll('users')
    .select([
      'sessions.hash',
      'sessions.id as session_id',
      'sessions.auth_time',
      'sessions.amr',
      'sessions.identity_provider',
      'sessions.last_seen_at',
      'sessions.expires_at',
    ])
    .where('sessions.hash', 'in', hashes)
    .where('sessions.expires_at', '>', now)
    .where('sessions.last_seen_at', '>', now - idleMs)
    .where('users.disabled', '=', 0)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const { hash, session_id, auth_time, amr, identity_provider, last_seen_at, expires_at, ...user } = row;
  const session = { id: session_id, user_id: user.id, auth_time, amr: JSON.parse(amr), identity_provider };
  return { hash, session, user: userFromRow(user), last_seen_at, expires_at };
}

/** Notes that a session is in use: at most once a minute, since each note is a write. */
export async function touchSession(db: Db, { hash, last_seen_at }: FoundSession, now: number): Promise<void> {
  if (now - last_seen_at < touchMs) return;
  await db
    .updateTable('sessions')
    .set({ last_seen_at: now })
    .where('hash', '=', hash)
    .where('last_seen_at', '<=', now - touchMs)
    .execute();
}

/** Runs `work`, as `transact` would, in one transaction that holds the session; undefined where the session has ended. */
export async function whileSignedIn<T>(
  db: Db,
  hash: string,
  work: (transaction: Db) => Promise<T>,
): Promise<T | undefined> {
  return transact(db, async (transaction) => {
    const { numUpdatedRows } = await transaction
      .updateTable('sessions')
      .set(({ ref }) => ({ last_seen_at: ref('last_seen_at') }))
      .where('hash', '=', hash)
      .executeTakeFirst();
    return numUpdatedRows === 1n ? work(transaction) : undefined;
  });
}

/** A session as an administrator sees it: nothing of it opens anything. */
export interface SessionListing extends Session {
  /** Browser and system; null where they are not known. */
  readonly device: string | null;
  /** Epoch milliseconds. */
  readonly last_seen_at: number;
  readonly expires_at: number;
}

const listed = [
  'id',
  'user_id',
  'auth_time',
  'amr',
  'identity_provider',
  'device',
  'last_seen_at',
  'expires_at',
] as const;

/** The sessions of one user or of all, the newest first. Expired ones are among them until they are swept. */
export async function pageOfSessions(
  db: Db,
  user_id: string | undefined,
  page: PageRequest,
): Promise<PageOfRows<SessionListing>> {
  const all = db.selectFrom('sessions').select(listed);
  const query = user_id === undefined ? all : all.where('user_id', '=', user_id);
  const keyOf = ({ auth_time, id }: { auth_time: number; id: string }) => [auth_time, id];
  const sorting = { columns: ['auth_time', 'id'], direction: 'desc' as const, keyOf };
  const { rows, next } = await readPage(query, sorting, page);
  return { rows: rows.map(({ amr, ...same }) => ({ ...same, amr: JSON.parse(amr) })), next };
}

/** The sessions by which a user is signed in, fifty at most, the last used first. */
export async function listLiveSessions(
  db: Db,
  user_id: string,
  now: number,
  idleMs: number,
): Promise<SessionListing[]> {
  const rows = await db
    .selectFrom('sessions')
    .select(listed)
    .where('user_id', '=', user_id)
    .where('expires_at', '>', now)
    .where('last_seen_at', '>', now - idleMs)
    .orderBy('last_seen_at', 'desc')
    .orderBy('id')
    .limit(50)
    .execute();
  return rows.map(({ amr, ...same }) => ({ ...same, amr: JSON.parse(amr) }));
}

/** Ends a session of this user by its public id; false where they have none by it. */
export async function endOwnSession(db: Db, user_id: string, id: string): Promise<boolean> {
  const query = db.deleteFrom('sessions').where('id', '=', id).where('user_id', '=', user_id);
  return (await query.executeTakeFirst()).numDeletedRows === 1n;
}

/** Ends a session by its public id; gives what it was, or undefined where there was none. */
export async function endSession(db: Db, id: string): Promise<SessionListing | undefined> {
  const row = await db.deleteFrom('sessions').where('id', '=', id).returning(listed).executeTakeFirst();
  return row && { ...row, amr: JSON.parse(row.amr) };
}

/** False where there was none. */
export async function deleteSession(db: Db, hash: string): Promise<boolean> {
  const { numDeletedRows } = await db.deleteFrom('sessions').where('hash', '=', hash).executeTakeFirst();
  return numDeletedRows === 1n;
}

export async function deleteUserSessions(db: Db, user_id: string): Promise<void> {
  await db.deleteFrom('sessions').where('user_id', '=', user_id).execute();
}
