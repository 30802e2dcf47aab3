// Users, apps, sessions and grants as rows: what tests of the store begin with, on a fresh database for each.

import { createHash } from 'node:crypto';
import type { Kysely } from 'kysely';
import { afterEach, beforeEach } from 'vitest';
import { migrate } from '../../packages/server/src/store/migrate.ts';
import type { Schema } from '../../packages/server/src/store/sql/schema.ts';
import { createSession, type NewSession } from '../../packages/server/src/store/tables/sessions.ts';
import {
  createUser,
  pageOfUsers,
  type User,
  type UserToCreate,
} from '../../packages/server/src/store/tables/users.ts';
import type { CreateEngine, Engine } from '../store/contract/engines.ts';

type Db = Kysely<Schema>;

/** Epoch milliseconds. */
export const start = 1_700_000_000_000;
export const hour = 3_600_000;

export interface FreshDatabase {
  readonly engine: Engine;
  readonly db: Db;
  /** Runs `work` on `count` connections at once, each as another process would have it. */
  race<T>(count: number, work: (db: Db, index: number) => Promise<T>): Promise<T[]>;
}

/** For the tests of a `describe`: a new database before each, which is gone after it. */
export function freshDatabase(createEngine: CreateEngine): FreshDatabase {
  let engine: Engine;
  let db: Db;
  beforeEach(async () => {
    engine = await createEngine();
    db = engine.connect();
    await migrate(db, start);
  });
  afterEach(() => engine.dispose());
  return {
    get engine() {
      return engine;
    },
    get db() {
      return db;
    },
    race: (count, work) =>
      Promise.all(Array.from({ length: count }, (_, index) => work(engine.connect(), index))),
  };
}

/** How many of those that raced succeeded. */
export const won = (results: readonly boolean[]): number => results.filter((result) => result).length;

export const userOf = (id: string, own: Partial<UserToCreate> = {}): UserToCreate => ({
  id,
  login: `${id}@example.com`,
  name: null,
  email: null,
  email_verified: false,
  password_hash: 'old',
  ...own,
});

export const sessionOf = (user_id: string, hash: string, own: Partial<NewSession> = {}): NewSession => ({
  hash,
  id: `sid-${hash}`,
  user_id,
  auth_time: start / 1000,
  amr: ['pwd'],
  identity_provider: 'local',
  expires_at: start + hour,
  ...own,
});

export async function addUser(db: Db, id: string, own: Partial<UserToCreate> = {}): Promise<void> {
  if (!(await createUser(db, userOf(id, own), start))) throw new Error(`user ${id} is there`);
}

/** In the order in which they were made. */
export const allUsers = async (db: Db): Promise<readonly User[]> =>
  (await pageOfUsers(db, {}, { limit: 1000 })).rows;

export async function addSession(db: Db, user_id: string, hash: string): Promise<void> {
  if (!(await createSession(db, sessionOf(user_id, hash), start))) throw new Error(`no session ${hash}`);
}

/** An app at the issuer `one`, or another, which is made with it. */
export async function addApp(db: Db, client_id: string, issuer = 'one'): Promise<void> {
  await db
    .insertInto('issuers')
    .values({
      name: issuer,
      location: `/${issuer}`,
      dialect: 'standard',
      signing_alg: null,
      access_token_lifetime: null,
      resources: '[]',
      created_at: start,
      theme: null,
    })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  await db
    .insertInto('clients')
    .values({
      issuer,
      client_id,
      client_name: `The app ${client_id}`,
      owner: '',
      token_endpoint_auth_method: 'client_secret_basic',
      grant_types: '[]',
      scope: '',
      introspection: 'own',
      disabled: 0,
      created_at: start,
      updated_at: start,
      logo_uri: `https://${client_id}.example/logo.png`,
    })
    .execute();
}

/** A grant whose refresh token is alive. */
export async function addGrant(
  db: Db,
  id: string,
  user_id: string,
  client_id: string,
  own: Partial<Schema['grants']> = {},
): Promise<void> {
  await db
    .insertInto('grants')
    .values({
      id,
      issuer: 'one',
      client_id,
      user_id,
      scope: 'read offline_access',
      resources: '[]',
      session_id: 'sid',
      auth_time: start / 1000,
      amr: '["pwd"]',
      identity_provider: 'local',
      nonce: null,
      redirect_uri: 'https://app.example/callback',
      redirect_uri_required: 1,
      code_challenge: createHash('sha256').update(id).digest('base64url'),
      code_state: 'redeemed',
      code_expires_at: start + 60_000,
      generation: 1,
      rotated_at: start,
      refresh_expires_at: start + hour,
      revoked_at: null,
      created_at: start,
      expires_at: start + 2 * hour,
      ...own,
    })
    .execute();
}
