// What every database engine must do for usage: every token is counted once, by the hour and after some weeks by the day.

import type { Kysely } from 'kysely';
import { describe, expect, test } from 'vitest';
import type { Schema } from '../../../packages/server/src/store/sql/schema.ts';
import { sweep } from '../../../packages/server/src/store/sweeps.ts';
import { addSecret, listSecrets } from '../../../packages/server/src/store/tables/client-secrets.ts';
import { UsageBook } from '../../../packages/server/src/store/tables/usage.ts';
import { addApp, freshDatabase, hour, start } from '../../support/accounts.ts';
import type { CreateEngine } from './engines.ts';

type Db = Kysely<Schema>;

const day = 24 * hour;
const today = Math.floor(start / day) * day;
/** More rows than a batch of a sweep, and more than two. */
const many = 501;

export function usageContract(name: string, createEngine: CreateEngine): void {
  describe(name, () => {
    const fresh = freshDatabase(createEngine);
    const addSecretOf = (client: string, id: string) =>
      addSecret(
        fresh.db,
        'one',
        client,
        { id, kind: 'keyed', hash: 'hash', expires_at: null, revoked_at: null },
        start,
      );

    test('of more clients than one statement takes', async () => {
      const names = Array.from({ length: 1200 }, (_, index) => `c${index}`);
      await addApp(fresh.db, 'a');
      await addSecretOf('a', 'c7');
      const book = new UsageBook(fresh.db, () => start);
      for (const name of names) {
        book.countToken('one', name);
        book.noteSecretUse(name);
      }
      await book.flush();
      const rows = await fresh.db.selectFrom('usage').select(['client_id', 'tokens']).execute();
      expect(new Set(rows.map(({ client_id, tokens }) => `${client_id} ${tokens}`))).toEqual(
        new Set(names.map((name) => `${name} 1`)),
      );
      expect((await listSecrets(fresh.db, 'one', 'a'))[0]?.last_used_at).toBe(start);
    });

    test('adds up over batches and processes', async () => {
      await addApp(fresh.db, 'a');
      await addSecretOf('a', 's1');
      await fresh.race(5, async (db) => {
        const book = new UsageBook(db, () => start);
        for (let count = 0; count < 3; count += 1) book.countToken('one', 'a');
        book.noteSecretUse('s1');
        await book.flush();
        await book.flush();
      });
      expect(await fresh.db.selectFrom('usage').selectAll().execute()).toEqual([
        { issuer: 'one', client_id: 'a', hour: start - (start % hour), tokens: 15 },
      ]);
      expect((await listSecrets(fresh.db, 'one', 'a'))[0]?.last_used_at).toBe(start);
    });

    test('of the same clients, met in other orders, adds up', async () => {
      const clients = Array.from({ length: 40 }, (_, index) => `client-${index}`);
      await fresh.race(8, async (db, index) => {
        const book = new UsageBook(db, () => start);
        for (const client of index % 2 === 0 ? clients : clients.toReversed()) book.countToken('one', client);
        await book.flush();
      });
      const rows = await fresh.db.selectFrom('usage').select('tokens').execute();
      expect(rows).toEqual(Array(40).fill({ tokens: 8 }));
    });

    const weeks = 21 * day;
    const count = async (db: Db, at: number, tokens: number, client = 'a') => {
      const book = new UsageBook(db, () => at);
      for (let each = 0; each < tokens; each += 1) book.countToken('one', client);
      await book.flush();
    };
    const days = () =>
      fresh.db.selectFrom('usage_days').selectAll().orderBy('client_id').orderBy('day').execute();
    const hours = () => fresh.db.selectFrom('usage').select(['hour', 'tokens']).orderBy('hour').execute();
    const total = async () =>
      [...(await days()), ...(await hours())].reduce((sum, { tokens }) => sum + tokens, 0);

    test('of three weeks ago becomes a row for each client and day', async () => {
      await count(fresh.db, today, 1);
      await count(fresh.db, today + 23 * hour, 2);
      await count(fresh.db, today + 5 * hour, 4, 'b');
      await count(fresh.db, today + day, 8);
      await sweep(fresh.db, today + day + weeks - 1);
      expect(await days()).toEqual([]);
      await sweep(fresh.db, today + day + weeks);
      expect(await days()).toEqual([
        { issuer: 'one', client_id: 'a', day: today, tokens: 3 },
        { issuer: 'one', client_id: 'b', day: today, tokens: 4 },
      ]);
      expect(await hours()).toEqual([{ hour: today + day, tokens: 8 }]);
    });

    test('that is written late is added to its day', async () => {
      await count(fresh.db, today, 1);
      await sweep(fresh.db, today + day + weeks);
      await count(fresh.db, today, 2);
      await sweep(fresh.db, today + day + weeks);
      expect(await days()).toEqual([{ issuer: 'one', client_id: 'a', day: today, tokens: 3 }]);
      expect(await hours()).toEqual([]);
    });

    test('is neither lost nor counted twice while others sum up or write', async () => {
      for (let index = 0; index < many; index += 1)
        await count(fresh.db, today + (index % 24) * hour, 1, `client-${index}`);
      await fresh.race(12, (db, index) =>
        index % 2 === 0 ? sweep(db, today + day + weeks) : count(db, today + index * hour, 10, 'client-1'),
      );
      expect(await total()).toBe(many + 60);
      await sweep(fresh.db, today + day + weeks);
      expect(await hours()).toEqual([]);
      expect(await total()).toBe(many + 60);
    });

    test('stays as it was where summing it up is broken off', async () => {
      await count(fresh.db, today, 3);
      await fresh.db.schema.alterTable('usage_days').dropColumn('tokens').execute();
      await expect(sweep(fresh.db, today + day + weeks)).rejects.toThrow(/tokens/);
      expect(await hours()).toEqual([{ hour: today, tokens: 3 }]);
    });
  });
}
