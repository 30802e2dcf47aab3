// The mock's database: SQLite in memory, with the tables and the store of a real server. Clients and users get their rows
// when they are first seen.

import type { Dialect, ProtocolStore, UserAuthentication } from '@tessera/core';
import type { StoredIssuer } from '../model.ts';
import { migrate } from '../store/migrate.ts';
import { createClient, saveIssuer } from '../store/registry.ts';
import { SqlStore } from '../store/sql-store.ts';
import { openSqlite } from '../store/sqlite.ts';
import { createUser } from '../store/users.ts';
import type { MockClients } from './clients.ts';
import type { MockUser } from './options.ts';
import type { Seen } from './seen.ts';
import { signIn } from './user.ts';

/** The one issuer of a mock. */
export const mockIssuer = ({ name }: Dialect): StoredIssuer => ({
  name: 'mock',
  location: '/',
  dialect: name,
  signing_alg: null,
  access_token_lifetime: null,
  resources: [],
  theme: null,
});

export interface MockStore {
  readonly sql: SqlStore;
  /** The store as a request meets it. */
  seenBy(seen: Seen, clients: MockClients): ProtocolStore;
  signIn(user: MockUser): Promise<UserAuthentication>;
  close(): Promise<void>;
}

export async function openMockStore(dialect: Dialect, now: () => number): Promise<MockStore> {
  const db = openSqlite(':memory:');
  await migrate(db, now());
  await saveIssuer(db, mockIssuer(dialect), now());
  const sql = new SqlStore(db, db, now);
  const verbs: Omit<ProtocolStore, 'recallClient' | 'findClient' | 'findUser'> = {
    revokeToken: (...given) => sql.revokeToken(...given),
    isTokenRevoked: (...given) => sql.isTokenRevoked(...given),
    findConsent: (...given) => sql.findConsent(...given),
    rememberConsent: (...given) => sql.rememberConsent(...given),
    createGrant: (grant) => sql.createGrant(grant),
    redeemCode: (redemption) => sql.redeemCode(redemption),
    advanceRefreshToken: (advance) => sql.advanceRefreshToken(advance),
    findGrant: (...given) => sql.findGrant(...given),
    revokeGrant: (...given) => sql.revokeGrant(...given),
  };
  const findUser = async (id: string) => {
    const profile = { name: id, email: null, email_verified: false };
    const known = await sql.findUser(id);
    if (known === undefined) await createUser(db, { id, login: null, password_hash: null, ...profile }, 0);
    return known ?? sql.findUser(id);
  };
  const rows = new Set<string>();
  const seenBy: MockStore['seenBy'] = (seen, clients) => ({
    ...verbs,
    findUser,
    // As the request shows it, and no other: nothing to remember.
    recallClient: () => undefined,
    async findClient(issuer, client_id) {
      const client = clients.find(client_id, seen);
      if (client === undefined || rows.has(client_id)) return client;
      const { client_id_issued_at, ...row } = client;
      await createClient(db, issuer, row, client_id_issued_at);
      rows.add(client_id);
      return client;
    },
  });
  return { sql, seenBy, signIn: (user) => signIn(db, user, now()), close: () => db.destroy() };
}
