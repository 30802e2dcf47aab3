// What every database engine must do: the suite that each of them runs. Security decisions are raced.

import { randomUUID } from 'node:crypto';
import type { Client } from '@tessera-oauth/core';
import type { Kysely } from 'kysely';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { StoredKey } from '../../../packages/server/src/model.ts';
import { migrate } from '../../../packages/server/src/store/migrate.ts';
import { retention } from '../../../packages/server/src/store/revocation-list.ts';
import type { Schema } from '../../../packages/server/src/store/sql/schema.ts';
import { SqlStore } from '../../../packages/server/src/store/sql-store.ts';
import { clockStep, sweep } from '../../../packages/server/src/store/sweeps.ts';
import { listSecrets, revokeSecret } from '../../../packages/server/src/store/tables/client-secrets.ts';
import {
  type ClientToCreate,
  createClient,
  deleteClient,
  updateClient,
} from '../../../packages/server/src/store/tables/clients.ts';
import { listIssuers, saveIssuer } from '../../../packages/server/src/store/tables/issuers.ts';
import { bindMasterKey, hasMasterKey } from '../../../packages/server/src/store/tables/meta.ts';
import { createScope, deleteScope, listScopes } from '../../../packages/server/src/store/tables/scopes.ts';
import type { CreateEngine, Engine } from './engines.ts';

const issuer = {
  name: 'one',
  location: '/',
  dialect: 'standard',
  signing_alg: null,
  access_token_lifetime: null,
  token_reuse: 0,
  resources: [],
  vouched_users: 'own' as const,
  theme: null,
};

/** As it is registered, the moment apart. */
const clientOf = (client_id: string, secrets: Client['secrets'] = []): ClientToCreate => ({
  client_id,
  client_name: 'A client',
  owner: 'An owner',
  token_endpoint_auth_method: 'client_secret_basic',
  grant_types: ['client_credentials'],
  scope: ['read', 'write'],
  redirect_uris: [],
  post_logout_redirect_uris: [],
  logo_uri: null,
  client_uri: null,
  policy_uri: null,
  tos_uri: null,
  consent_message: null,
  require_pkce: null,
  refresh_token_given: null,
  token_reuse: null,
  introspection: 'own',
  id_token_signed_response_alg: 'RS256',
  id_token_user_claims: false,
  disabled: false,
  secrets,
});

const secretOf = (id: string) => ({
  id,
  kind: 'keyed' as const,
  hash: 'hash',
  expires_at: null,
  revoked_at: null,
});

const keyOf = (sequence: number, activates_at: number): StoredKey => ({
  kid: randomUUID(),
  issuer: 'one',
  sequence,
  alg: 'ES256',
  public_jwk: '{}',
  sealed_private_key: '',
  published_at: 0,
  activates_at,
  retires_at: null,
  expires_at: null,
  token_lifetime: 60,
});

export function storeContract(name: string, createEngine: CreateEngine): void {
  describe(name, () => {
    let engine: Engine;
    let db: Kysely<Schema>;
    let store: SqlStore;
    let now = 1_000_000;

    beforeEach(async () => {
      now = 1_000_000;
      engine = await createEngine();
      db = engine.connect();
      await migrate(db, now);
      await saveIssuer(db, issuer, now);
      store = new SqlStore(db, db, () => now);
      await store.load();
    });
    afterEach(() => engine.dispose());

    const race = <T>(count: number, work: (db: Kysely<Schema>, index: number) => Promise<T>): Promise<T[]> =>
      Promise.all(Array.from({ length: count }, (_, index) => work(engine.connect(), index)));

    test('ten processes migrate at once, and each migration is applied once', async () => {
      const fresh = await createEngine('empty');
      const applied = await Promise.all(Array.from({ length: 10 }, () => migrate(fresh.connect(), now)));
      expect(applied.flat()).toEqual([
        '0001-first',
        '0002-users-and-grants',
        '0003-maintenance',
        '0004-administration',
        '0005-openid',
        '0006-vouching',
        '0007-attempts',
        '0008-evidence',
        '0009-declarations',
        '0010-devices',
        '0011-consent',
        '0012-token-reuse',
      ]);
      await fresh.dispose();
    });

    test('of 50 that save one issuer at once, none fails; of two with one location, one does', async () => {
      const two = { ...issuer, name: 'two', location: '/two' };
      await race(50, (other) => saveIssuer(other, two, now));
      await saveIssuer(db, { ...two, resources: ['https://api.example.com'] }, now);
      const saved = await listIssuers(db);
      const served = { disabled: false };
      expect(saved).toEqual([
        { ...issuer, ...served },
        { ...two, ...served, resources: ['https://api.example.com'] },
      ]);
      await expect(saveIssuer(db, { ...two, name: 'three' }, now)).rejects.toThrow(/\/two/);
      await expect(saveIssuer(db, { ...two, location: '/' }, now)).rejects.toThrow(/location/);
    });

    test('a client is found as it was registered', async () => {
      const client = clientOf('a', [secretOf('s1')]);
      expect(await createClient(db, 'one', client, now)).toBe(true);
      const found = { ...client, client_id_issued_at: now / 1000 };
      expect(await store.findClient('one', 'a')).toEqual(found);
      expect(store.cachedClient('one', 'a')).toEqual(found);
      expect(await store.findClient('one', 'b')).toBeUndefined();
      expect(await store.findClient('two', 'a')).toBeUndefined();
    });

    test('of 50 that register one client_id, one succeeds', async () => {
      const results = await race(50, (other, index) =>
        createClient(other, 'one', clientOf('a', [secretOf(`s${index}`)]), now),
      );
      expect(results.filter((created) => created)).toHaveLength(1);
      expect((await store.findClient('one', 'a'))?.secrets).toHaveLength(1);
    });

    test('of 50 that revoke one secret, one succeeds', async () => {
      await createClient(db, 'one', clientOf('a', [secretOf('s1'), secretOf('s2')]), now);
      const results = await race(50, (other) => revokeSecret(other, 'one', 'a', 's1', now));
      expect(results.filter((revoked) => revoked)).toHaveLength(1);
      const secrets = (await store.findClient('one', 'a'))?.secrets ?? [];
      expect(secrets.find(({ id }) => id === 's1')?.revoked_at).toBe(now);
      expect(secrets.find(({ id }) => id === 's2')?.revoked_at).toBeNull();
    });

    test('of 50 that add the next key, one succeeds, and its predecessor retires when it activates', async () => {
      expect(await store.addKey(keyOf(1, now), 0)).toBe(true);
      const results = await race(50, (other) =>
        new SqlStore(other, other, () => now).addKey(keyOf(2, now + 500), 400),
      );
      expect(results.filter((added) => added)).toHaveLength(1);
      const [second, first] = await store.listKeys();
      expect(first).toMatchObject({ sequence: 1, retires_at: now + 500, expires_at: now + 60_900 });
      expect(second).toMatchObject({ sequence: 2, retires_at: null, expires_at: null });
    });

    test('keys last for tokens that have come to live longer', async () => {
      await store.addKey(keyOf(1, now), 0);
      await store.addKey(keyOf(2, now + 500), 400);
      await store.extendKeys('one', 120, 400);
      const [second, first] = await store.listKeys();
      expect(first).toMatchObject({ token_lifetime: 120, expires_at: now + 120_900 });
      expect(second).toMatchObject({ token_lifetime: 120, expires_at: null });
    });

    test('expired keys are deleted, living ones stay', async () => {
      await store.addKey(keyOf(1, now), 0);
      await store.addKey(keyOf(2, now + 500), 400);
      await sweep(db, now + 60_899 + clockStep);
      expect(await store.listKeys()).toHaveLength(2);
      await sweep(db, now + 60_900 + clockStep);
      expect((await store.listKeys()).map(({ sequence }) => sequence)).toEqual([2]);
    });

    test('of two changes at once, neither undoes the other', async () => {
      await createClient(db, 'one', clientOf('a'), now);
      await race(20, (other, index) =>
        updateClient(other, 'one', 'a', index % 2 === 0 ? { disabled: true } : { owner: 'New' }, now),
      );
      expect(await store.findClient('one', 'a')).toMatchObject({
        disabled: true,
        owner: 'New',
        client_name: 'A client',
      });
    });

    test('deleting a client deletes its secrets', async () => {
      await createClient(db, 'one', clientOf('a', [secretOf('s1')]), now);
      expect(await deleteClient(db, 'one', 'a', now)).toBe(true);
      expect(await listSecrets(db, 'one', 'a')).toEqual([]);
      expect(await deleteClient(db, 'one', 'a', now)).toBe(false);
    });

    test('a database is bound to the first master key it meets', async () => {
      expect(await hasMasterKey(db)).toBe(false);
      const results = await race(20, (other, index) => bindMasterKey(other, `key ${index}`));
      expect(results.filter((bound) => bound)).toHaveLength(1);
      expect(await hasMasterKey(db)).toBe(true);
    });

    test('scopes are registered once and listed by issuer', async () => {
      expect(await createScope(db, 'one', 'read', 'Read', now)).toBe(true);
      expect(await createScope(db, 'one', 'read', 'Again', now)).toBe(false);
      expect(await listScopes(db, 'one')).toEqual([
        {
          issuer: 'one',
          name: 'read',
          description: 'Read',
          descriptions: {},
          sensitive: false,
          optional: false,
        },
      ]);
      expect(await deleteScope(db, 'one', 'read', now)).toBe(true);
      expect(await deleteScope(db, 'one', 'read', now)).toBe(false);
    });

    test('a swept deny-list forgets what has expired, in memory sooner than in the database', async () => {
      await store.revokeToken('one', 'old', now + 10);
      await store.revokeToken('one', 'new', now + 1000);
      const stored = () => db.selectFrom('revoked_tokens').select('jti').orderBy('jti').execute();
      const forget = async () => {
        store.forgetExpired();
        await sweep(db, now);
      };
      now += 100;
      await forget();
      // A clock somewhere may be behind.
      expect(store.isTokenRevoked('one', 'old')).toBe(true);
      now += retention;
      await forget();
      expect([store.isTokenRevoked('one', 'old'), store.isTokenRevoked('one', 'new')]).toEqual([false, true]);
      expect(await stored()).toEqual([{ jti: 'new' }, { jti: 'old' }]);
      now += clockStep - retention;
      await forget();
      expect(await stored()).toEqual([{ jti: 'new' }]);
    });

    test('clients asked for at the same moment are each its own, with its own secrets', async () => {
      for (const id of ['a', 'b'])
        await createClient(db, 'one', clientOf(id, [secretOf(`${id}1`), secretOf(`${id}2`)]), now);
      const names = [
        ['one', 'b'],
        ['one', 'a'],
        ['two', 'a'],
        ['one', 'none'],
        ['one', 'b'],
      ] as const;
      const found = await Promise.all(names.map(([issuer, id]) => store.findClient(issuer, id)));
      expect(found.map((client) => client?.client_id)).toEqual(['b', 'a', undefined, undefined, 'b']);
      expect(found.map((client) => client?.secrets.map(({ id }) => id).sort())).toEqual([
        ['b1', 'b2'],
        ['a1', 'a2'],
        undefined,
        undefined,
        ['b1', 'b2'],
      ]);
    });
  });
}
