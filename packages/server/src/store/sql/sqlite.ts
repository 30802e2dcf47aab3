// SQLite by node:sqlite under Kysely: one connection, write-ahead log, immediate transactions.

import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { setTimeout } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import {
  CompiledQuery,
  type DatabaseConnection,
  Kysely,
  SqliteAdapter,
  type SqliteDatabase,
  SqliteDriver,
  SqliteIntrospector,
  SqliteQueryCompiler,
  type SqliteStatement,
} from 'kysely';
import { LRUCache } from 'lru-cache';
import { unavailable } from './availability.ts';
import type { Schema } from './schema.ts';

/** How long a writer waits for its turn while other processes write. */
const longestWaitMs = 5000;

/**
 * SQLite lets one process write at a time. Its own way of waiting would hold up the event loop, and with it every
 * request that needs no database at all; here a statement that finds the database busy is tried again instead.
 */
class PatientSqliteDriver extends SqliteDriver {
  override async acquireConnection(): Promise<DatabaseConnection> {
    const connection = await super.acquireConnection();
    return {
      executeQuery: (query) => whenFree(() => connection.executeQuery(query)),
      streamQuery: (query, chunkSize) => connection.streamQuery(query, chunkSize),
    };
  }

  /** SQLite has rolled back by itself where the disk is full: then that is the error to report, and not this one. */
  override async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    await super.rollbackTransaction(connection).catch(() => undefined);
  }

  /** A deferred transaction that reads and then writes could find the database changed half-way: this one cannot. */
  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('begin immediate'));
  }
}

async function whenFree<T>(work: () => Promise<T>): Promise<T> {
  for (let waited = 0; ; ) {
    try {
      return await work();
    } catch (error) {
      if (!isBusy(error)) throw judged(error);
      if (waited > longestWaitMs) throw unavailable('database_busy', error);
      // Others write for about a millisecond, so the pauses grow only after a longer wait.
      const pause = 1 + Math.random() * Math.min(10, waited);
      waited += pause;
      await setTimeout(pause);
    }
  }
}

/** The primary result code, without what extends it. */
const codeOf = (error: unknown): number =>
  error instanceof Error && 'errcode' in error ? Number(error.errcode) & 0xff : 0;

/** SQLITE_BUSY. */
const isBusy = (error: unknown): boolean => codeOf(error) === 5;

/** SQLITE_READONLY, IOERR, CORRUPT, FULL, CANTOPEN, NOTADB: the disk or the file, and nothing that was asked. */
const ofTheFile = new Set([8, 10, 11, 13, 14, 26]);

const judged = (error: unknown): unknown =>
  ofTheFile.has(codeOf(error)) ? unavailable('database_unavailable', error) : error;

/**
 * `create`: reads and writes, and makes the file where there is none. `existing`: reads and writes a file that is there;
 * to open it changes nothing. `read`: never waits for a writer, so what must be fresh within a second is read there,
 * however long another process holds the lock.
 */
export type SqliteAccess = 'create' | 'existing' | 'read';

const forWriting = 'pragma synchronous = full; pragma foreign_keys = on';

const pragmas: Readonly<Record<SqliteAccess, string>> = {
  create: `pragma journal_mode = wal; ${forWriting}`,
  // Reads the head of the file, so that a file that is no database is refused here and not by the first statement.
  existing: `pragma schema_version; ${forWriting}`,
  read: '',
};

export function openSqlite(file: string, access: SqliteAccess = 'create'): Kysely<Schema> {
  const location = access === 'existing' ? existingFile(file) : file;
  const database = new DatabaseSync(location, { timeout: 5000, readOnly: access === 'read' });
  database.exec(pragmas[access]);
  database.exec('pragma busy_timeout = 0');
  return new Kysely<Schema>({
    dialect: {
      createAdapter: () => new SqliteAdapter(),
      createDriver: () => new PatientSqliteDriver({ database: adapt(database) }),
      createIntrospector: (db) => new SqliteIntrospector(db),
      createQueryCompiler: () => new SqliteQueryCompiler(),
    },
  });
}

/** SQLite makes a file that is missing, unless a URI says otherwise. */
const existingFile = (file: string): URL => Object.assign(pathToFileURL(file), { search: '?mode=rw' });

/** Shows node:sqlite as the interface that Kysely knows, with prepared statements kept. */
function adapt(database: DatabaseSync): SqliteDatabase {
  const statements = new LRUCache<string, SqliteStatement>({ max: 256 });
  return {
    close: () => database.close(),
    prepare(sql) {
      const known = statements.get(sql);
      if (known !== undefined) return known;
      const statement = database.prepare(sql);
      const adapted: SqliteStatement = {
        reader: statement.columns().length > 0,
        all: (parameters) => statement.all(...bindings(parameters)),
        run: (parameters) => statement.run(...bindings(parameters)),
        iterate: (parameters) => statement.iterate(...bindings(parameters)),
      };
      statements.set(sql, adapted);
      return adapted;
    },
  };
}

const bindings = (parameters: readonly unknown[]) => parameters as SQLInputValue[];
