// What every database engine must do for the record of changes: one of each, and never a secret.

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
import { changeClient, registerClient, removeClient } from '../../../packages/server/src/admin/clients.ts';
import type { AdminContext } from '../../../packages/server/src/admin/context.ts';
import { endGrant } from '../../../packages/server/src/admin/grants.ts';
import {
  addIssuer,
  changeIssuer,
  changeIssuerState,
  declareIssuer,
  removeIssuer,
} from '../../../packages/server/src/admin/issuers.ts';
import { listKeys, revokeSigningKey, rotateKey } from '../../../packages/server/src/admin/keys.ts';
import { beginRotation, retireMasterKey } from '../../../packages/server/src/admin/master-key.ts';
import { addScope, changeScope, removeScope } from '../../../packages/server/src/admin/scopes.ts';
import { endSession } from '../../../packages/server/src/admin/sessions.ts';
import { revokeTokenById } from '../../../packages/server/src/admin/tokens.ts';
import {
  changeUser,
  changeUserState,
  registerUser,
  removeUser,
  resetPassword,
} from '../../../packages/server/src/admin/users.ts';
import { MasterKeyRing } from '../../../packages/server/src/keys/master-key-ring.ts';
import type { Schema } from '../../../packages/server/src/store/sql/schema.ts';
import { sweep } from '../../../packages/server/src/store/sweeps.ts';
import { saveMasterKeys } from '../../../packages/server/src/store/tables/meta.ts';
import { addGrant, addSession, start } from '../../support/accounts.ts';
import { masterKey } from '../../support/key-database.ts';
import { app, day, freshAdministration } from './administered.ts';
import type { CreateEngine } from './engines.ts';

const [standard] = builtInDialects;

export function recordAdministrationContract(name: string, createEngine: CreateEngine): void {
  describe(name, () => {
    const at = freshAdministration(createEngine);
    const { fresh, register, changes, race } = at;
    let admin: AdminContext;
    beforeEach(() => {
      admin = at.admin;
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
        const master = new MasterKeyRing(masterKey(), () => at.now);
        const stored = rotating ? master.withNext(masterKey(9), at.now) : { check: masterKey().checkValue };
        await saveMasterKeys(fresh.db, stored, at.now);
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
        at.now += 1;
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
        expect(newest).toMatchObject({ verb, at: at.now, actor: { kind: 'cli', name: 'ann' } });
        expect(others).toEqual([]);
      });

      test('tells what it was and what it is, and of that only what changed', async () => {
        await register('app', { scope: ['read'] });
        at.now += 1000;
        await changeClient(admin, 'one', 'app', { add_scope: ['write'], client_name: 'Another name' });
        const [newest] = await changes();
        expect(newest).toEqual({
          id: expect.any(String),
          at: at.now,
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
        const revoked = { client_id: 'app', scope: expect.any(String), revoked_at: at.now };
        const key = { alg: 'ES256', activates_at: start, expires_at: at.now };
        const secret = { secret_id: expect.any(String), kind: 'keyed', expires_at: null, revoked_at: at.now };
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
          at.now += 1;
          for (const after of [revoked, secret]) after.revoked_at = at.now;
          key.expires_at = at.now;
          await calls[verb]();
          expect((await changes())[0]).toMatchObject({ verb, ...ends[verb] });
        }
      });

      test('has nothing of a change that changes nothing', async () => {
        await register('app', { scope: ['read'] });
        const before = await changes();
        at.now += 1;
        await changeClient(admin, 'one', 'app', { add_scope: ['read'], client_name: 'An app' });
        expect(await changes()).toEqual(before);
        const settings = {
          dialect: 'standard',
          signing_alg: null,
          access_token_lifetime: null,
          token_reuse: 0,
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
  });
}

async function column(db: Kysely<Schema>, table: keyof Schema, name: string): Promise<string[]> {
  const { rows } = await sql<{ value: string | null }>`
    select ${sql.ref(name)} as value from ${sql.table(table)}`.execute(db);
  return rows.map(({ value }) => value ?? '');
}
