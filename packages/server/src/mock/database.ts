// The mock's database: SQLite in memory, with the tables and the store of a real server. What it holds is made when it is
// first seen, and as old as can be: it is there wherever a test has moved the clock.

import { randomUUID } from 'node:crypto';
import type { Client, UserAuthentication } from '@tessera-oauth/core';
import { type StoredIssuer, UsageError } from '../model.ts';
import { migrate } from '../store/migrate.ts';
import { openSqlite } from '../store/sql/sqlite.ts';
import { SqlStore } from '../store/sql-store.ts';
import { createClient } from '../store/tables/clients.ts';
import { saveIssuer } from '../store/tables/issuers.ts';
import { createSession } from '../store/tables/sessions.ts';
import { createUser, updateUser } from '../store/tables/users.ts';
import type { MockUser } from './options.ts';

const longAgo = 0;

/** Opens a database for one issuer; `now` in epoch milliseconds. */
export async function openMockDatabase({ disabled, ...issuer }: StoredIssuer, now: () => number) {
  const db = openSqlite(':memory:');
  await migrate(db, longAgo);
  await saveIssuer(db, issuer, longAgo);
  return {
    sql: new SqlStore(db, db, now),
    /** Does nothing where there is such a client. */
    async addClient({ client_id_issued_at, ...client }: Client): Promise<void> {
      await createClient(db, issuer.name, client, longAgo);
    },
    /** Does nothing where there is such a user. */
    async addUser(id: string): Promise<void> {
      const nobody = { login: null, name: id, email: null, email_verified: false, password_hash: null };
      await createUser(db, { id, ...nobody }, longAgo);
    },
    /** Adds a user, or changes the one of that id, and signs in. Throws a UsageError where another has the login. */
    async signIn({ id, name, ...user }: MockUser): Promise<UserAuthentication> {
      const { email = `${id}@example.com`, login = email } = user;
      const profile = { name, email, email_verified: true };
      const made = await createUser(db, { id, login, password_hash: null, ...profile }, longAgo);
      if (!made && !(await updateUser(db, id, profile, longAgo)))
        throw new UsageError(`user: another has the login ${login}`);
      const session_id = randomUUID();
      const auth_time = Math.floor(now() / 1000);
      const session = { user_id: id, auth_time, amr: ['pwd'], identity_provider: 'local' };
      const row = { ...session, id: session_id, hash: session_id, expires_at: Number.MAX_SAFE_INTEGER };
      await createSession(db, row, longAgo);
      return { ...session, session_id };
    },
    close: () => db.destroy(),
  };
}
