// The database that the configuration names, SQLite in the data folder or PostgreSQL: made where it does not exist, or
// only connected to.

import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Kysely } from 'kysely';
import type { LoadedConfig } from '../config/load.ts';
import { UsageError } from '../model.ts';
import { type MigrationPlan, migrate, planMigration } from '../store/migrate.ts';
import type { Schema } from '../store/sql/schema.ts';
import { openSqlite, type SqliteAccess } from '../store/sql/sqlite.ts';
import { makeFolder, usable } from './folder.ts';

export interface Database {
  /** For messages and the log; without a password. */
  readonly name: string;
  /** What an operator should know about it. */
  readonly remark?: string;
  readonly db: Kysely<Schema>;
  /** For reads that must not wait for any writer. */
  readonly reads: Kysely<Schema>;
  /** Brings it up to date; gives the names of the migrations that it applied. */
  migrate(now: number): Promise<readonly string[]>;
  /** Calls `wake` as soon as something may have changed, where the engine tells; returns how to stop. */
  listen(wake: () => void): () => Promise<void>;
  close(): Promise<void>;
}

/** Makes the data folder and the file where SQLite has none yet. Their tables are made by `migrate`. */
export async function openDatabase(config: LoadedConfig): Promise<Database> {
  if (config.database !== undefined) return openPostgresDatabase(config.database);
  await makeFolder(config.data);
  return openSqliteDatabase(config.data, 'create');
}

/** Makes nothing; a UsageError says where there is no database. */
export async function connectDatabase(config: LoadedConfig): Promise<Database> {
  if (config.database !== undefined) return openPostgresDatabase(config.database);
  if (!(await hasFile(config.data))) throw noDeployment(`there is no ${fileIn(config.data)}`, config);
  return openSqliteDatabase(config.data, 'existing');
}

/** What `migrate` would do. Changes nothing, and makes no file. */
export async function planDatabase(config: LoadedConfig, now: number): Promise<MigrationPlan> {
  const plan = (db: Kysely<Schema>) => planMigration(db, now);
  if (config.database !== undefined) {
    const { examinePostgres, openPostgres } = await import('../store/sql/postgres.ts');
    return closing(openPostgres(config.database, await examinePostgres(config.database)), plan);
  }
  const exists = await hasFile(config.data);
  return usable(config.data, () =>
    closing(exists ? openSqlite(fileIn(config.data), 'existing') : openSqlite(':memory:'), plan),
  );
}

/** One line that says what was not found, where the place comes from, and what makes it. */
export const noDeployment = (finding: string, { source }: LoadedConfig): UsageError =>
  new UsageError(
    `no deployment: ${finding} (configured by ${source}); make one with tessera start or tessera quickstart`,
  );

const fileIn = (folder: string): string => join(folder, 'tessera.db');

/** A folder that this user may not look into is no missing file: it is a UsageError that says so. */
const hasFile = (folder: string): Promise<boolean> =>
  usable(folder, async () => {
    try {
      return (await stat(fileIn(folder))) !== undefined;
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined;
      if (code === 'ENOENT' || code === 'ENOTDIR') return false;
      throw error;
    }
  });

async function openSqliteDatabase(folder: string, access: SqliteAccess): Promise<Database> {
  const file = fileIn(folder);
  const [db, reads] = await usable(
    folder,
    async () => [openSqlite(file, access), openSqlite(file, 'read')] as const,
  );
  return {
    name: folder,
    db,
    reads,
    migrate: (now) => migrate(db, now),
    listen: () => async () => {},
    // The writer last: a connection that only reads would leave the files of the write-ahead log behind.
    close: () => reads.destroy().finally(() => db.destroy()),
  };
}

const closing = <T>(db: Kysely<Schema>, work: (db: Kysely<Schema>) => Promise<T>): Promise<T> =>
  work(db).finally(() => db.destroy());

async function openPostgresDatabase(url: string): Promise<Database> {
  // Code that a server on SQLite never needs.
  const { examinePostgres, listenToPostgres, openPostgres, placeOf } = await import(
    '../store/sql/postgres.ts'
  );
  const facts = await examinePostgres(url);
  const db = openPostgres(url, facts);
  const remark = facts.pooled
    ? 'behind a connection pooler: statements are not prepared, and changes are found by looking five times a second'
    : 'without NOTIFY: changes are found by looking five times a second';
  const notified = facts.notifies && !facts.pooled;
  return {
    name: placeOf(url),
    ...(!notified && { remark }),
    // A reader waits for no writer there.
    db,
    reads: db,
    migrate: (now) =>
      closing(openPostgres(url, { ...facts, patient: true }), (patient) => migrate(patient, now)),
    listen: (wake) => (notified ? listenToPostgres(url, wake) : async () => {}),
    close: () => db.destroy(),
  };
}
