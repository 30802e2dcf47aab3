// What every database engine must do for administration: changes that undo none of each other, a record of each of them,
// and lists that are read page by page.

import { builtInDialects } from '@tessera-oauth/core';
import { type Kysely, sql } from 'kysely';
import { beforeEach, describe, expect, test } from 'vitest';
import { AdminError } from '../../../packages/server/src/admin/admin-error.ts';
import { listChanges } from '../../../packages/server/src/admin/audit.ts';
import { type AdminVerb, adminVerbs } from '../../../packages/server/src/admin/change.ts';
import {
  addClientSecret,
  listClientSecrets,
  revokeClientSecret,
} from '../../../packages/server/src/admin/client-secrets.ts';
import {
  changeClient,
  findClient,
  listClients,
  registerClient,
  removeClient,
} from '../../../packages/server/src/admin/clients.ts';
import type { AdminContext } from '../../../packages/server/src/admin/context.ts';
import { endGrant, listGrants } from '../../../packages/server/src/admin/grants.ts';
import {
  addIssuer,
  changeIssuer,
  changeIssuerState,
  declareIssuer,
  listIssuers,
  removeIssuer,
} from '../../../packages/server/src/admin/issuers.ts';
import { listKeys, revokeSigningKey, rotateKey } from '../../../packages/server/src/admin/keys.ts';
import { beginRotation, retireMasterKey } from '../../../packages/server/src/admin/master-key.ts';
import type { ListRequest, Page } from '../../../packages/server/src/admin/page.ts';
import { addScope, changeScope, listScopes, removeScope } from '../../../packages/server/src/admin/scopes.ts';
import { endSession, listSessions } from '../../../packages/server/src/admin/sessions.ts';
import { revokeToken, revokeTokenById } from '../../../packages/server/src/admin/tokens.ts';
import { listUsage } from '../../../packages/server/src/admin/usage.ts';
import {
  changeUser,
  changeUserState,
  listUsers,
  registerUser,
  removeUser,
  resetPassword,
} from '../../../packages/server/src/admin/users.ts';
import { MasterKeyRing } from '../../../packages/server/src/keys/master-key-ring.ts';
import type { Schema } from '../../../packages/server/src/store/sql/schema.ts';
import { SqlStore } from '../../../packages/server/src/store/sql-store.ts';
import { sweep } from '../../../packages/server/src/store/sweeps.ts';
import { saveExternalUser } from '../../../packages/server/src/store/tables/identities.ts';
import { saveMasterKeys } from '../../../packages/server/src/store/tables/meta.ts';
import { createSession } from '../../../packages/server/src/store/tables/sessions.ts';
import { addGrant, addSession, freshDatabase, hour, sessionOf, start } from '../../support/accounts.ts';
import { administrationOf } from '../../support/administration.ts';
import { masterKey } from '../../support/key-database.ts';
import type { CreateEngine } from './engines.ts';

const [standard] = builtInDialects;

const app = {
  client_name: 'An app',
  owner: 'Acme',
  scope: [] as string[],
  introspection: 'own' as const,
  secret: {},
};
const day = 86_400_000;

export function administrationContract(name: string, createEngine: CreateEngine): void {
  describe(name, () => {
    const fresh = freshDatabase(createEngine);
    let now = start;
    let admin: AdminContext;

    beforeEach(async () => {
      now = start;
      admin = await administrationOf(fresh.db, () => now);
      await addIssuer(admin, { name: 'one', location: '/' });
      for (const scope of ['read', 'write']) await addScope(admin, 'one', { name: scope });
    });

    const register = (client_id: string, more: Partial<Parameters<typeof registerClient>[2]> = {}) =>
      registerClient(admin, 'one', { ...app, client_id, ...more });
    const changes = async () => (await listChanges(admin, {}, { limit: 1000 })).items;
    const race = <T>(count: number, work: (admin: AdminContext, index: number) => Promise<T>) =>
      fresh.race(count, (db, index) => work({ ...admin, db }, index));

    describe('of many at once', () => {
      test('50 that each add a scope to one client all have added it', async () => {
        const names = Array.from({ length: 50 }, (_, index) => `scope-${index}`);
        for (const scope of names) await addScope(admin, 'one', { name: scope });
        await register('app', { scope: ['read'] });
        await race(50, (other, index) =>
          changeClient(other, 'one', 'app', { add_scope: [names[index] ?? ''] }),
        );
        expect((await findClient(admin, 'one', 'app')).scope.toSorted()).toEqual(
          ['read', ...names].toSorted(),
        );
        expect((await changes()).filter(({ verb }) => verb === 'client.update')).toHaveLength(50);
      });

      test('some add, some remove and one names the first redirect URI: all of it is done', async () => {
        await register('app', { scope: ['read'] });
        const redirect_uris = ['https://app.example/cb'];
        await race(30, (other, index) => {
          if (index === 7) return changeClient(other, 'one', 'app', { redirect_uris });
          if (index % 2 === 0) return changeClient(other, 'one', 'app', { add_scope: ['write'] });
          return changeClient(other, 'one', 'app', { remove_scope: ['read'] });
        });
        expect(await findClient(admin, 'one', 'app')).toMatchObject({
          scope: ['write'],
          redirect_uris,
          grant_types: ['client_credentials', 'authorization_code', 'refresh_token'],
        });
      });

      test('of a theme, each member that is changed is changed, and null takes away only its own', async () => {
        await addIssuer(admin, { name: 'themed', location: '/themed', theme: { name: 'Before' } });
        const themes = [{ color: '#0a5fd4' }, { logo_uri: 'https://a.example/l.png' }, { name: null }];
        await race(30, (other, index) => changeIssuer(other, 'themed', { theme: themes[index % 3] }));
        const themed = async () =>
          (await listIssuers(admin, { limit: 9 })).items.find(({ name }) => name === 'themed')?.theme;
        expect(await themed()).toEqual({ color: '#0a5fd4', logo_uri: 'https://a.example/l.png' });
        await changeIssuer(admin, 'themed', { theme: { color: null, logo_uri: null, name: undefined } });
        expect(await themed()).toBeNull();
      });

      test('of 50 that make issuers that answer at one URL, one does', async () => {
        const standard = admin.dialects.get('standard') ?? fail();
        const short = { ...standard, name: 'short', paths: { ...standard.paths, token: '/token' } };
        const dialects = new Map([...admin.dialects, ['short', short]]);
        const made = await race(50, (other, index) => {
          // Both have their token endpoint at /shared/oauth2/token.
          const place =
            index % 2 === 0 ? { location: '/shared' } : { location: '/shared/oauth2', dialect: 'short' };
          return addIssuer({ ...other, dialects }, { name: `issuer-${index}`, ...place }).then(
            () => true,
            (error: unknown) => {
              if (error instanceof AdminError && error.code === 'already_exists') return false;
              throw error;
            },
          );
        });
        expect(made.filter((each) => each)).toHaveLength(1);
        expect((await changes()).filter(({ verb }) => verb === 'issuer.create')).toHaveLength(2);
      });

      test('of 50 that take one login, one has it', async () => {
        for (let index = 0; index < 10; index += 1)
          await fresh.db
            .insertInto('users')
            .values({
              id: `user-${index}`,
              login: `user-${index}`,
              name: null,
              email: null,
              email_verified: 0,
              password_hash: null,
              sealed_totp_secret: null,
              totp_last_step: 0,
              disabled: 0,
              access_ended_at: start,
              created_at: start,
              updated_at: start,
            })
            .execute();
        const outcomes = await race(50, (other, index) =>
          changeUser(other, `user-${index % 10}`, { login: 'ann' }).then(
            ({ id }) => id,
            (error: unknown) => (error instanceof AdminError ? error.code : Promise.reject(error)),
          ),
        );
        const holders = new Set(outcomes.filter((each) => each.startsWith('user-')));
        expect(holders.size).toBe(1);
        expect((await listUsers(admin, { login: 'ann' }, { limit: 10 })).items).toHaveLength(1);
        expect((await changes()).filter(({ verb }) => verb === 'user.update')).toHaveLength(1);
      });

      test('of 50 that revoke one grant, one does, and it is recorded once', async () => {
        await register('app');
        await registerUser(admin, { id: 'ann', login: 'ann', password: 'correct horse' });
        await addGrant(fresh.db, 'grant', 'ann', 'app');
        const done = await race(50, (other) =>
          endGrant(other, 'grant').then(
            () => true,
            () => false,
          ),
        );
        expect(done.filter((each) => each)).toHaveLength(1);
        expect((await changes()).filter(({ verb }) => verb === 'grant.revoke')).toHaveLength(1);
      });
    });

    describe('a location', () => {
      const settings = {
        dialect: 'standard',
        signing_alg: null,
        access_token_lifetime: null,
        theme: null,
        vouched_users: 'own' as const,
      };
      const declaredAt = (name: string, location: string) => ({ ...settings, name, location, resources: [] });

      test('cannot be swapped by the configuration at once, nor taken before its issuer has moved', async () => {
        for (const name of ['a', 'b']) await declareIssuer(admin, declaredAt(name, `/${name}`));
        await addIssuer(admin, { name: 'c', location: '/c' });
        const declared = [declaredAt('a', '/b'), declaredAt('b', '/a')];
        const swapped = { ...admin, declared };
        const taken = (holder: string) => ({
          code: 'already_exists',
          field: 'location',
          message: expect.stringContaining(`issuer ${holder} still has it in the database`),
        });
        await expect(declareIssuer(swapped, declaredAt('a', '/b'))).rejects.toMatchObject(taken('b'));
        const moved = { ...admin, declared: [declaredAt('a', '/new'), declaredAt('b', '/b')] };
        await expect(changeIssuer(moved, 'c', { location: '/a' })).rejects.toMatchObject(taken('a'));
        await expect(addIssuer(moved, { name: 'd', location: '/a' })).rejects.toMatchObject(taken('a'));
        await expect(declareIssuer(moved, declaredAt('e', '/a'))).rejects.toMatchObject(taken('a'));
        await declareIssuer(moved, declaredAt('a', '/new'));
        expect(await changeIssuer(moved, 'c', { location: '/a' })).toMatchObject({ location: '/a' });
      });
    });

    test('an issuer is deleted by one statement more with 40 clients than with none, and followers drop each', async () => {
      const ids = Array.from({ length: 40 }, (_, index) => `app-${index}`);
      for (const name of ['empty', 'full']) await addIssuer(admin, { name, location: `/${name}` });
      const follower = new SqlStore(fresh.engine.connect(), fresh.engine.connect(), () => now);
      for (const client_id of ids) await registerClient(admin, 'full', { ...app, client_id });
      await follower.load();
      for (const client_id of ids) await follower.findClient('full', client_id);
      const statementsOf = async (issuer: string) => {
        let count = 0;
        const db = fresh.db.withPlugin({
          transformQuery({ node }) {
            count += 1;
            return node;
          },
          transformResult: async ({ result }) => result,
        });
        await removeIssuer({ ...admin, db }, issuer, { with_clients: true });
        return count;
      };
      expect(await statementsOf('full')).toBe((await statementsOf('empty')) + 1);
      const seen = await follower.follow();
      expect(seen.filter(({ topic }) => topic === 'client')).toHaveLength(40);
      for (const client_id of ids) expect(follower.cachedClient('full', client_id)).toBeUndefined();
      expect(await follower.follow()).toEqual([]);
      const { numbers } = await fresh.db
        .selectFrom('changes')
        .select(({ fn }) => fn.countAll<number | string>().as('numbers'))
        .executeTakeFirstOrThrow();
      const last = await fresh.db
        .selectFrom('changes')
        .select(({ fn }) => fn.max('seq').as('seq'))
        .executeTakeFirst();
      expect(Number(numbers)).toBe(last?.seq);
    });

    test('the signature of a token is looked for before the transaction that revokes it', async () => {
      const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
      const forged = `${part({ alg: 'ES256', kid: 'nobody' })}.${part({ jti: 'jti' })}.AAAA`;
      const other = { ...admin, db: fresh.engine.connect() };
      await fresh.db.transaction().execute(async (writing) => {
        await writing.updateTable('issuers').set({ disabled: 0 }).execute();
        // It waits for no writer, nor would a writer for it.
        await expect(revokeToken(other, forged)).rejects.toMatchObject({ code: 'not_found', field: 'token' });
      });
    });

    test('a user is given no id that is taken, by a client either, or that cannot be a subject', async () => {
      await addIssuer(admin, { name: 'two', location: '/two' });
      await registerClient(admin, 'two', { ...app, client_id: 'app' });
      await registerUser(admin, { id: 'ann', login: 'ann' });
      const add = (id: string, login = 'new') => registerUser(admin, { id, login });
      const taken = (field: string) => ({ code: 'already_exists', field });
      await expect(add('app')).rejects.toMatchObject(taken('user_id'));
      await expect(add('ann')).rejects.toMatchObject(taken('user_id'));
      await expect(add('other', 'ann')).rejects.toMatchObject(taken('login'));
      for (const id of ['', ' ', 'a b', 'a\n', 'ä', '\0', 'x'.repeat(256)])
        await expect(add(id), id).rejects.toMatchObject({ code: 'invalid', field: 'user_id' });
      expect((await add('x'.repeat(255))).user.id).toHaveLength(255);
      expect((await listUsers(admin, {}, { limit: 9 })).items).toHaveLength(2);
    });

    test('a user and a client are never given one id, whoever is first, by the own sign-in page either', async () => {
      await registerUser(admin, { id: 'first', login: 'first' });
      for (let round = 0; round < 10; round += 1) {
        const id = `same-${round}`;
        const results = await fresh.race(6, async (db, index) => {
          const racing = { ...admin, db };
          const calls = [
            () => registerUser(racing, { id, login: id }),
            () => registerClient(racing, 'one', { ...app, client_id: id }),
            () => saveExternalUser(db, { id }, now),
          ];
          return Promise.resolve(calls[index % 3]?.()).then(
            () => true,
            () => false,
          );
        });
        expect(results).toContain(true);
        const clients = await fresh.db
          .selectFrom('clients')
          .where('client_id', '=', id)
          .selectAll()
          .execute();
        const users = await fresh.db.selectFrom('users').where('id', '=', id).selectAll().execute();
        expect([clients.length, users.length].toSorted()).toEqual([0, 1]);
      }
    });

    test('a client that is enabled where it is enabled takes no revocation back', async () => {
      await register('app');
      await removeClient(admin, 'one', 'app');
      now += 1000;
      await register('app');
      const revoked = () => fresh.db.selectFrom('revoked_tokens').selectAll().execute();
      const before = { revoked: await revoked(), changes: await changes() };
      expect(before.revoked).toHaveLength(1);
      await changeClient(admin, 'one', 'app', { disabled: false });
      expect({ revoked: await revoked(), changes: await changes() }).toEqual(before);
      await changeClient(admin, 'one', 'app', { disabled: true });
      const disabled = await revoked();
      now += 1000;
      await changeClient(admin, 'one', 'app', { disabled: true });
      expect(await revoked()).toEqual(disabled);
    });

    test('a client is not registered at an issuer that has another dialect by then', async () => {
      const { hashes } = admin;
      const slow: AdminContext = {
        ...admin,
        hashes: {
          generate: (shape) => hashes.generate(shape),
          hashGenerated: (secret) => hashes.hashGenerated(secret),
          async hashChosen(issuer, client_id, secret) {
            await changeIssuer(admin, 'one', { dialect: 'tilia' });
            return hashes.hashChosen(issuer, client_id, secret);
          },
        },
      };
      const input = { ...app, client_id: 'app', secret: { chosen: 'chosen-by-hand' } };
      await expect(registerClient(slow, 'one', input)).rejects.toMatchObject({
        code: 'conflict',
        field: 'issuer',
      });
      expect((await listClients(admin, {}, { limit: 9 })).items).toEqual([]);
    });

    test('a key is neither made nor revoked at an issuer that is not there, nor revoked while it signs', async () => {
      const { items } = await listKeys(admin, { issuer: 'one' }, { limit: 9 });
      const kid = items[0]?.kid ?? '';
      const nowhere = { code: 'not_found', field: 'issuer' };
      const keys = {
        name: 'nobody',
        signing_alg: 'ES256' as const,
        access_token_lifetime: 60,
        dialect: standard,
      };
      await expect(rotateKey(admin, keys, true)).rejects.toMatchObject(nowhere);
      await expect(revokeSigningKey(admin, 'nobody', kid)).rejects.toMatchObject(nowhere);
      const refused = (code: string) => ({ code, field: 'kid' });
      await expect(revokeSigningKey(admin, 'one', 'nobody')).rejects.toMatchObject(refused('not_found'));
      await expect(revokeSigningKey(admin, 'one', kid)).rejects.toMatchObject(refused('conflict'));
      expect((await listKeys(admin, {}, { limit: 9 })).items).toEqual(items);
    });

    describe('the record', () => {
      /** How each verb is called, on what `prepare` has made; forgetting one is a compile error. */
      const calls: Record<AdminVerb, () => Promise<unknown>> = {
        'issuer.create': () => addIssuer(admin, { name: 'new', location: '/new' }),
        'issuer.update': () => changeIssuer(admin, 'two', { access_token_lifetime: 600 }),
        'issuer.disable': () => changeIssuerState(admin, 'two', true),
        'issuer.enable': () => changeIssuerState(admin, 'off', false),
        'issuer.delete': () => removeIssuer(admin, 'two', { with_clients: true }),
        'scope.create': () => addScope(admin, 'one', { name: 'new' }),
        'scope.update': () => changeScope(admin, 'one', 'read', { descriptions: { de: 'Lesen' } }),
        'scope.delete': () => removeScope(admin, 'one', 'read'),
        'client.create': () => register('new'),
        'client.update': () => changeClient(admin, 'one', 'app', { owner: 'Other', disabled: true }),
        'client.delete': () => removeClient(admin, 'one', 'app'),
        'client_secret.add': () => addClientSecret(admin, 'one', 'app', { chosen: 'chosen-by-hand' }),
        'client_secret.revoke': async () => {
          const { items } = await listClientSecrets(admin, 'one', 'app', { limit: 1 });
          await revokeClientSecret(admin, 'one', 'app', items[0]?.id ?? '');
        },
        'user.create': () => registerUser(admin, { login: 'new' }),
        'user.update': () => changeUser(admin, 'ann', { name: 'Ann', email: 'ann@example.com' }),
        'user.disable': () => changeUserState(admin, 'ann', true),
        'user.enable': () => changeUserState(admin, 'off', false),
        'user.reset_password': () => resetPassword(admin, 'ann', { password: 'battery staple' }),
        'user.delete': () => removeUser(admin, 'ann'),
        'key.rotate': () => rotateKey(admin, keysOf('one'), true),
        'key.revoke': () => revokeSigningKey(admin, 'one', retired),
        'grant.revoke': () => endGrant(admin, 'grant'),
        'session.end': () => endSession(admin, 'sid-cookie-hash'),
        'token.revoke': () => revokeTokenById(admin, 'one', 'jti'),
        'master_key.rotate': async () => beginRotation(await masterKeys(false), masterKey(9)),
        'master_key.retire': async () => retireMasterKey(await masterKeys(true)),
      };
      /** A context whose master key is being rotated, or not. */
      const masterKeys = async (rotating: boolean) => {
        const master = new MasterKeyRing(masterKey(), () => now);
        const stored = rotating ? master.withNext(masterKey(9), now) : { check: masterKey().checkValue };
        await saveMasterKeys(fresh.db, stored, now);
        return { ...admin, master };
      };
      /** The same verbs where they must be refused. */
      const refused: Record<AdminVerb, () => Promise<unknown>> = {
        'issuer.create': () => addIssuer(admin, { name: 'one', location: '/new' }),
        'issuer.update': () => changeIssuer(admin, 'two', { location: '/' }),
        'issuer.disable': () => changeIssuerState(admin, 'nobody', true),
        'issuer.enable': () => changeIssuerState(admin, 'nobody', false),
        'issuer.delete': () => removeIssuer(admin, 'one', { with_clients: false }),
        'scope.create': () => addScope(admin, 'one', { name: 'read' }),
        'scope.update': () => changeScope(admin, 'one', 'nobody', { description: 'x' }),
        'scope.delete': () => removeScope(admin, 'one', 'nobody'),
        'client.create': () => register('app'),
        'client.update': () => changeClient(admin, 'one', 'app', { owner: 'x', add_scope: ['unheard-of'] }),
        'client.delete': () => removeClient(admin, 'one', 'nobody'),
        'client_secret.add': () => addClientSecret(admin, 'one', 'nobody', {}),
        'client_secret.revoke': () => revokeClientSecret(admin, 'one', 'app', 'nobody'),
        'user.create': () => registerUser(admin, { login: 'ann', password: 'correct horse' }),
        'user.update': () => changeUser(admin, 'ann', { name: 'x', login: 'off' }),
        'user.disable': () => changeUserState(admin, 'nobody', true),
        'user.enable': () => changeUserState(admin, 'nobody', false),
        'user.reset_password': () => resetPassword(admin, 'ann', { password: 'short' }),
        'user.delete': () => removeUser(admin, 'nobody'),
        'key.rotate': () => rotateKey(admin, keysOf('nobody'), true),
        'key.revoke': () => revokeSigningKey(admin, 'one', 'nobody'),
        'grant.revoke': () => endGrant(admin, 'nobody'),
        'session.end': () => endSession(admin, 'nobody'),
        'token.revoke': () => revokeTokenById(admin, 'nobody', 'jti'),
        'master_key.rotate': async () => beginRotation(await masterKeys(true), masterKey(9)),
        'master_key.retire': async () => retireMasterKey(await masterKeys(false)),
      };
      const keysOf = (issuer: string) => ({
        name: issuer,
        signing_alg: 'ES256' as const,
        access_token_lifetime: 3600,
        dialect: standard,
      });
      let retired = '';
      const secrets: string[] = [];

      async function prepare(): Promise<void> {
        await addIssuer(admin, { name: 'two', location: '/two' });
        await addIssuer(admin, { name: 'off', location: '/off' });
        await changeIssuerState(admin, 'off', true);
        const made = await register('app');
        const { password = '' } = await registerUser(admin, { id: 'ann', login: 'ann' });
        const off = await registerUser(admin, { id: 'off', login: 'off' });
        secrets.push(made.client_secret ?? '', password, off.password ?? '');
        await changeUserState(admin, 'off', true);
        await addSession(fresh.db, 'ann', 'cookie-hash');
        await addGrant(fresh.db, 'grant', 'ann', 'app');
        await rotateKey(admin, keysOf('one'), true);
        now += 1;
        const { items } = await listKeys(admin, { issuer: 'one' }, { limit: 9 });
        retired = items.find(({ state }) => state === 'retiring')?.kid ?? '';
      }

      test.each(adminVerbs)('%s leaves one, and none where it is refused', async (verb) => {
        await prepare();
        const before = await changes();
        await expect(refused[verb]()).rejects.toThrow(AdminError);
        expect(await changes()).toEqual(before);
        await calls[verb]();
        const [newest, ...others] = (await changes()).filter(
          ({ id }) => !before.some((old) => old.id === id),
        );
        expect(newest).toMatchObject({ verb, at: now, actor: { kind: 'cli', name: 'ann' } });
        expect(others).toEqual([]);
      });

      test('tells what it was and what it is, and of that only what changed', async () => {
        await register('app', { scope: ['read'] });
        now += 1000;
        await changeClient(admin, 'one', 'app', { add_scope: ['write'], client_name: 'Another name' });
        const [newest] = await changes();
        expect(newest).toEqual({
          id: expect.any(String),
          at: now,
          actor: { kind: 'cli', name: 'ann' },
          verb: 'client.update',
          issuer: 'one',
          target: 'app',
          before: { client_name: 'An app', scope: 'read' },
          after: { client_name: 'Another name', scope: 'read write' },
        });
      });

      test('tells of what was ended what it was', async () => {
        await prepare();
        const revoked = { client_id: 'app', scope: expect.any(String), revoked_at: now };
        const key = { alg: 'ES256', activates_at: start, expires_at: now };
        const secret = { secret_id: expect.any(String), kind: 'keyed', expires_at: null, revoked_at: now };
        const ends: Partial<Record<AdminVerb, { before: object; after: object }>> = {
          'client_secret.revoke': { before: { ...secret, revoked_at: null }, after: secret },
          'grant.revoke': { before: { ...revoked, revoked_at: null }, after: revoked },
          'key.revoke': { before: { ...key, expires_at: expect.any(Number) }, after: key },
          'user.reset_password': {
            before: { totp: false, passkeys: 0 },
            after: { totp: false, passkeys: 0 },
          },
        };
        for (const verb of [
          'client_secret.revoke',
          'grant.revoke',
          'key.revoke',
          'user.reset_password',
        ] as const) {
          now += 1;
          for (const after of [revoked, secret]) after.revoked_at = now;
          key.expires_at = now;
          await calls[verb]();
          expect((await changes())[0]).toMatchObject({ verb, ...ends[verb] });
        }
      });

      test('has nothing of a change that changes nothing', async () => {
        await register('app', { scope: ['read'] });
        const before = await changes();
        now += 1;
        await changeClient(admin, 'one', 'app', { add_scope: ['read'], client_name: 'An app' });
        expect(await changes()).toEqual(before);
        const settings = {
          dialect: 'standard',
          signing_alg: null,
          access_token_lifetime: null,
          theme: null,
          vouched_users: 'own' as const,
        };
        const declared = { ...settings, name: 'declared', location: '/declared', resources: [] };
        await race(20, (other) => declareIssuer(other, declared));
        await declareIssuer(admin, declared);
        expect(await changes()).toHaveLength(before.length + 1);
        expect((await changes())[0]).toMatchObject({ verb: 'issuer.create', target: 'declared' });
      });

      test('holds no secret, hash or key, whatever was done', async () => {
        await prepare();
        // First what a user who is disabled has no more.
        for (const verb of ['grant.revoke', 'session.end'] as const) await calls[verb]();
        const others = adminVerbs.filter((verb) => !/delete$|^grant|^session/.test(verb));
        for (const verb of others) await calls[verb]();
        await registerClient(admin, 'one', {
          ...app,
          client_id: 'typed',
          secret: { chosen: 'typed-by-hand' },
        });
        const hidden = [
          ...secrets,
          ...['chosen-by-hand', 'typed-by-hand', 'battery staple', 'cookie-hash'],
          ...(await column(fresh.db, 'client_secrets', 'hash')),
          ...(await column(fresh.db, 'users', 'password_hash')),
          ...(await column(fresh.db, 'signing_keys', 'sealed_private_key')),
        ].filter((value) => value !== '');
        expect(hidden.length).toBeGreaterThan(12);
        await removeUser(admin, 'off');
        await removeClient(admin, 'one', 'app');
        const text = JSON.stringify(
          await fresh.db.selectFrom('admin_events').selectAll().execute(),
        ).replaceAll('sid-cookie-hash', '');
        expect(text).toContain('typed');
        for (const value of hidden) expect(text, value).not.toContain(value);
      });

      test('knows nothing more of a user who is deleted than that and when', async () => {
        await registerUser(admin, {
          id: 'id-of-dora',
          login: 'dora',
          name: 'Dora',
          password: 'correct horse',
        });
        await changeUser(admin, 'dora', { email: 'dora@example.com' });
        await register('app');
        await addGrant(fresh.db, 'grant', 'id-of-dora', 'app');
        await addSession(fresh.db, 'id-of-dora', 'cookie-hash');
        await endGrant(admin, 'grant');
        await endSession(admin, 'sid-cookie-hash');
        await removeUser(admin, 'dora');
        const { items } = await listChanges(admin, { target: 'id-of-dora' }, { limit: 10 });
        expect(items.map(({ verb }) => verb).toSorted()).toEqual([
          'user.create',
          'user.delete',
          'user.update',
        ]);
        const members = (await changes()).map(({ before, after }) => ({ before, after }));
        expect(JSON.stringify(members)).not.toMatch(/dora/i);
      });

      test('is found by target and by actor, and forgotten after 400 days', async () => {
        await register('app');
        await changeClient({ ...admin, actor: { kind: 'config', name: 'a:b.yaml' } }, 'one', 'app', {
          owner: 'x',
        });
        const count = async (filter: Parameters<typeof listChanges>[1]) =>
          (await listChanges(admin, filter, { limit: 100 })).items.length;
        expect(await count({ target: 'app' })).toBe(2);
        expect(await count({ actor: 'config:a:b.yaml' })).toBe(1);
        expect(await count({ target: 'app', actor: 'cli:ann' })).toBe(1);
        await sweep(fresh.db, start + 400 * day - 1);
        expect(await count({})).toBeGreaterThan(0);
        await sweep(fresh.db, start + 400 * day);
        expect(await count({})).toBe(0);
      });
    });

    describe('a list', () => {
      /** Reads a list in pages of two, and lets `between` happen after the first. */
      async function inPages<Item>(
        read: (request: ListRequest) => Promise<Page<Item>>,
        between: () => Promise<unknown> = async () => {},
      ): Promise<Item[]> {
        const items: Item[] = [];
        let after: string | undefined;
        for (let page = 0; page < 50; page += 1) {
          const part = await read({ limit: 2, after });
          expect(part.items.length).toBeLessThanOrEqual(2);
          items.push(...part.items);
          if (part.next === null) return items;
          if (page === 0) await between();
          after = part.next;
        }
        throw new Error('the list has no end');
      }

      const five = ['a', 'b', 'c', 'd', 'e'];
      /** Each list, filled with five rows or more, and one more that is added while it is read. */
      const lists: Record<string, { fill(id: string): Promise<unknown>; read: ReadList }> = {
        issuers: {
          fill: (id) => addIssuer(admin, { name: `i-${id}`, location: `/${id}` }),
          read: (request) => listIssuers(admin, request),
        },
        scopes: {
          fill: (id) => addScope(admin, 'one', { name: id }),
          read: (request) => listScopes(admin, { issuer: 'one' }, request),
        },
        clients: { fill: (id) => register(id), read: (request) => listClients(admin, {}, request) },
        'client secrets': {
          fill: (id) => addSecret(id),
          read: (request) => listClientSecrets(admin, 'one', 'app', request),
        },
        users: {
          fill: (id) => registerUser(admin, { id, login: id, password: 'correct horse' }),
          read: (request) => listUsers(admin, {}, request),
        },
        keys: {
          fill: () =>
            rotateKey(
              admin,
              { name: 'one', signing_alg: 'ES256', access_token_lifetime: 60, dialect: standard },
              true,
            ),
          read: (request) => listKeys(admin, {}, request),
        },
        grants: {
          fill: async (id) => {
            await unlessThere(() => register('app'));
            await unlessThere(() =>
              registerUser(admin, { id: 'ann', login: 'ann', password: 'correct horse' }),
            );
            await addGrant(fresh.db, `grant-${id}`, 'ann', 'app');
          },
          read: (request) => listGrants(admin, { issuer: 'one', client_id: 'app', user_id: 'ann' }, request),
        },
        sessions: {
          fill: async (id) => {
            await unlessThere(() =>
              registerUser(admin, { id: 'ann', login: 'ann', password: 'correct horse' }),
            );
            await createSession(fresh.db, sessionOf('ann', id), start);
          },
          read: (request) => listSessions(admin, 'ann', request),
        },
        usage: {
          fill: (id) => addUsage(id),
          read: (request) => listUsage(admin, {}, request),
        },
        changes: {
          fill: (id) => addScope(admin, 'one', { name: id }),
          read: (request) => listChanges(admin, {}, request),
        },
      };
      type ReadList = (request: ListRequest) => Promise<Page<unknown>>;

      async function addSecret(id: string): Promise<void> {
        await unlessThere(() => register('app'));
        now += id === 'd' ? 0 : 1;
        await addClientSecret(admin, 'one', 'app', {});
      }

      async function addUsage(id: string): Promise<void> {
        const values = { issuer: 'one', client_id: id, tokens: 1 };
        const table = id < 'c' ? 'usage' : 'usage_days';
        const at = Math.floor(start / day) * day - (id === 'a' ? 0 : 30 * day);
        if (table === 'usage')
          await fresh.db
            .insertInto('usage')
            .values({ ...values, hour: at + hour })
            .execute();
        else
          await fresh.db
            .insertInto('usage_days')
            .values({ ...values, day: at })
            .execute();
      }

      async function unlessThere(work: () => Promise<unknown>): Promise<void> {
        await work().catch((error: unknown) => {
          if (!(error instanceof AdminError && error.code === 'already_exists')) throw error;
        });
      }

      test.each(Object.keys(lists))(
        'of %s: in pages it is what it is whole, also while it grows',
        async (what) => {
          const { fill, read } = lists[what] ?? fail();
          for (const id of five) await fill(id);
          const whole = (await read({ limit: 1000 })).items;
          expect(whole.length).toBeGreaterThanOrEqual(5);
          expect(await inPages(read)).toEqual(whole);
          // Neither twice nor left out, whatever is added where.
          const grown = await inPages(read, async () => {
            for (const id of ['0', 'bb', 'zz']) await fill(id);
          });
          const known = whole.map((item) => JSON.stringify(identityOf(item)));
          const seen = grown.map((item) => JSON.stringify(identityOf(item)));
          expect(seen.filter((each) => known.includes(each))).toEqual(known);
          expect(new Set(seen).size).toBe(seen.length);
        },
      );

      test.each([
        '',
        'x',
        '!',
        Buffer.from('[]').toString('base64url'),
        ...['["a",1]', '["a","\\u0000"]', '[1e300,"a"]', '["a\\u0000"]'].map((key) =>
          Buffer.from(key).toString('base64url'),
        ),
      ])('is refused a cursor that none has given: %j', async (after) => {
        for (const { fill, read } of Object.values(lists)) {
          await unlessThere(() => fill('a'));
          await refusedAt('after', () => read({ limit: 2, after }));
        }
      });

      test.each([0, -1, 1.5, 1001, Number.NaN])('is refused a limit of %j', (limit) =>
        refusedAt('limit', () => listClients(admin, {}, { limit })),
      );

      async function refusedAt(field: string, work: () => Promise<unknown>): Promise<void> {
        await expect(work()).rejects.toMatchObject({ code: 'invalid', field });
      }
    });
  });
}

/** What tells an item of a list from others, and does not change. */
const identityOf = (item: unknown): unknown => {
  const { id, issuer, name, client_id, kid, day: at } = Object(item) as Record<string, unknown>;
  return { id, issuer, name, client_id, kid, at };
};

function fail(): never {
  throw new Error('no such thing');
}

async function column(db: Kysely<Schema>, table: keyof Schema, name: string): Promise<string[]> {
  const { rows } = await sql<{ value: string | null }>`
    select ${sql.ref(name)} as value from ${sql.table(table)}`.execute(db);
  return rows.map(({ value }) => value ?? '');
}
