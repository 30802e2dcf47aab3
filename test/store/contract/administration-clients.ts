// What every database engine must do for clients: changes that undo none of each other, and what they follow from.

import { beforeEach, describe, expect, test } from 'vitest';
import {
  changeClient,
  findClient,
  listClients,
  registerClient,
  removeClient,
} from '../../../packages/server/src/admin/clients.ts';
import type { AdminContext } from '../../../packages/server/src/admin/context.ts';
import { changeIssuer } from '../../../packages/server/src/admin/issuers.ts';
import { addScope } from '../../../packages/server/src/admin/scopes.ts';
import { app, freshAdministration } from './administered.ts';
import type { CreateEngine } from './engines.ts';

export function clientsAdministrationContract(name: string, createEngine: CreateEngine): void {
  describe(name, () => {
    const at = freshAdministration(createEngine);
    const { fresh, register, changes, race } = at;
    let admin: AdminContext;
    beforeEach(() => {
      admin = at.admin;
    });

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
    });

    test('a client that is enabled where it is enabled takes no revocation back', async () => {
      await register('app');
      await removeClient(admin, 'one', 'app');
      at.now += 1000;
      await register('app');
      const revoked = () => fresh.db.selectFrom('revoked_tokens').selectAll().execute();
      const before = { revoked: await revoked(), changes: await changes() };
      expect(before.revoked).toHaveLength(1);
      await changeClient(admin, 'one', 'app', { disabled: false });
      expect({ revoked: await revoked(), changes: await changes() }).toEqual(before);
      await changeClient(admin, 'one', 'app', { disabled: true });
      const disabled = await revoked();
      at.now += 1000;
      await changeClient(admin, 'one', 'app', { disabled: true });
      expect(await revoked()).toEqual(disabled);
    });

    test('a client is not registered at an issuer that has another dialect by then', async () => {
      const { hashes } = admin;
      const slow: AdminContext = {
        ...admin,
        hashes: {
          generate: (shape) => hashes.generate(shape),
          isGenerated: admin.hashes.isGenerated,
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
  });
}
