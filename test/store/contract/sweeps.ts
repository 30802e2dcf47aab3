// What every database engine must do for a sweep: what has expired is deleted in batches, and nothing that is alive.

import { CompiledQuery, type Kysely, type RootOperationNode, sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import { postgresOf } from '../../../packages/server/src/store/sql/engine.ts';
import type { Schema } from '../../../packages/server/src/store/sql/schema.ts';
import { clockStep, sweep } from '../../../packages/server/src/store/sweeps.ts';
import { noteChange } from '../../../packages/server/src/store/tables/changes.ts';
import { addSecret } from '../../../packages/server/src/store/tables/client-secrets.ts';
import { createSession } from '../../../packages/server/src/store/tables/sessions.ts';
import { useOnce } from '../../../packages/server/src/store/tables/used-once.ts';
import { addApp, addGrant, addUser, freshDatabase, hour, sessionOf, start } from '../../support/accounts.ts';
import type { CreateEngine } from './engines.ts';

type Db = Kysely<Schema>;

const day = 24 * hour;
/** More than a batch, and more than two. */
const many = 501;

export function sweepsContract(name: string, createEngine: CreateEngine): void {
  describe(name, () => {
    const fresh = freshDatabase(createEngine);

    /** A row in every table whose rows come to an end, which is at `end`. */
    async function addEnding(id: string, end: number): Promise<void> {
      const { db } = fresh;
      await db.insertInto('revoked_tokens').values({ issuer: 'one', jti: id, expires_at: end }).execute();
      await addGrant(db, id, 'ann', 'app', { expires_at: end });
      await createSession(db, sessionOf('ann', id, { expires_at: end }), start);
      await useOnce(db, 'ticket', id, end);
      await db
        .insertInto('attempts')
        .values({ key: id, failures: 1, busy_until: end, expires_at: end })
        .execute();
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
      attempts: await ids('attempts', 'key'),
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
      const at = { sessions: both, attempts: both };
      const short = { revoked_tokens: both, grants: both, used_once: both, ...at };
      await sweep(fresh.db, start + 999);
      expect(await left()).toEqual({ ...short, ...long });
      await sweep(fresh.db, start + 1000);
      expect(await left()).toEqual({ ...short, sessions: ['b'], attempts: ['b'], ...long });
      await sweep(fresh.db, start + 999 + clockStep);
      expect(await left()).toEqual({ ...short, sessions: [], attempts: [], ...long });
      await sweep(fresh.db, start + 1000 + clockStep);
      const second = { revoked_tokens: ['b'], grants: ['b'], sessions: [], used_once: ['b'], attempts: [] };
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
      expect(statements).toHaveLength(12);
      for (const statement of statements) {
        const plan = await explain(fresh.db, statement);
        expect(plan, plan).toMatch(/index/i);
        expect(plan, plan).not.toMatch(/\bscan \w+$|seq scan|sort|b-tree/im);
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
