// What every database engine must do for the feed of changes: a follower misses none, however many write at once.

import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { sql } from 'kysely';
import { beforeEach, describe, expect, test } from 'vitest';
import { retention } from '../../../packages/server/src/store/revocation-list.ts';
import { transact } from '../../../packages/server/src/store/sql/transact.ts';
import { SqlStore } from '../../../packages/server/src/store/sql-store.ts';
import { clockStep, sweep } from '../../../packages/server/src/store/sweeps.ts';
import { noteChange } from '../../../packages/server/src/store/tables/changes.ts';
import { deleteClient, updateClient } from '../../../packages/server/src/store/tables/clients.ts';
import { disconnect, rememberConsent } from '../../../packages/server/src/store/tables/consents.ts';
import { createScope } from '../../../packages/server/src/store/tables/scopes.ts';
import { deleteUser, setDisabled } from '../../../packages/server/src/store/tables/users.ts';
import { addApp, addGrant, addUser, freshDatabase, start } from '../../support/accounts.ts';
import type { CreateEngine } from './engines.ts';

export function changesContract(name: string, createEngine: CreateEngine): void {
  describe(name, () => {
    const fresh = freshDatabase(createEngine);
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
      await other.follow();
      return other;
    };
    const disable = () => updateClient(fresh.db, 'one', 'app', { disabled: true }, now);

    test('drops a client that another process changed', async () => {
      const other = await follower();
      await other.findClient('one', 'app');
      await disable();
      expect(other.cachedClient('one', 'app')?.disabled).toBe(false);
      await other.follow();
      expect(other.cachedClient('one', 'app')).toBeUndefined();
    });

    test('tells of a revocation, at the next look and after a restart', async () => {
      const other = await follower();
      await store.revokeToken('one', 'jti', now + 1000);
      expect(store.isTokenRevoked('one', 'jti')).toBe(true);
      await other.follow();
      expect(other.isTokenRevoked('one', 'jti')).toBe(true);
      expect(other.isTokenRevoked('two', 'jti')).toBe(false);
      const restarted = await follower();
      expect(restarted.isTokenRevoked('one', 'jti')).toBe(true);
    });

    test('a client that is disabled is on the deny-list everywhere, until it is enabled again', async () => {
      const other = await follower();
      const revokedUntil = (each: SqlStore) => each.revocations('one').clients.get('app') ?? 0;
      await disable();
      await other.follow();
      expect(revokedUntil(other)).toBeGreaterThan(now / 1000 + 3000);
      expect(revokedUntil(await follower())).toBe(revokedUntil(other));
      expect(other.revocations('two').clients.size).toBe(0);
      await updateClient(fresh.db, 'one', 'app', { client_name: 'Another' }, now);
      await other.follow();
      expect(revokedUntil(other)).not.toBe(0);
      await updateClient(fresh.db, 'one', 'app', { disabled: false }, now);
      await other.follow();
      expect(revokedUntil(other)).toBe(0);
      expect(revokedUntil(await follower())).toBe(0);
    });

    test('a follower that missed the enabling of a client takes it off the deny-list, too', async () => {
      await disable();
      const other = await follower();
      await other.revokeToken('one', 'jti', now + 1000);
      await updateClient(fresh.db, 'one', 'app', { disabled: false }, now);
      await sweep(fresh.db, now + 7_200_000);
      await noteChange(fresh.db, 'issuer', 'one', 'one', now);
      await sql`delete from changes where seq < (select max(seq) from changes)`.execute(fresh.db);
      await other.follow();
      expect(other.revocations('one')).toEqual({ tokens: ['jti'], clients: new Map() });
    });

    test('of a client that is deleted, what was issued before is revoked, and what a new one gets is not', async () => {
      await deleteClient(fresh.db, 'one', 'app', now);
      expect((await follower()).revocations('one').clients.get('app')).toBe(Math.floor(now / 1000) + 2);
      now += 25 * 3_600_000 + 3000 + clockStep;
      await sweep(fresh.db, now);
      expect((await follower()).revocations('one').clients.size).toBe(0);
    });

    test('the deny-list is the same object until something changes', async () => {
      await store.revokeToken('one', 'jti', now + 1000);
      const listed = store.revocations('one');
      await store.revokeToken('two', 'other', now + 1000);
      await store.follow();
      expect(store.revocations('one')).toEqual({ tokens: ['jti'], clients: new Map() });
      await store.revokeToken('one', 'next', now + 1000);
      expect(listed.tokens).toEqual(['jti']);
      expect(store.revocations('one').tokens).toEqual(['jti', 'next']);
      expect(store.revocations('one')).toBe(store.revocations('one'));
      now += 1000 + retention;
      store.forgetExpired();
      expect(store.revocations('one').tokens).toEqual([]);
    });

    test('what a clock that was ahead has made forgotten is known again when it is set back', async () => {
      await store.revokeToken('one', 'jti', now + 1000);
      await store.follow();
      const knownAfter = async (step: number) => {
        now += step;
        store.forgetExpired();
        await sweep(fresh.db, now);
        await store.follow();
        return store.isTokenRevoked('one', 'jti');
      };
      expect(await knownAfter(3_600_000)).toBe(false);
      expect(await knownAfter(-1_800_000)).toBe(false);
      expect(await knownAfter(-1_800_000)).toBe(true);
      // So short that nobody followed meanwhile.
      now += 3_600_000;
      store.forgetExpired();
      expect(await knownAfter(-3_600_000)).toBe(true);
    });

    test('forgets no revocation that it could not read at once', async () => {
      const other = await follower();
      await store.revokeToken('one', 'jti', now + 1000);
      await fresh.db.schema.alterTable('revoked_tokens').renameTo('away').execute();
      await expect(other.follow()).rejects.toThrow();
      await sql`alter table away rename to revoked_tokens`.execute(fresh.db);
      await other.follow();
      expect(other.isTokenRevoked('one', 'jti')).toBe(true);
    });

    test('tells what changed, once', async () => {
      const other = await follower();
      await createScope(fresh.db, 'one', 'x', '', now);
      expect(await other.follow()).toMatchObject([{ topic: 'issuer', issuer: 'one' }]);
      expect(await other.follow()).toEqual([]);
    });

    test('starts afresh for one who slept until changes were swept', async () => {
      const other = await follower();
      await other.findClient('one', 'app');
      await disable();
      await createScope(fresh.db, 'one', 'x', '', now);
      now += 2 * 3_600_000;
      await sweep(fresh.db, now);
      await createScope(fresh.db, 'one', 'y', '', now);
      await other.follow();
      expect(other.cachedClient('one', 'app')).toBeUndefined();
    });

    test('starts afresh where the database was set back to an older copy', async () => {
      await createScope(fresh.db, 'one', 'x', '', now);
      await createScope(fresh.db, 'one', 'y', '', now);
      const other = await follower();
      await other.findClient('one', 'app');
      await fresh.db.deleteFrom('changes').where('seq', '=', 2).execute();
      await fresh.db.updateTable('clients').set({ disabled: 1 }).execute();
      const topics = (await other.follow()).map(({ topic }) => topic);
      expect(topics).toEqual(['issuer', 'key', 'master_key']);
      expect(other.cachedClient('one', 'app')).toBeUndefined();
      expect(await other.follow()).toEqual([]);
    });

    test('a change that was rolled back leaves no gap', async () => {
      const other = await follower();
      await createScope(fresh.db, 'one', 'x', '', now);
      const failing = transact(fresh.db, async (transaction) => {
        await noteChange(transaction, 'client', 'one', 'never', now);
        throw new Error('not after all');
      });
      await expect(failing).rejects.toThrow('not after all');
      await createScope(fresh.db, 'one', 'y', '', now);
      const seen = await other.follow();
      expect(seen).toMatchObject([{ seq: 1 }, { seq: 2 }]);
    });

    test('a follower is told of each change once, while 50 write and some of them are slow', async () => {
      const other = await follower();
      const seen: string[] = [];
      let writing = true;
      const follow = async () => {
        const changes = await other.follow();
        // Otherwise it has started afresh, which would hide a change that was passed over.
        expect(changes.filter(({ issuer }) => issuer === '')).toEqual([]);
        seen.push(...changes.map(({ subject }) => subject));
      };
      const following = (async () => {
        while (writing) await setTimeout(1).then(follow);
      })();
      const subjects = await fresh.race(50, (db, index) =>
        transact(db, async (transaction) => {
          const subject = randomUUID();
          await noteChange(transaction, 'client', 'one', subject, now);
          // The transaction is still under way when others come, and some of those would be ready before it.
          await setTimeout(index % 5 === 0 ? 30 : 0);
          return subject;
        }),
      );
      writing = false;
      await following;
      await follow();
      expect(seen.toSorted()).toEqual(subjects.toSorted());
    });

    test('the same grants ended at once in different orders: no deadlock is left', async () => {
      const users = Array.from({ length: 10 }, (_, index) => `user-${index}`);
      for (const id of users) {
        await addUser(fresh.db, id);
        await rememberConsent(fresh.db, id, 'one', 'app', ['read'], now);
        for (const grant of [1, 2, 3]) await addGrant(fresh.db, `${id}-${grant}`, id, 'app');
      }
      await fresh.race(40, (db, index) => {
        const id = users[index % 10] ?? '';
        if (index < 10) return deleteUser(db, id, now);
        if (index < 20) return setDisabled(db, id, true, now);
        return disconnect(db, id, 'one', 'app', now);
      });
      const alive = fresh.db.selectFrom('grants').select('id').where('revoked_at', 'is', null);
      expect(await alive.execute()).toEqual([]);
      const revoked = await fresh.db.selectFrom('revoked_tokens').select('jti').execute();
      expect(revoked).toHaveLength(30);
      expect(await fresh.db.selectFrom('consents').selectAll().execute()).toEqual([]);
    });
  });
}
