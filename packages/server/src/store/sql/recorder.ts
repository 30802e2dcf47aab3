// A database that is none: it speaks the SQL of another, notes what it is told, and does nothing.

import {
  type DatabaseConnection,
  DummyDriver,
  Kysely,
  PostgresQueryCompiler,
  SqliteQueryCompiler,
} from 'kysely';
import { postgresOf } from './engine.ts';
import type { Schema } from './schema.ts';

class RecordingDriver extends DummyDriver {
  readonly statements: string[] = [];

  override async acquireConnection(): Promise<DatabaseConnection> {
    const executeQuery: DatabaseConnection['executeQuery'] = async ({ sql, parameters }) => {
      if (parameters.length > 0) throw new Error(`not to be run by hand, it has parameters: ${sql}`);
      this.statements.push(sql);
      return { rows: [] };
    };
    return { ...(await super.acquireConnection()), executeQuery };
  }

  override async beginTransaction(): Promise<void> {
    this.statements.push('begin');
  }

  override async commitTransaction(): Promise<void> {
    this.statements.push('commit');
  }
}

/** Gives the statements that `work` makes, in the SQL of `db`; all of them without parameters. */
export async function record(
  db: Kysely<Schema>,
  work: (recording: Kysely<Schema>) => Promise<unknown>,
): Promise<string[]> {
  const driver = new RecordingDriver();
  const recording = new Kysely<Schema>({
    dialect: {
      createAdapter: () => db.getExecutor().adapter,
      createDriver: () => driver,
      createIntrospector: () => db.introspection,
      createQueryCompiler: () =>
        postgresOf(db) === undefined ? new SqliteQueryCompiler() : new PostgresQueryCompiler(),
    },
  });
  await work(recording);
  return driver.statements;
}
