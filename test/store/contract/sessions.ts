// What every database engine must do for sessions, what is good once, and consents. Decisions are raced.

import { beforeEach, describe, expect, test } from 'vitest';
import { clockStep, sweep } from '../../../packages/server/src/store/sweeps.ts';
import * as consents from '../../../packages/server/src/store/tables/consents.ts';
import * as sessions from '../../../packages/server/src/store/tables/sessions.ts';
import { useOnce } from '../../../packages/server/src/store/tables/used-once.ts';
import {
  deleteUser,
  findUser,
  setDisabled,
  setPassword,
} from '../../../packages/server/src/store/tables/users.ts';
import {
  addApp,
  addGrant,
  addSession,
  addUser,
  freshDatabase,
  hour,
  sessionOf,
  start,
  won,
} from '../../support/accounts.ts';
import type { CreateEngine } from './engines.ts';

const now = start + 1000;
const idle = hour / 2;

export function sessionsContract(name: string, createEngine: CreateEngine): void {
  describe(name, () => {
    const fresh = freshDatabase(createEngine);
    beforeEach(async () => {
      for (const id of ['a', 'b']) await addUser(fresh.db, id);
    });
    const find = (hash: string, at = now) => sessions.findSession(fresh.db, [hash], at, idle);

    describe('sessions', () => {
      test('are found by their hash, with their user', async () => {
        await addSession(fresh.db, 'a', 'h1');
        await addSession(fresh.db, 'b', 'h2');
        const { hash, expires_at, ...session } = sessionOf('a', 'h1');
        expect(await find('h1')).toEqual({
          hash,
          expires_at,
          session,
          user: await findUser(fresh.db, 'a'),
          last_seen_at: start,
        });
        expect((await find('h2'))?.session.user_id).toBe('b');
        expect(await find('h3')).toBeUndefined();
        expect(await find('sid-h1')).toBeUndefined();
      });

      test('end by age, and by idleness', async () => {
        await addSession(fresh.db, 'a', 'h1');
        expect(await find('h1', start + idle - 1)).toBeDefined();
        expect(await find('h1', start + idle)).toBeUndefined();
        const found = await find('h1');
        for (let at = start; at < start + hour; at += idle / 2)
          if (found !== undefined) await sessions.touchSession(fresh.db, found, at);
        expect(await find('h1', start + hour - 1)).toBeDefined();
        expect(await find('h1', start + hour)).toBeUndefined();
      });

      test('note their use once a minute', async () => {
        await addSession(fresh.db, 'a', 'h1');
        await addSession(fresh.db, 'a', 'h2');
        const seen = async (hash: string) => (await find(hash))?.last_seen_at;
        const found = await find('h1');
        if (found === undefined) throw new Error('no session');
        await sessions.touchSession(fresh.db, found, start + 59_999);
        expect(await seen('h1')).toBe(start);
        await sessions.touchSession(fresh.db, found, start + 60_000);
        expect(await seen('h1')).toBe(start + 60_000);
        // One that was read before somebody else noted it.
        await sessions.touchSession(fresh.db, found, start + 70_000);
        expect(await seen('h1')).toBe(start + 60_000);
        expect(await seen('h2')).toBe(start);
      });

      test('are for users who are there and enabled', async () => {
        await addSession(fresh.db, 'a', 'h1');
        await fresh.db.updateTable('users').set({ disabled: 1 }).where('id', '=', 'a').execute();
        expect(await find('h1')).toBeUndefined();
        expect(await sessions.createSession(fresh.db, sessionOf('a', 'h2'), now)).toBe(false);
        expect(await sessions.createSession(fresh.db, sessionOf('nobody', 'h3'), now)).toBe(false);
        await setDisabled(fresh.db, 'a', false, now);
        expect(await sessions.createSession(fresh.db, sessionOf('a', 'h2'), now)).toBe(true);
      });

      test('take the place of another, or leave it as it was', async () => {
        await addSession(fresh.db, 'a', 'h1');
        const next = (hash: string, replaces: string, password_hash: string) =>
          sessions.createSession(fresh.db, sessionOf('a', hash, { replaces, password_hash }), now);
        expect(await next('h2', 'h1', 'wrong')).toBe(false);
        expect([await find('h1'), await find('h2')]).toEqual([expect.anything(), undefined]);
        expect(await next('h2', 'h1', 'old')).toBe(true);
        expect([await find('h1'), await find('h2')]).toEqual([undefined, expect.anything()]);
        expect(await next('h3', 'nothing', 'old')).toBe(true);
        await setPassword(fresh.db, 'a', 'new', now);
        expect(await next('h4', 'h3', 'old')).toBe(false);
      });

      test('end one by one, or all of a user', async () => {
        for (const hash of ['h1', 'h2', 'h3']) await addSession(fresh.db, 'a', hash);
        await addSession(fresh.db, 'b', 'h4');
        expect(won(await fresh.race(50, (other) => sessions.deleteSession(other, 'h1')))).toBe(1);
        expect(await find('h1')).toBeUndefined();
        expect(await find('h2')).toBeDefined();
        await sessions.deleteUserSessions(fresh.db, 'a');
        expect([await find('h2'), await find('h3')]).toEqual([undefined, undefined]);
        expect(await find('h4')).toBeDefined();
      });

      test('that have expired are swept, however many, and no others', async () => {
        const old = { expires_at: now };
        await fresh.db.transaction().execute(async (transaction) => {
          const { user_id, identity_provider, auth_time } = sessionOf('a', '');
          const same = { user_id, identity_provider, auth_time, amr: '[]', last_seen_at: start };
          for (let count = 0; count < 1100; count += 1) {
            const hash = `old-${count}`;
            await transaction
              .insertInto('sessions')
              .values({ hash, id: hash, ...same, ...old })
              .execute();
            await useOnce(transaction, `space ${count % 2}`, hash, now - clockStep);
          }
        });
        await addSession(fresh.db, 'a', 'live');
        await useOnce(fresh.db, 'space 0', 'live', now - clockStep + 1);
        await sweep(fresh.db, now);
        expect(await fresh.db.selectFrom('sessions').select('hash').execute()).toEqual([{ hash: 'live' }]);
        expect(await fresh.db.selectFrom('used_once').select('id').execute()).toEqual([{ id: 'live' }]);
      });
    });

    test('of 50 that use one thing, one succeeds', async () => {
      const results = await fresh.race(50, (other) => useOnce(other, 'ticket', 'x', now + hour));
      expect(won(results)).toBe(1);
      expect(await useOnce(fresh.db, 'ticket', 'y', now + hour)).toBe(true);
      expect(await useOnce(fresh.db, 'another', 'x', now + hour)).toBe(true);
      expect(await useOnce(fresh.db, 'ticket', 'x', now + 2 * hour)).toBe(false);
    });

    describe('consents', () => {
      beforeEach(async () => {
        for (const app of ['app', 'other']) await addApp(fresh.db, app);
        await addApp(fresh.db, 'app', 'two');
      });

      test('are remembered for user, issuer and client, and none is not an empty one', async () => {
        await consents.rememberConsent(fresh.db, 'a', 'one', 'app', [], now);
        expect(await consents.findConsent(fresh.db, 'a', 'one', 'app')).toEqual([]);
        await consents.rememberConsent(fresh.db, 'a', 'one', 'app', ['read', 'write'], now);
        await consents.rememberConsent(fresh.db, 'a', 'one', 'app', ['write', 'admin'], now);
        expect(await consents.findConsent(fresh.db, 'a', 'one', 'app')).toEqual(['read', 'write', 'admin']);
        for (const [user, issuer, client] of [
          ['b', 'one', 'app'],
          ['a', 'two', 'app'],
          ['a', 'one', 'other'],
        ] as const)
          expect(await consents.findConsent(fresh.db, user, issuer, client)).toBeUndefined();
      });

      test('of 50 given at once, none is lost', async () => {
        const scopes = Array.from({ length: 50 }, (_, index) => `s${index}`);
        await fresh.race(50, (other, index) =>
          consents.rememberConsent(other, 'a', 'one', 'app', [scopes[index] ?? ''], now),
        );
        const held = (await consents.findConsent(fresh.db, 'a', 'one', 'app')) ?? [];
        expect(held.toSorted()).toEqual(scopes.toSorted());
      });

      test('to disconnect an app ends its grants, and nothing else', async () => {
        await addSession(fresh.db, 'a', 'h1');
        await addGrant(fresh.db, 'g1', 'a', 'app');
        await addGrant(fresh.db, 'g2', 'a', 'other');
        await addGrant(fresh.db, 'g3', 'a', 'app', { issuer: 'two' });
        await addGrant(fresh.db, 'g4', 'b', 'app');
        for (const user of ['a', 'b'])
          for (const issuer of ['one', 'two'])
            await consents.rememberConsent(fresh.db, user, issuer, 'app', ['read'], now);
        expect(won(await fresh.race(50, (other) => consents.disconnect(other, 'a', 'one', 'app', now)))).toBe(
          1,
        );
        expect(await consents.findConsent(fresh.db, 'a', 'one', 'app')).toBeUndefined();
        expect(await consents.findConsent(fresh.db, 'a', 'two', 'app')).toEqual(['read']);
        expect(await consents.findConsent(fresh.db, 'b', 'one', 'app')).toEqual(['read']);
        expect(
          await fresh.db.selectFrom('grants').select('id').where('revoked_at', '=', now).execute(),
        ).toEqual([{ id: 'g1' }]);
        expect(await fresh.db.selectFrom('revoked_tokens').select(['issuer', 'jti']).execute()).toEqual([
          { issuer: 'one', jti: 'g1' },
        ]);
        const changes = fresh.db.selectFrom('changes').select(['topic', 'issuer', 'subject']);
        expect(await changes.execute()).toEqual([{ topic: 'token', issuer: 'one', subject: 'g1' }]);
        expect(await find('h1')).toBeDefined();
      });

      test('none is left of a user who is deleted while allowing something', async () => {
        for (let round = 0; round < 10; round += 1) {
          const id = `user-${round}`;
          await addUser(fresh.db, id);
          await fresh.race(10, (db, index) =>
            index === 5
              ? deleteUser(db, id, start)
              : consents.rememberConsent(db, id, 'one', 'app', ['read'], start),
          );
          expect(await fresh.db.selectFrom('consents').selectAll().execute()).toEqual([]);
        }
      });

      test('an app without a remembered consent is disconnected too', async () => {
        await addGrant(fresh.db, 'g1', 'a', 'app');
        expect(await consents.disconnect(fresh.db, 'a', 'one', 'app', now)).toBe(true);
        expect(await consents.disconnect(fresh.db, 'a', 'one', 'app', now)).toBe(false);
      });

      test('connected apps are those with a consent or a live refresh token', async () => {
        await consents.rememberConsent(fresh.db, 'a', 'one', 'app', ['read', 'write'], now);
        await addGrant(fresh.db, 'g1', 'a', 'app', { scope: 'read admin', created_at: start - 5 });
        await addGrant(fresh.db, 'g2', 'a', 'app', { issuer: 'two', scope: 'read', created_at: start });
        await addGrant(fresh.db, 'g3', 'a', 'other', { revoked_at: now });
        await addGrant(fresh.db, 'g4', 'a', 'other', { refresh_expires_at: now });
        await addGrant(fresh.db, 'g5', 'a', 'other', { refresh_expires_at: null });
        await addGrant(fresh.db, 'g6', 'b', 'other');
        const app = {
          client_id: 'app',
          client_name: 'The app app',
          logo_uri: 'https://app.example/logo.png',
        };
        expect(await consents.listConnectedApps(fresh.db, 'a', now)).toEqual([
          { issuer: 'one', ...app, scope: ['read', 'write', 'admin'], since: start - 5 },
          { issuer: 'two', ...app, scope: ['read'], since: start },
        ]);
        expect(await consents.listConnectedApps(fresh.db, 'b', now)).toMatchObject([{ client_id: 'other' }]);
        await consents.disconnect(fresh.db, 'a', 'one', 'app', now);
        expect(await consents.listConnectedApps(fresh.db, 'a', now)).toMatchObject([{ issuer: 'two' }]);
      });
    });
  });
}
