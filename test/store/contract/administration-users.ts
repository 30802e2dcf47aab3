// What every database engine must do for users, their grants and tokens.

import { beforeEach, describe, expect, test } from 'vitest';
import { AdminError } from '../../../packages/server/src/admin/admin-error.ts';
import { registerClient } from '../../../packages/server/src/admin/clients.ts';
import type { AdminContext } from '../../../packages/server/src/admin/context.ts';
import { endGrant } from '../../../packages/server/src/admin/grants.ts';
import { addIssuer } from '../../../packages/server/src/admin/issuers.ts';
import { revokeToken } from '../../../packages/server/src/admin/tokens.ts';
import { changeUser, listUsers, registerUser } from '../../../packages/server/src/admin/users.ts';
import { saveExternalUser } from '../../../packages/server/src/store/tables/identities.ts';
import { addGrant, start } from '../../support/accounts.ts';
import { app, freshAdministration } from './administered.ts';
import type { CreateEngine } from './engines.ts';

export function usersAdministrationContract(name: string, createEngine: CreateEngine): void {
  describe(name, () => {
    const at = freshAdministration(createEngine);
    const { fresh, register, changes, race } = at;
    let admin: AdminContext;
    beforeEach(() => {
      admin = at.admin;
    });

    describe('of many at once', () => {
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

      test('of 50 that revoke one grant, none fails, and it is recorded once', async () => {
        await register('app');
        await registerUser(admin, { id: 'ann', login: 'ann', password: 'correct horse' });
        await addGrant(fresh.db, 'grant', 'ann', 'app');
        const done = await race(50, (other) =>
          endGrant(other, 'grant').then(
            () => true,
            () => false,
          ),
        );
        expect(done.filter((each) => each)).toHaveLength(50);
        expect((await changes()).filter(({ verb }) => verb === 'grant.revoke')).toHaveLength(1);
      });
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
            () => saveExternalUser(db, { id }, at.now),
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
  });
}
