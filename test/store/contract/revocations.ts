// What every database engine must do for the deny-list: a client cannot make it endless, and nothing that was revoked is
// good again.

import { beforeEach, describe, expect, test } from 'vitest';
import type { Schema } from '../../../packages/server/src/store/sql/schema.ts';
import { SqlStore } from '../../../packages/server/src/store/sql-store.ts';
import { deleteClient, updateClient } from '../../../packages/server/src/store/tables/clients.ts';
import { findClientTokensFrom } from '../../../packages/server/src/store/tables/revoked-clients.ts';
import { mostEntries } from '../../../packages/server/src/store/tables/revoked-tokens.ts';
import { endUserGrants } from '../../../packages/server/src/store/tables/users.ts';
import { addApp, addGrant, addUser, freshDatabase, start } from '../../support/accounts.ts';
import type { CreateEngine } from './engines.ts';

export function revocationsContract(name: string, createEngine: CreateEngine): void {
  describe(name, () => {
    const fresh = freshDatabase(createEngine);
    const second = Math.floor(start / 1000);
    let now = start;
    let store: SqlStore;
    beforeEach(async () => {
      now = start;
      store = new SqlStore(fresh.db, fresh.db, () => now);
      await addApp(fresh.db, 'app');
      await store.load();
    });

    const follower = async () => {
      const other = new SqlStore(fresh.db, fresh.engine.connect(), () => now);
      await other.load();
      return other;
    };
    /** One token of each second, from `second` on. */
    const revoke = async (count: number, by = store, client_id = 'app') => {
      for (let index = 0; index < count; index += 1)
        await by.revokeToken('one', `${client_id}-${index}`, now + 3_600_000, {
          client_id,
          issued_at: second + index,
        });
    };
    const rows = () =>
      fresh.db.selectFrom('revoked_tokens').select('jti').where('client_id', '=', 'app').execute();
    const isRevoked = (by: SqlStore, index: number) =>
      by.isTokenRevoked('one', `app-${index}`) || second + index < by.revokedBefore('one', 'app');

    test('beyond some hundred entries of a client one takes the place of the older half, everywhere', async () => {
      const other = await follower();
      await revoke(mostEntries);
      expect(store.revokedBefore('one', 'app')).toBe(0);
      expect(await rows()).toHaveLength(mostEntries);
      await revoke(mostEntries + 1);
      expect(await rows()).toHaveLength(mostEntries / 2);
      await store.follow();
      await other.follow();
      for (const each of [store, other, await follower()]) {
        expect(each.revocations('one').tokens).toHaveLength(mostEntries / 2);
        expect(each.revocations('one').clients).toEqual(new Map([['app', second + mostEntries / 2 + 1]]));
        // Nothing that was revoked is good again, and nothing newer than the newest that gave way is revoked.
        for (let index = 0; index <= mostEntries; index += 1) expect(isRevoked(each, index)).toBe(true);
        expect(isRevoked(each, mostEntries + 1)).toBe(false);
        expect(each.revokedBefore('two', 'app')).toBe(0);
      }
    });

    test('however much a client revokes, neither table nor memory grows; another client keeps its entries', async () => {
      await addApp(fresh.db, 'other');
      await revoke(20, store, 'other');
      for (const round of [0, 1, 2, 3]) {
        const of = { client_id: 'app', issued_at: second + round };
        for (let index = 0; index < mostEntries / 2; index += 1)
          await store.revokeToken('one', `app-${round}-${index}`, now + 3_600_000, of);
        await store.follow();
        expect((await rows()).length).toBeLessThanOrEqual(mostEntries);
        expect(store.figures().revoked).toBeLessThanOrEqual(mostEntries + 21);
      }
      expect(store.isTokenRevoked('one', 'other-0')).toBe(true);
      expect(store.revokedBefore('one', 'other')).toBe(0);
    });

    test('the same for revocations at the same time, and for the grants of a user', async () => {
      await revoke(mostEntries - 5);
      await fresh.race(20, (db, index) => {
        const each = new SqlStore(db, db, () => now);
        return each.revokeToken('one', `raced-${index}`, now + 3_600_000, {
          client_id: 'app',
          issued_at: second,
        });
      });
      expect((await rows()).length).toBeLessThanOrEqual(mostEntries + 20);
      await addUser(fresh.db, 'ann');
      for (let index = 0; index < mostEntries; index += 1)
        await addGrant(fresh.db, `g-${index}`, 'ann', 'app');
      expect(await endUserGrants(fresh.db, 'ann', now)).toBe(mostEntries);
      expect((await rows()).length).toBeLessThanOrEqual(mostEntries);
      const other = await follower();
      expect(other.isTokenRevoked('one', 'g-0') || second < other.revokedBefore('one', 'app')).toBe(true);
    });

    test('the other workers know of it before the answer, whatever the feed does', async () => {
      const other = await follower();
      const heard: ((entry: Schema['revoked_tokens']) => void)[] = [];
      const peers = { tell: (entry: Schema['revoked_tokens']) => heard.at(-1)?.(entry) };
      for (const each of [store, other])
        each.revokeWith({ ...peers, hear: (listener) => heard.push(listener) });
      await revoke(1);
      expect(other.isTokenRevoked('one', 'app-0')).toBe(true);
      await addUser(fresh.db, 'ann');
      await addGrant(fresh.db, 'replayed', 'ann', 'app');
      expect(await store.revokeGrant('one', 'replayed')).toBe(true);
      expect(other.isTokenRevoked('one', 'replayed')).toBe(true);
      // Nothing is told of what was not done.
      expect(await store.revokeGrant('one', 'nobody')).toBe(false);
      expect(other.revocations('one').tokens.toSorted()).toEqual(['app-0', 'replayed']);
    });

    test('what is learned late takes no newer entry away', async () => {
      const late = await follower();
      await revoke(mostEntries + 1);
      await store.revokeToken('one', 'newest', now + 3_600_000, {
        client_id: 'app',
        issued_at: second + 9000,
      });
      await late.revokeToken('one', 'own', now + 3_600_000, { client_id: 'app', issued_at: second + 9000 });
      await late.follow();
      expect(late.isTokenRevoked('one', 'newest')).toBe(true);
      expect(late.isTokenRevoked('one', 'own')).toBe(true);
    });

    test('to enable a client takes back what disabled it, and neither a deletion nor entries that gave way', async () => {
      const cutoff = async () => (await follower()).revocations('one').clients.get('app') ?? 0;
      const setDisabled = (disabled: boolean) => updateClient(fresh.db, 'one', 'app', { disabled }, now);
      await revoke(mostEntries + 1);
      const merged = await cutoff();
      await setDisabled(true);
      expect(await cutoff()).toBeGreaterThan(second + 3600);
      await setDisabled(false);
      expect(await cutoff()).toBe(merged);
      now += 600_000;
      await setDisabled(true);
      await deleteClient(fresh.db, 'one', 'app', now);
      const deleted = await cutoff();
      expect(deleted).toBe(Math.floor(now / 1000) + 2);
      expect(await findClientTokensFrom(fresh.db, 'one', 'app')).toBe(deleted * 1000);
      await addApp(fresh.db, 'app');
      await setDisabled(true);
      await setDisabled(false);
      expect(await cutoff()).toBe(deleted);
      expect((await follower()).revokedBefore('one', 'app')).toBe(deleted);
    });
  });
}
