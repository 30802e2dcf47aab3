// What every database engine must do for the ways to sign in: identities, second factors, passkeys. Decisions are raced.

import { beforeEach, describe, expect, test } from 'vitest';
import {
  findOrCreateUserByIdentity,
  saveExternalUser,
} from '../../../packages/server/src/store/tables/identities.ts';
import * as passkeys from '../../../packages/server/src/store/tables/passkeys.ts';
import * as recoveryCodes from '../../../packages/server/src/store/tables/recovery-codes.ts';
import * as totp from '../../../packages/server/src/store/tables/totp.ts';
import * as users from '../../../packages/server/src/store/tables/users.ts';
import { addUser, allUsers, freshDatabase, start, won } from '../../support/accounts.ts';
import type { CreateEngine } from './engines.ts';

const now = start + 1000;

export function signInContract(name: string, createEngine: CreateEngine): void {
  describe(name, () => {
    const fresh = freshDatabase(createEngine);

    describe('identities', () => {
      const claims = { name: 'Ann', email: 'ann@example.com', email_verified: true };

      test('of 50 first sign-ins at once, all are one user', async () => {
        const found = await fresh.race(50, (other, index) =>
          findOrCreateUserByIdentity(other, 'corp', 'ann', { ...claims, fresh_id: `id-${index}` }, now),
        );
        expect(new Set(found.map(({ id }) => id)).size).toBe(1);
        expect(await allUsers(fresh.db)).toEqual([found[0]]);
        expect(found[0]).toMatchObject({ login: null, password_hash: null, disabled: false, ...claims });
      });

      test('are told apart by provider and subject, and never joined by an address', async () => {
        await addUser(fresh.db, 'a', { email: claims.email, email_verified: true });
        const sign = (provider: string, subject: string, fresh_id: string) =>
          findOrCreateUserByIdentity(fresh.db, provider, subject, { ...claims, fresh_id }, now);
        expect((await sign('corp', 'ann', 'b')).id).toBe('b');
        expect((await sign('other', 'ann', 'c')).id).toBe('c');
        expect((await sign('corp', 'ben', 'd')).id).toBe('d');
        expect((await sign('corp', 'ann', 'e')).id).toBe('b');
      });

      test('take over what the provider now says, and keep what it leaves out', async () => {
        const sign = (profile: users.Profile, at: number) =>
          findOrCreateUserByIdentity(fresh.db, 'corp', 'ann', { ...profile, fresh_id: 'a' }, at);
        await sign(claims, now);
        expect(await sign({ name: 'Anna' }, now + 1)).toMatchObject({
          ...claims,
          name: 'Anna',
          updated_at: now + 1,
        });
        expect(await sign({ ...claims, name: 'Anna' }, now + 2)).toMatchObject({ updated_at: now + 1 });
        expect(await sign({ email: 'new@example.com' }, now + 3)).toMatchObject({ email_verified: false });
        await users.setDisabled(fresh.db, 'a', true, now + 4);
        expect(await sign(claims, now + 5)).toMatchObject({ disabled: true });
      });

      test('users of another system are saved once, and stay as disabled as they were', async () => {
        const saved = await fresh.race(20, (other) => saveExternalUser(other, { id: 'x', ...claims }, now));
        expect(new Set(saved.map(({ id }) => id))).toEqual(new Set(['x']));
        expect(await allUsers(fresh.db)).toHaveLength(1);
        await users.setDisabled(fresh.db, 'x', true, now);
        expect(await saveExternalUser(fresh.db, { id: 'x', name: 'New' }, now)).toMatchObject({
          ...claims,
          name: 'New',
          login: null,
          disabled: true,
        });
      });
    });

    describe('second factors', () => {
      beforeEach(() => Promise.all(['a', 'b'].map((id) => addUser(fresh.db, id))));

      test('of 50 that set up TOTP, one succeeds', async () => {
        const results = await fresh.race(50, (other, index) =>
          totp.setTotp(other, 'a', `sealed-${index}`, 10, now),
        );
        expect(won(results)).toBe(1);
        const { sealed_totp_secret } = (await users.findUser(fresh.db, 'a')) ?? {};
        expect(sealed_totp_secret).toBe(`sealed-${results.indexOf(true)}`);
      });

      test('of 50 that use one TOTP step, one succeeds, and earlier steps are over', async () => {
        await totp.setTotp(fresh.db, 'a', 'sealed', 10, now);
        expect(await totp.useTotpStep(fresh.db, 'a', 10)).toBe(false);
        expect(won(await fresh.race(50, (other) => totp.useTotpStep(other, 'a', 12)))).toBe(1);
        expect(await totp.useTotpStep(fresh.db, 'a', 11)).toBe(false);
        expect(await totp.useTotpStep(fresh.db, 'a', 13)).toBe(true);
        expect(await totp.useTotpStep(fresh.db, 'b', 13)).toBe(false);
      });

      test('of 50 that use one recovery code, one succeeds', async () => {
        await recoveryCodes.replaceRecoveryCodes(fresh.db, 'a', ['h1', 'h2'], now);
        expect(await recoveryCodes.useRecoveryCode(fresh.db, 'b', ['h1'])).toBe(false);
        expect(won(await fresh.race(50, (other) => recoveryCodes.useRecoveryCode(other, 'a', ['h1'])))).toBe(
          1,
        );
        expect(await recoveryCodes.countRecoveryCodes(fresh.db, 'a')).toBe(1);
        expect(await recoveryCodes.useRecoveryCode(fresh.db, 'a', ['h3'])).toBe(false);
        expect(await recoveryCodes.useRecoveryCode(fresh.db, 'a', ['h2'])).toBe(true);
      });

      test('of ten sets of recovery codes made at once, one stays, and whole', async () => {
        const set = (index: number) => Array.from({ length: 10 }, (_, code) => `${index}-${code}`);
        await fresh.race(10, (other, index) =>
          recoveryCodes.replaceRecoveryCodes(other, 'a', set(index), now),
        );
        const rows = await fresh.db.selectFrom('recovery_codes').select('hash').orderBy('hash').execute();
        const [first = ''] = rows.map(({ hash }) => hash.split('-')[0]);
        expect(rows.map(({ hash }) => hash)).toEqual(set(Number(first)));
        expect(await recoveryCodes.replaceRecoveryCodes(fresh.db, 'nobody', ['h'], now)).toBe(false);
      });

      test('removed TOTP takes the recovery codes along, and can be set up anew', async () => {
        await totp.setTotp(fresh.db, 'a', 'sealed', 10, now);
        await recoveryCodes.replaceRecoveryCodes(fresh.db, 'a', ['h1'], now);
        expect(await totp.removeTotp(fresh.db, 'b', now)).toBe(false);
        expect(await totp.removeTotp(fresh.db, 'a', now)).toBe(true);
        expect((await users.findUser(fresh.db, 'a'))?.sealed_totp_secret).toBeNull();
        expect(await recoveryCodes.countRecoveryCodes(fresh.db, 'a')).toBe(0);
        expect(await totp.useTotpStep(fresh.db, 'a', 11)).toBe(false);
        expect(await totp.setTotp(fresh.db, 'a', 'other', 11, now)).toBe(true);
      });
    });

    describe('passkeys', () => {
      beforeEach(async () => {
        for (const id of ['a', 'b']) await addUser(fresh.db, id);
      });
      const passkeyOf = (id: string, user_id = 'a', counter = 0): passkeys.NewPasskey => ({
        id,
        user_id,
        name: `key ${id}`,
        public_key: 'cose',
        counter,
        transports: ['internal', 'hybrid'],
      });

      test('of 50 that add one credential, one succeeds, and it is found as it was added', async () => {
        const results = await fresh.race(50, (other, index) =>
          passkeys.addPasskey(other, passkeyOf('k', index % 2 === 0 ? 'a' : 'b'), now),
        );
        expect(won(results)).toBe(1);
        const owner = results.indexOf(true) % 2 === 0 ? 'a' : 'b';
        const found = { ...passkeyOf('k', owner), created_at: now, last_used_at: null };
        expect(await passkeys.findPasskey(fresh.db, 'k')).toEqual(found);
        expect(await passkeys.listPasskeys(fresh.db, owner)).toEqual([found]);
        expect(await passkeys.listPasskeys(fresh.db, owner === 'a' ? 'b' : 'a')).toEqual([]);
        expect(await passkeys.findPasskey(fresh.db, 'other')).toBeUndefined();
      });

      test('of 50 with one counter, one succeeds', async () => {
        await passkeys.addPasskey(fresh.db, passkeyOf('k', 'a', 4), now);
        await passkeys.addPasskey(fresh.db, passkeyOf('other', 'a', 4), now);
        expect(won(await fresh.race(50, (other) => passkeys.usePasskey(other, 'k', 5, now + 1)))).toBe(1);
        expect(await passkeys.findPasskey(fresh.db, 'k')).toMatchObject({
          counter: 5,
          last_used_at: now + 1,
        });
        expect(await passkeys.findPasskey(fresh.db, 'other')).toMatchObject({
          counter: 4,
          last_used_at: null,
        });
        for (const [counter, good] of [
          [4, false],
          [0, false],
          [6, true],
        ] as const)
          expect(await passkeys.usePasskey(fresh.db, 'k', counter, now), String(counter)).toBe(good);
        expect(await passkeys.usePasskey(fresh.db, 'nothing', 9, now)).toBe(false);
      });

      test('without a counter are good every time, until they have one', async () => {
        await passkeys.addPasskey(fresh.db, passkeyOf('k'), now);
        expect(won(await fresh.race(5, (other) => passkeys.usePasskey(other, 'k', 0, now)))).toBe(5);
        expect(await passkeys.usePasskey(fresh.db, 'k', 1, now)).toBe(true);
        expect(await passkeys.usePasskey(fresh.db, 'k', 0, now)).toBe(false);
      });

      test('are removed by their owner alone', async () => {
        await passkeys.addPasskey(fresh.db, passkeyOf('k'), now);
        await passkeys.addPasskey(fresh.db, passkeyOf('other'), now);
        expect(await passkeys.removePasskey(fresh.db, 'b', 'k')).toBe(false);
        expect(await passkeys.removePasskey(fresh.db, 'a', 'k')).toBe(true);
        expect(await passkeys.removePasskey(fresh.db, 'a', 'k')).toBe(false);
        expect((await passkeys.listPasskeys(fresh.db, 'a')).map(({ id }) => id)).toEqual(['other']);
      });
    });
  });
}
