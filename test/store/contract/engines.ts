// The database engines that the contract is held against. To add one is a line in the table at the end.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Kysely } from 'kysely';
import { inject } from 'vitest';
import { openPostgres } from '../../../packages/server/src/store/sql/postgres.ts';
import type { Schema } from '../../../packages/server/src/store/sql/schema.ts';
import { openSqlite } from '../../../packages/server/src/store/sql/sqlite.ts';
import { createTestDatabase } from '../../support/postgres.ts';

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

export async function createPostgres(state?: 'empty'): Promise<Engine> {
  const { url, drop } = await createTestDatabase(state);
  return engineOf(() => openPostgres(url, inject('facts')), drop);
}

export const engines: Readonly<Record<string, CreateEngine>> = {
  SQLite: createSqlite,
  PostgreSQL: createPostgres,
};
