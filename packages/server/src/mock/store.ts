// The store of the mock: clients are registered as the request needs them, and a user exists for every id. The database
// is opened at its first use, so that a test of client credentials never waits for it.

import type { ProtocolStore, Revocations, UserAuthentication } from '@tessera-oauth/core';
import type { StoredIssuer } from '../model.ts';
import type { SqlStore } from '../store/sql-store.ts';
import type { MockClients } from './clients.ts';
import { once } from './once.ts';
import type { MockUser } from './options.ts';
import type { Seen } from './seen.ts';

export interface MockStore {
  seenBy(seen: Seen): ProtocolStore;
  signIn(user: MockUser): Promise<UserAuthentication>;
  close(): Promise<void>;
}

const noRevocations: Revocations = { tokens: [], clients: new Map() };

export function createMockStore(issuer: StoredIssuer, clients: MockClients, now: () => number): MockStore {
  let sql: SqlStore | undefined;
  const database = once(async () => {
    const { openMockDatabase } = await import('./database.ts');
    const opened = await openMockDatabase(issuer, now);
    sql = opened.sql;
    return opened;
  });
  const store = async () => (await database()).sql;
  const verbs: Omit<ProtocolStore, 'cachedClient' | 'findClient'> = {
    revokeToken: async (...given) => (await store()).revokeToken(...given),
    // Without a database nothing has been revoked yet.
    isTokenRevoked: (...given) => sql?.isTokenRevoked(...given) ?? false,
    revokedBefore: (...given) => sql?.revokedBefore(...given) ?? 0,
    unavailableWithin: () => 0,
    revocations: (name) => sql?.revocations(name) ?? noRevocations,
    async findUser(id) {
      const { sql, addUser } = await database();
      const known = await sql.findUser(id);
      if (known !== undefined) return known;
      await addUser(id);
      return sql.findUser(id);
    },
    findConsent: async (...given) => (await store()).findConsent(...given),
    rememberConsent: async (...given) => (await store()).rememberConsent(...given),
    createGrant: async (grant) => (await store()).createGrant(grant),
    createVouchedGrant: async (grant) => (await store()).createVouchedGrant(grant),
    redeemCode: async (redemption) => (await store()).redeemCode(redemption),
    advanceRefreshToken: async (advance) => (await store()).advanceRefreshToken(advance),
    findGrant: async (...given) => (await store()).findGrant(...given),
    revokeGrant: async (...given) => (await store()).revokeGrant(...given),
    useOnce: async (...given) => (await store()).useOnce(...given),
  };
  return {
    seenBy: (seen) => ({
      ...verbs,
      // Each request may show another client, so nothing is cached.
      cachedClient: () => undefined,
      async findClient(_issuer, client_id) {
        const client = clients.find(client_id, seen);
        // The consents and grants of users refer to a row of the client.
        if (client !== undefined && ['authorization', 'user_token'].includes(seen.endpoint))
          await (await database()).addClient(client);
        return client;
      },
    }),
    signIn: async (user) => (await database()).signIn(user),
    close: async () => sql?.db.destroy(),
  };
}
