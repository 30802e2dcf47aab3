// The database that the configuration names, opened: SQLite in the data folder, or PostgreSQL.

import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Kysely } from 'kysely';
import type { LoadedConfig } from '../config/load.ts';
import { UsageError } from '../model.ts';
import { type MigrationPlan, migrate, planMigration } from '../store/migrate.ts';
import type { Schema } from '../store/sql/schema.ts';
import { openSqlite } from '../store/sql/sqlite.ts';

export interface Database {
  /** For messages and the log; without a password. */
  readonly name: string;
  /** What an operator should know of it. */
  readonly remark?: string;
  readonly db: Kysely<Schema>;
  /** For reads that must not wait for any writer. */
  readonly reads: Kysely<Schema>;
  /** Brings it up to date; returns the names of what it applied. */
  migrate(now: number): Promise<string[]>;
  /** Calls `wake` as soon as something may have changed, where the engine tells; returns how to stop. */
  listen(wake: () => void): () => Promise<void>;
  close(): Promise<void>;
}

export const openDatabase = (config: LoadedConfig): Promise<Database> =>
  config.database === undefined ? openFile(config.data) : openServer(config.database);

/** What `migrate` would do. Changes nothing, and makes no file. */
export const planDatabase = (config: LoadedConfig, now: number): Promise<MigrationPlan> =>
  config.database === undefined ? planFile(config.data, now) : planServer(config.database, now);

/** Makes the data folder where it does not exist, readable by its owner only. */
export const makeFolder = (folder: string): Promise<void> =>
  usable(folder, async () => void (await mkdir(folder, { recursive: true, mode: 0o700 })));

async function openFile(folder: string): Promise<Database> {
  await makeFolder(folder);
  const file = join(folder, 'tessera.db');
  const [db, reads] = await usable(folder, async () => [openSqlite(file), openSqlite(file, 'read')] as const);
  return {
    name: folder,
    db,
    reads,
    migrate: (now) => migrate(db, now),
    listen: () => async () => {},
    close: async () => void (await Promise.all([db.destroy(), reads.destroy()])),
  };
}

function planFile(folder: string, now: number): Promise<MigrationPlan> {
  const file = join(folder, 'tessera.db');
  // Not as a reader: one that is alone leaves files of its own behind.
  return usable(folder, () =>
    closing(openSqlite(existsSync(file) ? file : ':memory:'), (db) => planMigration(db, now)),
  );
}

async function planServer(url: string, now: number): Promise<MigrationPlan> {
  const { examinePostgres, openPostgres } = await import('../store/sql/postgres.ts');
  return closing(openPostgres(url, await examinePostgres(url)), (db) => planMigration(db, now));
}

const closing = <T>(db: Kysely<Schema>, work: (db: Kysely<Schema>) => Promise<T>): Promise<T> =>
  work(db).finally(() => db.destroy());

async function usable<T>(folder: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UsageError(`data: got "${folder}", which cannot be used (${reason})`);
  }
}

async function openServer(url: string): Promise<Database> {
  // Code that a server on SQLite never needs.
  const { examinePostgres, listenToPostgres, openPostgres, placeOf } = await import(
    '../store/sql/postgres.ts'
  );
  const facts = await examinePostgres(url);
  const db = openPostgres(url, facts);
  const remark = facts.pooled
    ? 'behind a connection pooler: statements are not prepared, and changes are found by looking five times a second'
    : 'without NOTIFY: changes are found by looking five times a second';
  const told = facts.notifies && !facts.pooled;
  return {
    name: placeOf(url),
    ...(!told && { remark }),
    // A reader waits for no writer there.
    db,
    reads: db,
    migrate: (now) =>
      closing(openPostgres(url, { ...facts, patient: true }), (patient) => migrate(patient, now)),
    listen: (wake) => (told ? listenToPostgres(url, wake) : async () => {}),
    close: () => db.destroy(),
  };
}
