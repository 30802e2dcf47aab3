// What every database engine must do for grants: one code, one refresh token, one winner (docs/decisions/0007).

import type { CodeRedemption, RefreshTokenAdvance, UserGrant } from '@tessera-oauth/core';
import type { Kysely } from 'kysely';
import { beforeEach, describe, expect, test } from 'vitest';
import type { Schema } from '../../../packages/server/src/store/sql/schema.ts';
import { SqlStore } from '../../../packages/server/src/store/sql-store.ts';
import { clockStep, sweep } from '../../../packages/server/src/store/sweeps.ts';
import { disconnect, rememberConsent } from '../../../packages/server/src/store/tables/consents.ts';
import * as grants from '../../../packages/server/src/store/tables/grants.ts';
import {
  deleteUser,
  findUser,
  setDisabled,
  setOwner,
} from '../../../packages/server/src/store/tables/users.ts';
import { addApp, addGrant, addSession, addUser, freshDatabase, start } from '../../support/accounts.ts';
import type { CreateEngine } from './engines.ts';

const day = 24 * 3_600_000;

const grantOf = (id: string, more: Partial<UserGrant> = {}): UserGrant => ({
  id,
  issuer: 'one',
  client_id: 'app',
  authentication: {
    user_id: 'ann',
    session_id: 'sid-s',
    auth_time: start / 1000,
    amr: ['pwd'],
    identity_provider: 'local',
  },
  scope: ['read', 'offline_access'],
  resources: ['https://api.example.com'],
  nonce: null,
  redirect_uri: 'https://app.example/cb',
  redirect_uri_required: true,
  code_challenge: 'challenge',
  code_state: 'issued',
  code_expires_at: start + 60_000,
  generation: 0,
  rotated_at: start,
  refresh_expires_at: null,
  revoked_at: null,
  created_at: start,
  expires_at: start + 60_000,
  ...more,
});

const redemptionOf = (id: string) => ({
  issuer: 'one',
  id,
  client_id: 'app',
  redirect_uri: 'https://app.example/cb',
  code_challenge: 'challenge',
  now: start + 1000,
  access_expires_at: start + 3_600_000,
  refresh_expires_at: start + 30 * day,
});

const advanceOf = (id: string, generation: number) => ({
  issuer: 'one',
  id,
  client_id: 'app',
  generation,
  now: start + 2000,
  refresh_expires_at: start + 31 * day,
});

const findGrant = async (db: Kysely<Schema>, issuer: string, id: string) =>
  (await grants.findGrants(db, [{ issuer, id }]))[0];
const redeemCode = async (db: Kysely<Schema>, redemption: CodeRedemption) =>
  (await grants.redeemCodes(db, [redemption]))[0];
const advanceRefreshToken = async (db: Kysely<Schema>, advance: RefreshTokenAdvance) =>
  (await grants.advanceRefreshTokens(db, [advance]))[0];

export function grantsContract(name: string, createEngine: CreateEngine): void {
  describe(name, () => {
    const fresh = freshDatabase(createEngine);
    beforeEach(async () => {
      await addApp(fresh.db, 'app');
      await addUser(fresh.db, 'ann');
      await addSession(fresh.db, 'ann', 's');
      await rememberConsent(fresh.db, 'ann', 'one', 'app', [], start);
    });

    const storeOn = (db: Kysely<Schema>) => new SqlStore(db, db, () => start + 3000);
    const race = <T>(work: (store: SqlStore, index: number) => Promise<T>): Promise<T[]> =>
      fresh.race(50, (db, index) => work(storeOn(db), index));
    const winners = <T>(results: readonly (T | undefined | false)[]) => results.filter((each) => each);

    test('a grant is found as it was made', async () => {
      const grant = grantOf('g', { nonce: 'n', scope: [], code_challenge: null });
      expect(await grants.createGrant(fresh.db, grant)).toBe(true);
      expect(await findGrant(fresh.db, 'one', 'g')).toEqual(grant);
      expect(await findGrant(fresh.db, 'two', 'g')).toBeUndefined();
    });

    test('of a session that has ended, no grant comes', async () => {
      await setDisabled(fresh.db, 'ann', true, start);
      expect(await grants.createGrant(fresh.db, grantOf('g'))).toBe(false);
      expect(await findGrant(fresh.db, 'one', 'g')).toBeUndefined();
    });

    test('of an app that was disconnected in the meantime, no grant comes', async () => {
      await disconnect(fresh.db, 'ann', 'one', 'app', start);
      expect(await grants.createGrant(fresh.db, grantOf('g'))).toBe(false);
    });

    test('of grants and a disconnection at once, none is left alive', async () => {
      await fresh.race(20, (db, index) =>
        index === 10
          ? disconnect(db, 'ann', 'one', 'app', start)
          : grants.createGrant(db, grantOf(`g${index}`)),
      );
      const rows = await fresh.db.selectFrom('grants').select('revoked_at').execute();
      expect(rows.filter(({ revoked_at }) => revoked_at === null)).toEqual([]);
    });

    test('grants and users asked for at the same moment are each its own', async () => {
      await addUser(fresh.db, 'bob');
      for (const id of ['g', 'h']) await grants.createGrant(fresh.db, grantOf(id));
      const store = storeOn(fresh.db);
      const names = [
        ['one', 'h'],
        ['two', 'h'],
        ['one', 'g'],
        ['one', 'none'],
        ['one', 'h'],
      ] as const;
      const found = await Promise.all(names.map(([issuer, id]) => store.findGrant(issuer, id)));
      expect(found.map((grant) => grant?.id)).toEqual(['h', undefined, 'g', undefined, 'h']);
      const users = await Promise.all(['bob', 'none', 'ann', 'bob'].map((id) => store.findUser(id)));
      expect(users.map((user) => user?.id)).toEqual(['bob', undefined, 'ann', 'bob']);
    });

    test('of 50 that redeem one code, one does', async () => {
      await grants.createGrant(fresh.db, grantOf('g'));
      const results = await race((store) => store.redeemCode(redemptionOf('g')));
      expect(winners(results)).toMatchObject([{ code_state: 'redeemed', generation: 1 }]);
    });

    test.each([
      [['offline_access'], true],
      [['read', 'offline_access', 'write'], true],
      [[], false],
      [['read'], false],
      [['offline-access', 'Offline_access'], false],
      [['my.offline_access', 'offline_access.not'], false],
    ])('a code for the scope %j gives a refresh token: %j', async (scope, given) => {
      await grants.createGrant(fresh.db, grantOf('g', { scope }));
      const redemption = redemptionOf('g');
      expect(await redeemCode(fresh.db, redemption)).toMatchObject({
        generation: given ? 1 : 0,
        refresh_expires_at: given ? redemption.refresh_expires_at : null,
        expires_at: given ? redemption.refresh_expires_at : redemption.access_expires_at,
      });
    });

    test('a used grant comes with its user as they are', async () => {
      await grants.createGrant(fresh.db, grantOf('g'));
      const { login, name, disabled } = (await findUser(fresh.db, 'ann')) ?? {};
      const ann = { login, name, disabled };
      expect(disabled).toBe(false);
      expect(await redeemCode(fresh.db, redemptionOf('g'))).toMatchObject({ user: ann });
      await fresh.db.updateTable('users').set({ disabled: 1 }).where('id', '=', 'ann').execute();
      const used = await advanceRefreshToken(fresh.db, advanceOf('g', 1));
      expect(used?.user).toEqual({ ...ann, disabled: true });
      expect(await findGrant(fresh.db, 'one', 'g')).not.toHaveProperty('user');
    });

    test('of 50 that refresh one token, one does', async () => {
      await grants.createGrant(fresh.db, grantOf('g'));
      await redeemCode(fresh.db, redemptionOf('g'));
      const results = await race((store) => store.advanceRefreshToken(advanceOf('g', 1)));
      expect(winners(results)).toMatchObject([{ generation: 2, expires_at: start + 31 * day }]);
      expect(await findGrant(fresh.db, 'one', 'g')).toMatchObject({ generation: 2 });
    });

    test('of 50 that come to one server with one code, or with one token, one wins', async () => {
      await grants.createGrant(fresh.db, grantOf('g'));
      const store = storeOn(fresh.db);
      const all = <T>(work: () => Promise<T>) => Promise.all(Array.from({ length: 50 }, work));
      expect(winners(await all(() => store.redeemCode(redemptionOf('g'))))).toHaveLength(1);
      expect(winners(await all(() => store.advanceRefreshToken(advanceOf('g', 1))))).toHaveLength(1);
      expect(await findGrant(fresh.db, 'one', 'g')).toMatchObject({ generation: 2 });
    });

    test('of 50 that revoke one grant, one does, and a refresh at the same moment gains nothing', async () => {
      await grants.createGrant(fresh.db, grantOf('g'));
      await redeemCode(fresh.db, redemptionOf('g'));
      const results = await race<boolean | UserGrant | undefined>((store, index) =>
        index % 2 === 0 ? store.revokeGrant('one', 'g') : store.advanceRefreshToken(advanceOf('g', 1)),
      );
      expect(winners(results.filter((_, index) => index % 2 === 0))).toEqual([true]);
      const { generation = 0 } = (await findGrant(fresh.db, 'one', 'g')) ?? {};
      expect(await advanceRefreshToken(fresh.db, advanceOf('g', generation))).toBeUndefined();
    });

    test('of one store, redemptions at once are each judged by themselves', async () => {
      for (let index = 0; index < 30; index += 1)
        await grants.createGrant(fresh.db, grantOf(`g${index % 10}${index}`));
      const store = storeOn(fresh.engine.connect());
      const ids = Array.from({ length: 30 }, (_, index) => `g${index % 10}${index}`);
      const wrong = (index: number) => (index % 3 === 0 ? { code_challenge: 'other' } : {});
      const results = await Promise.all(
        ids.map((id, index) => store.redeemCode({ ...redemptionOf(id), ...wrong(index) })),
      );
      expect(results.map((grant) => grant?.id)).toEqual(
        ids.map((id, index) => (index % 3 === 0 ? undefined : id)),
      );
    });

    test('what is answered is in the database for others to see', async () => {
      await grants.createGrant(fresh.db, grantOf('g'));
      const store = storeOn(fresh.engine.connect());
      const seen = await Promise.all([
        store.redeemCode(redemptionOf('g')).then(() => findGrant(fresh.db, 'one', 'g')),
        store.redeemCode(redemptionOf('none')),
      ]);
      expect(seen[0]).toMatchObject({ code_state: 'redeemed' });
    });

    test.each([
      ['another client', { client_id: 'other' }],
      ['another issuer', { issuer: 'two' }],
      ['another redirect URI', { redirect_uri: 'https://app.example/cb2' }],
      ['no redirect URI', { redirect_uri: null }],
      ['another verifier', { code_challenge: 'other' }],
      ['no verifier', { code_challenge: null }],
      ['a second late', { now: start + 60_000 }],
    ])('a code is not redeemed by %s', async (_, wrong) => {
      await grants.createGrant(fresh.db, grantOf('g'));
      expect(await redeemCode(fresh.db, { ...redemptionOf('g'), ...wrong })).toBeUndefined();
      expect(await redeemCode(fresh.db, redemptionOf('g'))).toBeDefined();
    });

    test('a verifier without a challenge does not redeem', async () => {
      await grants.createGrant(fresh.db, grantOf('g', { code_challenge: null }));
      expect(await redeemCode(fresh.db, redemptionOf('g'))).toBeUndefined();
      expect(await redeemCode(fresh.db, { ...redemptionOf('g'), code_challenge: null })).toBeDefined();
    });

    test.each([
      ['of another generation', { generation: 2 }],
      ['of another client', { client_id: 'other' }],
      ['that has expired', { now: start + 30 * day }],
    ])('a refresh token %s is not replaced', async (_, wrong) => {
      await grants.createGrant(fresh.db, grantOf('g'));
      await redeemCode(fresh.db, redemptionOf('g'));
      expect(await advanceRefreshToken(fresh.db, { ...advanceOf('g', 1), ...wrong })).toBeUndefined();
      expect(await advanceRefreshToken(fresh.db, advanceOf('g', 1))).toBeDefined();
    });

    test('a code that was not to give a refresh token gives none', async () => {
      await grants.createGrant(fresh.db, grantOf('g'));
      await redeemCode(fresh.db, { ...redemptionOf('g'), refresh_expires_at: null });
      expect(await advanceRefreshToken(fresh.db, advanceOf('g', 0))).toBeUndefined();
      expect(await findGrant(fresh.db, 'one', 'g')).toMatchObject({ expires_at: start + 3_600_000 });
    });

    test('a revoked grant is on the deny-list, here at once and elsewhere at the next look', async () => {
      await grants.createGrant(fresh.db, grantOf('g'));
      await redeemCode(fresh.db, redemptionOf('g'));
      const [here, elsewhere] = [storeOn(fresh.engine.connect()), storeOn(fresh.engine.connect())];
      await elsewhere.load();
      expect(await here.revokeGrant('one', 'g')).toBe(true);
      expect(here.isTokenRevoked('one', 'g')).toBe(true);
      await elsewhere.follow();
      expect(elsewhere.isTokenRevoked('one', 'g')).toBe(true);
      expect(await redeemCode(fresh.db, redemptionOf('g'))).toBeUndefined();
    });

    test('what is dead is swept, in more batches than one, and nothing that lives', async () => {
      for (let index = 0; index < 501; index += 1)
        await addGrant(fresh.db, `dead-${index}`, 'ann', 'app', { expires_at: start - clockStep });
      await grants.createGrant(fresh.db, grantOf('alive'));
      await sweep(fresh.db, start);
      expect(await fresh.db.selectFrom('grants').select('id').execute()).toEqual([{ id: 'alive' }]);
    });

    describe('a token for a user whom a client vouches for', () => {
      const vouch = (db: Kysely<Schema>, id: string, user_id = 'ann') =>
        grants.createVouchedGrant(
          db,
          grantOf(id, { code_state: 'none', authentication: { ...grantOf(id).authentication, user_id } }),
        );
      const alive = async () =>
        (await fresh.db.selectFrom('grants').select('id').where('revoked_at', 'is', null).execute()).length;

      test.each([
        [
          'the user turns the client away',
          (db: Kysely<Schema>) => disconnect(db, 'ann', 'one', 'app', start),
          'ended',
        ],
        ['the user is disabled', (db: Kysely<Schema>) => setDisabled(db, 'ann', true, start), 'gone'],
        ['the user is deleted', (db: Kysely<Schema>) => deleteUser(db, 'ann', start), 'gone'],
      ] as const)('none is left when %s, however many come at once', async (_what, end, after) => {
        expect(await vouch(fresh.db, 'first')).toBe('created');
        await fresh.race<unknown>(20, (db, index) => (index === 10 ? end(db) : vouch(db, `v${index}`)));
        expect(await alive()).toBe(0);
        expect(await vouch(fresh.db, 'late')).toBe(after);
        const denied = await fresh.db.selectFrom('revoked_tokens').select('jti').execute();
        const made = await fresh.db.selectFrom('grants').select('id').execute();
        for (const { id } of made) expect(denied.map(({ jti }) => jti)).toContain(id);
      });

      test('none is given to a client that is gone, or for a user whom nobody knows', async () => {
        expect(await vouch(fresh.db, 'a', 'nobody')).toBe('gone');
        await fresh.db.deleteFrom('clients').where('client_id', '=', 'app').execute();
        expect(await vouch(fresh.db, 'b')).toBe('gone');
      });

      test('is allowed again when the user allows the client something, or the operator names the owner', async () => {
        const turnAway = async (id: string) => {
          expect(await vouch(fresh.db, id)).toBe('created');
          expect(await disconnect(fresh.db, 'ann', 'one', 'app', start)).toBe(true);
          expect(await vouch(fresh.db, `${id}-after`)).toBe('ended');
        };
        await turnAway('a');
        expect(await rememberConsent(fresh.db, 'ann', 'one', 'app', ['read'], start)).toBe(true);
        await turnAway('b');
        await setOwner(fresh.db, 'ann', 'acme', start);
        expect(await vouch(fresh.db, 'c')).toBe('created');
      });
    });
  });
}
