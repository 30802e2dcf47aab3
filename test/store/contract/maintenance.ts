// What every database engine must do for maintenance: one process at a time, and nothing that stays for ever.

import { CompiledQuery, type Kysely, type RootOperationNode, sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import { postgresOf } from '../../../packages/server/src/store/sql/engine.ts';
import type { Schema } from '../../../packages/server/src/store/sql/schema.ts';
import { clockStep, sweep } from '../../../packages/server/src/store/sweeps.ts';
import { noteChange } from '../../../packages/server/src/store/tables/changes.ts';
import { addSecret } from '../../../packages/server/src/store/tables/client-secrets.ts';
import { rememberConsent } from '../../../packages/server/src/store/tables/consents.ts';
import { releaseLease, takeLease } from '../../../packages/server/src/store/tables/leases.ts';
import { createSession } from '../../../packages/server/src/store/tables/sessions.ts';
import { UsageBook } from '../../../packages/server/src/store/tables/usage.ts';
import { useOnce } from '../../../packages/server/src/store/tables/used-once.ts';
import { deleteUser } from '../../../packages/server/src/store/tables/users.ts';
import {
  addApp,
  addGrant,
  addUser,
  freshDatabase,
  hour,
  sessionOf,
  start,
  won,
} from '../../support/accounts.ts';
import type { CreateEngine } from './store.ts';

type Db = Kysely<Schema>;

const day = 24 * hour;
const today = Math.floor(start / day) * day;
/** More than a batch, and more than two. */
const many = 501;

export function maintenanceContract(name: string, createEngine: CreateEngine): void {
  describe(name, () => {
    const fresh = freshDatabase(createEngine);

    describe('a lease', () => {
      const take = (db: Db, holder: string, now: number) => takeLease(db, 'work', holder, now, now + hour);
      const race = (now: number, prefix: string) =>
        fresh.race(50, (db, index) => take(db, `${prefix}-${index}`, now));

      test('of 50 that take it at once, one has it, and alone renews it', async () => {
        const results = await race(start, 'a');
        expect(won(results)).toBe(1);
        const holder = `a-${results.indexOf(true)}`;
        expect(await take(fresh.db, holder, start + 1)).toBe(true);
        expect(won(await race(start + hour, 'b'))).toBe(0);
        expect(await takeLease(fresh.db, 'other work', 'b', start, start + hour)).toBe(true);
      });

      test('that is over goes to one of 50, and not back to who had it', async () => {
        await take(fresh.db, 'late', start);
        expect(won(await race(start + hour - 1, 'a'))).toBe(0);
        expect(won(await race(start + hour, 'a'))).toBe(1);
        expect(await take(fresh.db, 'late', start + hour)).toBe(false);
      });

      test('of a clock that was ahead by more than a lease lasts is not waited for', async () => {
        await take(fresh.db, 'ahead', start + 2 * hour + 1);
        expect(await take(fresh.db, 'b', start)).toBe(true);
        expect(await take(fresh.db, 'c', start)).toBe(false);
      });

      test('that is given back is free at once; nobody gives back what is another’s', async () => {
        await take(fresh.db, 'a', start);
        await releaseLease(fresh.db, 'work', 'b');
        expect(await take(fresh.db, 'b', start)).toBe(false);
        await releaseLease(fresh.db, 'work', 'a');
        expect(await take(fresh.db, 'b', start)).toBe(true);
      });
    });

    describe('a sweep', () => {
      /** A row in every table whose rows come to an end, which is at `end`. */
      async function addEnding(id: string, end: number): Promise<void> {
        const { db } = fresh;
        await db.insertInto('revoked_tokens').values({ issuer: 'one', jti: id, expires_at: end }).execute();
        await addGrant(db, id, 'ann', 'app', { expires_at: end });
        await createSession(db, sessionOf('ann', id, { expires_at: end }), start);
        await useOnce(db, 'ticket', id, end);
        const secret = { kind: 'keyed', hash: 'hash' } as const;
        await addSecret(
          db,
          'one',
          'app',
          { id: `expired ${id}`, ...secret, expires_at: end, revoked_at: null },
          end,
        );
        await addSecret(
          db,
          'one',
          'app',
          { id: `revoked ${id}`, ...secret, expires_at: null, revoked_at: end },
          end,
        );
        await db
          .insertInto('usage_days')
          .values({ issuer: 'one', client_id: id, day: end, tokens: 1 })
          .execute();
      }
      const left = async () => ({
        revoked_tokens: await ids('revoked_tokens', 'jti'),
        grants: await ids('grants', 'id'),
        sessions: await ids('sessions', 'hash'),
        used_once: await ids('used_once', 'id'),
        client_secrets: await ids('client_secrets', 'id'),
        usage_days: await ids('usage_days', 'client_id'),
      });
      const ids = async (table: keyof Schema, column: string): Promise<unknown[]> => {
        const { rows } = await sql<{
          id: string;
        }>`select ${sql.ref(column)} as id from ${sql.table(table)} order by 1`.execute(fresh.db);
        return rows.map(({ id }) => id);
      };
      const addAll = async () => {
        await addUser(fresh.db, 'ann');
        await addApp(fresh.db, 'app');
      };
      const addDead = async (count: number) => {
        await addAll();
        await fresh.db.transaction().execute(async (transaction) => {
          for (let index = 0; index < count; index += 1)
            await addGrant(transaction, `dead-${index}`, 'ann', 'app', { expires_at: start - clockStep });
        });
      };

      test('deletes what is over, at its moment or two hours later, and nothing before', async () => {
        await addAll();
        await addEnding('a', start + 1000);
        await addEnding('b', start + 2000);
        const both = ['a', 'b'];
        const long = {
          client_secrets: ['expired a', 'expired b', 'revoked a', 'revoked b'],
          usage_days: both,
        };
        const short = { revoked_tokens: both, grants: both, sessions: both, used_once: both };
        await sweep(fresh.db, start + 999);
        expect(await left()).toEqual({ ...short, ...long });
        await sweep(fresh.db, start + 1000);
        expect(await left()).toEqual({ ...short, sessions: ['b'], ...long });
        await sweep(fresh.db, start + 999 + clockStep);
        expect(await left()).toEqual({ ...short, sessions: [], ...long });
        await sweep(fresh.db, start + 1000 + clockStep);
        const second = { revoked_tokens: ['b'], grants: ['b'], sessions: [], used_once: ['b'] };
        expect(await left()).toEqual({ ...second, ...long });
        await sweep(fresh.db, start + 1000 + 400 * day);
        expect(await left()).toMatchObject({
          client_secrets: ['expired b', 'revoked b'],
          usage_days: ['b'],
        });
      });

      test('forgets changes after an hour, the newest apart', async () => {
        for (const at of [start, start + 1, start + 2]) await noteChange(fresh.db, 'token', 'one', 'x', at);
        await sweep(fresh.db, start + hour - 1);
        expect(await ids('changes', 'seq')).toEqual([1, 2, 3]);
        await sweep(fresh.db, start + hour);
        expect(await ids('changes', 'seq')).toEqual([2, 3]);
        await sweep(fresh.db, start + 2 * hour);
        expect(await ids('changes', 'seq')).toEqual([3]);
      });

      test('takes many rows in batches, stops when it is told, and goes on the next time', async () => {
        await addDead(many);
        let asked = 0;
        // The grants are second in turn.
        await sweep(fresh.db, start, () => {
          asked += 1;
          return asked <= 2;
        });
        const before = (await ids('grants', 'id')).length;
        expect(before).toBeGreaterThan(0);
        expect(before).toBeLessThan(many);
        await fresh.race(2, (db) => sweep(db, start));
        await sweep(fresh.db, start);
        expect(await ids('grants', 'id')).toEqual([]);
      });

      test('lets others write between its batches', async () => {
        await addDead(10 * many);
        const other = fresh.engine.connect();
        let writing: Promise<unknown> | undefined;
        let written = false;
        let afterwards = 0;
        await sweep(fresh.db, start, () => {
          writing ??= useOnce(other, 'ticket', 'x', start + hour).then(() => {
            written = true;
          });
          if (written) afterwards += 1;
          return true;
        });
        await writing;
        expect(afterwards).toBeGreaterThan(0);
      });

      test('finds its rows by an index, whatever the table', async () => {
        const statements = await recorded(fresh.db, (db) => sweep(db, start));
        expect(statements).toHaveLength(11);
        for (const statement of statements) {
          const plan = await explain(fresh.db, statement);
          expect(plan, plan).toMatch(/index/i);
          expect(plan, plan).not.toMatch(/\bscan \w+$|seq scan|sort|b-tree/im);
        }
      });
    });

    describe('usage', () => {
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

      test('is neither lost nor counted twice, whoever sums up or writes at the same moment', async () => {
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

    test('no consent is left of a user who is deleted while allowing something', async () => {
      await addApp(fresh.db, 'app');
      for (let round = 0; round < 10; round += 1) {
        await addUser(fresh.db, 'ann');
        await fresh.race(10, (db, index) =>
          index === 5
            ? deleteUser(db, 'ann', start)
            : rememberConsent(db, 'ann', 'one', 'app', ['read'], start),
        );
        expect(await fresh.db.selectFrom('consents').selectAll().execute()).toEqual([]);
      }
    });
  });
}

/** What `work` asks of the database: its deletions. */
async function recorded(db: Db, work: (db: Db) => Promise<void>): Promise<CompiledQuery[]> {
  const nodes: RootOperationNode[] = [];
  const recorder = db.withPlugin({
    transformQuery: ({ node }) => {
      nodes.push(node);
      return node;
    },
    transformResult: async ({ result }) => result,
  });
  await work(recorder);
  return nodes.map((node) => db.getExecutor().compileQuery(node, { queryId: 'recorded' }));
}

/** How the engine would go about it with many rows. */
async function explain(db: Db, statement: CompiledQuery): Promise<string> {
  const postgres = postgresOf(db) !== undefined;
  const explained = CompiledQuery.raw(`explain ${postgres ? '' : 'query plan '}${statement.sql}`, [
    ...statement.parameters,
  ]);
  return db.transaction().execute(async (transaction) => {
    if (postgres)
      await sql`set local enable_seqscan = off; set local enable_bitmapscan = off`.execute(transaction);
    const { rows } = await transaction.executeQuery<Record<string, string>>(explained);
    return rows.map((row) => row.detail ?? row['QUERY PLAN']).join('\n');
  });
}
