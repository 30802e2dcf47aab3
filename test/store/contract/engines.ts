// The database engines that the contract is held against. To add one is a line in the table at the end.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Kysely } from 'kysely';
import { inject } from 'vitest';
import { openPostgres } from '../../../packages/server/src/store/sql/postgres.ts';
import type { Schema } from '../../../packages/server/src/store/sql/schema.ts';
import { openSqlite } from '../../../packages/server/src/store/sql/sqlite.ts';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.ts';

/** One database, and as many connections to it as are asked for, each as another process would have it. */
export interface Engine {
  connect(): Kysely<Schema>;
  dispose(): Promise<void>;
}

/** `empty`: without any table; otherwise it may have all of them already. */
export type CreateEngine = (state?: 'empty') => Promise<Engine>;

/** `remove` takes the database away, when all connections are closed. */
function engineOf(open: () => Kysely<Schema>, remove: () => Promise<void>): Engine {
  const connections: Kysely<Schema>[] = [];
  return {
    connect() {
      const db = open();
      connections.push(db);
      return db;
    },
    async dispose() {
      await Promise.all(connections.map((db) => db.destroy()));
      await remove();
    },
  };
}

async function createSqlite(): Promise<Engine> {
  const folder = await mkdtemp(join(tmpdir(), 'tessera-store-'));
  return engineOf(
    () => openSqlite(join(folder, 'tessera.db')),
    () => rm(folder, { recursive: true }),
  );
}

interface KeptDatabase extends TestDatabase {
  readonly connections: Kysely<Schema>[];
  /** Its tables and their columns, as they were at first. */
  readonly shape: readonly Record<string, unknown>[];
}

/**
 * What tests have given back: emptied, and with its connections, it is the next one's. To make a database, and to connect
 * to it, takes longer than most of the tests.
 */
const idle: KeptDatabase[] = [];

export async function createPostgres(state?: 'empty'): Promise<Engine> {
  if (state === 'empty') {
    const { url, drop } = await createTestDatabase(state);
    return engineOf(() => openPostgres(url, inject('facts')), drop);
  }
  const kept = idle.pop() ?? (await createKept());
  let used = 0;
  return {
    connect() {
      const db = kept.connections[used] ?? openPostgres(kept.url, inject('facts'));
      kept.connections[used] = db;
      used += 1;
      return db;
    },
    async dispose() {
      if (await empty(kept)) idle.push(kept);
      else await drop(kept);
    },
  };
}

async function createKept(): Promise<KeptDatabase> {
  const database = await createTestDatabase();
  return { ...database, connections: [], shape: await shapeOf(database) };
}

const shapeOf = ({ query }: TestDatabase) =>
  query(`select relname as table, array_agg(attname::text order by attnum) as columns
    from pg_class join pg_attribute on attrelid = pg_class.oid and attnum > 0
    where relnamespace = 'public'::regnamespace and relkind = 'r' group by 1 order by 1`);

/** Makes it what it was when it was migrated. False where a test has changed its tables. */
async function empty(kept: KeptDatabase): Promise<boolean> {
  if (!isDeepStrictEqual(await shapeOf(kept), kept.shape)) return false;
  const filled = kept.shape.filter(({ table }) => table !== 'migrations' && table !== 'change_counter');
  const deletions = filled.map(({ table }, index) => `t${index} as (delete from ${table})`);
  // One statement, at whose end the foreign keys are checked.
  await kept.query(`with ${deletions.join(', ')} update change_counter set seq = 0`);
  return true;
}

async function drop({ connections, drop }: KeptDatabase): Promise<void> {
  await Promise.all(connections.map((db) => db.destroy()));
  await drop();
}

/** For afterAll. */
export const dropKept = async (): Promise<void> => {
  await Promise.all(idle.splice(0).map(drop));
};

export const engines: Readonly<Record<string, CreateEngine>> = {
  SQLite: createSqlite,
  PostgreSQL: createPostgres,
};
