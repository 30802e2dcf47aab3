// What every database engine must do for users: which may sign in, and which lose access at once. Decisions are raced.

import type { Kysely } from 'kysely';
import { beforeEach, describe, expect, test } from 'vitest';
import type { Schema } from '../../../packages/server/src/store/sql/schema.ts';
import { SqlStore } from '../../../packages/server/src/store/sql-store.ts';
import { rememberConsent } from '../../../packages/server/src/store/tables/consents.ts';
import { findOrCreateUserByIdentity } from '../../../packages/server/src/store/tables/identities.ts';
import { addPasskey, listPasskeys } from '../../../packages/server/src/store/tables/passkeys.ts';
import * as recoveryCodes from '../../../packages/server/src/store/tables/recovery-codes.ts';
import { createSession, findSession } from '../../../packages/server/src/store/tables/sessions.ts';
import * as totp from '../../../packages/server/src/store/tables/totp.ts';
import * as users from '../../../packages/server/src/store/tables/users.ts';
import {
  addApp,
  addGrant,
  addSession,
  addUser,
  allUsers,
  freshDatabase,
  hour,
  sessionOf,
  start,
  userOf,
  won,
} from '../../support/accounts.ts';
import type { CreateEngine } from './engines.ts';

const now = start + 1000;
const passkeyOf = (user_id: string) => ({
  id: `key-${user_id}`,
  user_id,
  name: '',
  public_key: '',
  counter: 0,
  transports: [],
});

export function usersContract(name: string, createEngine: CreateEngine): void {
  describe(name, () => {
    const fresh = freshDatabase(createEngine);

    describe('users', () => {
      test('are found as they were made, however the login is typed', async () => {
        const profile = { name: 'Zoë', email: 'zoe@example.com', email_verified: true };
        expect(await users.createUser(fresh.db, userOf('a', { login: ' Zoë ', ...profile }), start)).toBe(
          true,
        );
        const found = await users.findUser(fresh.db, 'a');
        expect(found).toEqual({
          ...userOf('a', { login: 'zoë', ...profile }),
          sealed_totp_secret: null,
          owner: null,
          disabled: false,
          claims: {},
          access_ended_at: start,
          created_at: start,
          updated_at: start,
        });
        for (const typed of ['zoë', 'ZOË', '\tzoe\u0308\n'])
          expect(await users.findUserByLogin(fresh.db, typed), typed).toEqual(found);
        for (const other of ['zoe', '', 'a'])
          expect(await users.findUserByLogin(fresh.db, other)).toBeUndefined();
        expect(await users.findUser(fresh.db, 'zoë')).toBeUndefined();
        expect(await allUsers(fresh.db)).toEqual([found]);
      });

      test('sign in by login, or by an address that is theirs alone', async () => {
        const at = async (typed: string) => (await users.findUserToSignIn(fresh.db, typed))?.id;
        for (const id of ['a', 'b', 'c', 'd'])
          await addUser(fresh.db, id, { login: id, email: 'us@example.com' });
        await addUser(fresh.db, 'e', { login: 'eve', email: 'Eve@example.com' });
        await addUser(fresh.db, 'f', { login: null, email: 'only@example.com' });
        expect([await at(' EVE '), await at('Eve@example.com'), await at('e')]).toEqual([
          'e',
          'e',
          undefined,
        ]);
        expect([await at('us@example.com'), await at('only@example.com'), await at('')]).toEqual(
          Array(3).fill(undefined),
        );
        await addUser(fresh.db, 'g', { login: 'us@example.com' });
        expect(await at('US@example.com')).toBe('g');
      });

      test('of 50 that take one login, one succeeds', async () => {
        const spelt = ['Alice', 'alice ', 'ALICE'];
        const results = await fresh.race(50, (other, index) =>
          users.createUser(other, userOf(`id-${index}`, { login: spelt[index % 3] ?? '' }), start),
        );
        expect(won(results)).toBe(1);
        expect(await allUsers(fresh.db)).toHaveLength(1);
      });

      test('of 50 that take one id, one succeeds, and nobody else becomes that user', async () => {
        const results = await fresh.race(50, (other, index) =>
          users.createUser(other, userOf('a', { login: `login-${index}` }), start),
        );
        expect(won(results)).toBe(1);
        expect((await users.findUser(fresh.db, 'a'))?.login).toBe(`login-${results.indexOf(true)}`);
      });

      test('that sign in elsewhere have no login, any number of them', async () => {
        for (const id of ['a', 'b']) await addUser(fresh.db, id, { login: null });
        expect(await allUsers(fresh.db)).toMatchObject([
          { id: 'a', login: null },
          { id: 'b', login: null },
        ]);
      });

      test('of two changes at once, neither undoes the other', async () => {
        await addUser(fresh.db, 'a');
        await fresh.race(20, (other, index) =>
          users.updateUser(other, 'a', index % 2 === 0 ? { name: 'New' } : { email: 'new@example.com' }, now),
        );
        expect(await users.findUser(fresh.db, 'a')).toMatchObject({
          name: 'New',
          email: 'new@example.com',
          updated_at: now,
        });
        expect(await users.updateUser(fresh.db, 'nobody', { name: 'x' }, now)).toBe(false);
      });

      test('a new address is verified only where that is said of it', async () => {
        await addUser(fresh.db, 'a', { email: 'old@example.com', email_verified: true });
        const verified = async () => (await users.findUser(fresh.db, 'a'))?.email_verified;
        await users.updateUser(fresh.db, 'a', { name: 'Ann' }, now);
        expect(await verified()).toBe(true);
        await users.updateUser(fresh.db, 'a', { email: 'new@example.com' }, now);
        expect(await verified()).toBe(false);
        await users.updateUser(fresh.db, 'a', { email: 'new@example.com', email_verified: true }, now);
        expect(await verified()).toBe(true);
      });
    });

    describe('a user who loses access', () => {
      beforeEach(async () => {
        for (const id of ['a', 'b']) await addUser(fresh.db, id);
        await addApp(fresh.db, 'app');
        await addApp(fresh.db, 'app', 'two');
        for (const [id, hash] of [
          ['a', 'a1'],
          ['a', 'a2'],
          ['b', 'b1'],
        ] as const)
          await addSession(fresh.db, id, hash);
        await addGrant(fresh.db, 'g1', 'a', 'app');
        await addGrant(fresh.db, 'g2', 'a', 'app', { issuer: 'two', code_state: 'issued', generation: 0 });
        await addGrant(fresh.db, 'g3', 'b', 'app');
        await addGrant(fresh.db, 'g4', 'a', 'app', { revoked_at: start });
      });

      const inside = async (hashes: readonly string[]) => {
        const found = await Promise.all(hashes.map((hash) => findSession(fresh.db, [hash], now, hour)));
        return hashes.filter((_, index) => found[index] !== undefined);
      };
      const revocations = () =>
        fresh.db.selectFrom('grants').select(['id', 'revoked_at']).orderBy('id').execute();

      test.each<[string, (other: Kysely<Schema>) => Promise<boolean>]>([
        ['by a new password', (other) => users.setPassword(other, 'a', 'new', now)],
        ['disabled', (other) => users.setDisabled(other, 'a', true, now)],
        ['deleted', (other) => users.deleteUser(other, 'a', now)],
      ])('%s, is out at once, everywhere, and nobody else is', async (_how, act) => {
        const other = new SqlStore(fresh.engine.connect(), fresh.engine.connect(), () => now);
        await other.load();
        expect(await act(fresh.engine.connect())).toBe(true);
        expect(await inside(['a1', 'a2', 'b1'])).toEqual(['b1']);
        expect(await revocations()).toEqual([
          { id: 'g1', revoked_at: now },
          { id: 'g2', revoked_at: now },
          { id: 'g3', revoked_at: null },
          { id: 'g4', revoked_at: start },
        ]);
        expect(
          await fresh.db
            .selectFrom('revoked_tokens')
            .select(['issuer', 'jti', 'expires_at'])
            .orderBy('jti')
            .execute(),
        ).toEqual([
          { issuer: 'one', jti: 'g1', expires_at: start + 2 * hour },
          { issuer: 'two', jti: 'g2', expires_at: start + 2 * hour },
        ]);
        await other.follow();
        expect(other.isTokenRevoked('one', 'g1')).toBe(true);
        expect(other.isTokenRevoked('two', 'g2')).toBe(true);
        expect(other.isTokenRevoked('one', 'g3')).toBe(false);
      });

      test('is enabled again without the sessions and grants of before', async () => {
        await users.setDisabled(fresh.db, 'a', true, now);
        expect((await users.findUser(fresh.db, 'a'))?.disabled).toBe(true);
        expect(await users.setDisabled(fresh.db, 'a', false, now + 1)).toBe(true);
        expect((await users.findUser(fresh.db, 'a'))?.disabled).toBe(false);
        expect(await inside(['a1', 'a2'])).toEqual([]);
        await addSession(fresh.db, 'a', 'a3');
        await users.setDisabled(fresh.db, 'a', false, now + 2);
        expect(await inside(['a3'])).toEqual(['a3']);
        expect((await revocations())[0]).toEqual({ id: 'g1', revoked_at: now });
      });

      test('is out altogether or not at all', async () => {
        // Where the others cannot be told, nothing has happened.
        await fresh.db.schema.dropTable('changes').execute();
        await expect(users.setPassword(fresh.db, 'a', 'new', now)).rejects.toThrow(/changes/);
        await expect(users.setDisabled(fresh.db, 'a', true, now)).rejects.toThrow(/changes/);
        expect(await users.findUser(fresh.db, 'a')).toMatchObject({ password_hash: 'old', disabled: false });
        expect(await inside(['a1', 'a2'])).toEqual(['a1', 'a2']);
        expect((await revocations())[0]).toEqual({ id: 'g1', revoked_at: null });
      });

      test('by being deleted, leaves nothing of a person behind', async () => {
        await rememberConsent(fresh.db, 'a', 'one', 'app', ['read'], now);
        await addPasskey(fresh.db, passkeyOf('a'), now);
        await recoveryCodes.replaceRecoveryCodes(fresh.db, 'a', ['h1'], now);
        await findOrCreateUserByIdentity(fresh.db, 'corp', 'a', { fresh_id: 'c' }, now);
        await users.deleteUser(fresh.db, 'a', now);
        await users.deleteUser(fresh.db, 'c', now);
        expect(await users.deleteUser(fresh.db, 'a', now)).toBe(false);
        for (const table of ['consents', 'passkeys', 'recovery_codes', 'identities'] as const)
          expect(await fresh.db.selectFrom(table).selectAll().execute(), table).toEqual([]);
        expect((await allUsers(fresh.db)).map(({ id }) => id)).toEqual(['b']);
      });

      test('is not there to begin with', async () => {
        expect(await users.setPassword(fresh.db, 'nobody', 'new', now)).toBe(false);
        expect(await users.setDisabled(fresh.db, 'nobody', true, now)).toBe(false);
        expect(await inside(['a1', 'b1'])).toEqual(['a1', 'b1']);
      });
    });

    describe('a password', () => {
      test('of 50 that change it knowing the old one, one succeeds', async () => {
        await addUser(fresh.db, 'a');
        const results = await fresh.race(50, (other, index) =>
          users.setPassword(other, 'a', `new-${index}`, now, { before: 'old' }),
        );
        expect(won(results)).toBe(1);
        const after = `new-${results.indexOf(true)}`;
        expect((await users.findUser(fresh.db, 'a'))?.password_hash).toBe(after);
        expect(await users.setPassword(fresh.db, 'a', 'first', now, { before: null })).toBe(false);
      });

      test('is given to a user without one once', async () => {
        await addUser(fresh.db, 'a', { password_hash: null });
        const results = await fresh.race(50, (other, index) =>
          users.setPassword(other, 'a', `new-${index}`, now, { before: null }),
        );
        expect(won(results)).toBe(1);
      });

      test('that is reset can take the second factor and the passkeys along', async () => {
        await addUser(fresh.db, 'a');
        await addUser(fresh.db, 'b');
        for (const id of ['a', 'b']) {
          await totp.setTotp(fresh.db, id, 'sealed', 10, now);
          await recoveryCodes.replaceRecoveryCodes(fresh.db, id, ['h1'], now);
          await addPasskey(fresh.db, passkeyOf(id), now);
        }
        const held = async (id: string) => [
          (await users.findUser(fresh.db, id))?.sealed_totp_secret,
          await recoveryCodes.countRecoveryCodes(fresh.db, id),
          (await listPasskeys(fresh.db, id)).length,
        ];
        const both = { remove_totp: true, remove_passkeys: true };
        await users.setPassword(fresh.db, 'a', 'new', now, { ...both, before: 'wrong' });
        await users.setPassword(fresh.db, 'a', 'new', now);
        expect(await held('a')).toEqual(['sealed', 1, 1]);
        await users.setPassword(fresh.db, 'a', 'new', now, { remove_totp: true });
        expect(await held('a')).toEqual([null, 0, 1]);
        await users.setPassword(fresh.db, 'a', 'new', now, { remove_passkeys: true });
        expect(await held('a')).toEqual([null, 0, 0]);
        expect(await held('b')).toEqual(['sealed', 1, 1]);
      });

      test('changed while the old one was being verified lets nobody in by the old one', async () => {
        await addUser(fresh.db, 'a');
        const proven = (index: number) => sessionOf('a', `s${index}`, { password_hash: 'old' });
        const results = await fresh.race(50, (other, index) =>
          index === 25 ? users.setPassword(other, 'a', 'new', now) : createSession(other, proven(index), now),
        );
        expect(results[25]).toBe(true);
        expect(await fresh.db.selectFrom('sessions').select('hash').execute()).toEqual([]);
        expect(await createSession(fresh.db, proven(100), now)).toBe(false);
        expect(await createSession(fresh.db, { ...proven(100), password_hash: 'new' }, now)).toBe(true);
      });
    });
  });
}
