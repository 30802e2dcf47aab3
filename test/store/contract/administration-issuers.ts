// What every database engine must do for issuers and their keys: no two answer at one place, and a deletion leaves nothing.

import { builtInDialects } from '@tessera-oauth/core';
import { beforeEach, describe, expect, test } from 'vitest';
import { AdminError } from '../../../packages/server/src/admin/admin-error.ts';
import { registerClient } from '../../../packages/server/src/admin/clients.ts';
import type { AdminContext } from '../../../packages/server/src/admin/context.ts';
import {
  addIssuer,
  changeIssuer,
  declareIssuer,
  listIssuers,
  removeIssuer,
} from '../../../packages/server/src/admin/issuers.ts';
import { listKeys, revokeSigningKey, rotateKey } from '../../../packages/server/src/admin/keys.ts';
import { SqlStore } from '../../../packages/server/src/store/sql-store.ts';
import { app, freshAdministration } from './administered.ts';
import type { CreateEngine } from './engines.ts';

const [standard] = builtInDialects;

export function issuersAdministrationContract(name: string, createEngine: CreateEngine): void {
  describe(name, () => {
    const at = freshAdministration(createEngine);
    const { fresh, changes, race } = at;
    let admin: AdminContext;
    beforeEach(() => {
      admin = at.admin;
    });

    describe('of many at once', () => {
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
    });

    describe('a location', () => {
      const settings = {
        dialect: 'standard',
        signing_alg: null,
        access_token_lifetime: null,
        token_reuse: 0,
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
      const follower = new SqlStore(fresh.engine.connect(), fresh.engine.connect(), () => at.now);
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
  });
}

function fail(): never {
  throw new Error('no such thing');
}
