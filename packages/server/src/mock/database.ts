// The mock's database: SQLite in memory, with the tables and the store of a real server. Clients and users are added when
// a request first names them, and dated 1970, so that they exist at any time to which a test moves the clock.

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

/** Opens a database for one issuer; `now` gives epoch milliseconds. */
export async function openMockDatabase({ disabled, ...issuer }: StoredIssuer, now: () => number) {
  const db = openSqlite(':memory:');
  await migrate(db, longAgo);
  await saveIssuer(db, issuer, longAgo);
  return {
    sql: new SqlStore(db, db, now),
    /** Does nothing if the client exists. */
    async addClient({ client_id_issued_at, ...client }: Client): Promise<void> {
      await createClient(db, issuer.name, client, longAgo);
    },
    /** Does nothing if the user exists. */
    async addUser(id: string): Promise<void> {
      const profile = { login: null, name: id, email: null, email_verified: false, password_hash: null };
      await createUser(db, { id, ...profile }, longAgo);
    },
    /** Adds the user, or changes the one of that id, and signs in. Throws a UsageError if another has the login. */
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
