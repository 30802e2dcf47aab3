// SQLite by node:sqlite under Kysely: one connection, write-ahead log, immediate transactions.

import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
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
import type { Schema } from './schema.ts';

/**
 * A deferred transaction that reads and then writes can fail half-way when another process writes; an immediate one
 * waits for its turn at the start.
 */
class ImmediateSqliteDriver extends SqliteDriver {
  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('begin immediate'));
  }
}

export function openSqlite(file: string): Kysely<Schema> {
  const database = new DatabaseSync(file, { timeout: 5000 });
  database.exec('pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on');
  return new Kysely<Schema>({
    dialect: {
      createAdapter: () => new SqliteAdapter(),
      createDriver: () => new ImmediateSqliteDriver({ database: adapt(database) }),
      createIntrospector: (db) => new SqliteIntrospector(db),
      createQueryCompiler: () => new SqliteQueryCompiler(),
    },
  });
}

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
