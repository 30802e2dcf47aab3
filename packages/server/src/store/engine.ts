// What tells one engine from another. Everything else of the store is the same SQL on all of them.

import { type Kysely, PostgresAdapter, type SelectQueryBuilder } from 'kysely';
import type { Schema } from './schema.ts';

export class PostgresEngine extends PostgresAdapter {
  /** Whether it has LISTEN and NOTIFY, as some databases that speak PostgreSQL's protocol do not. */
  readonly notifies: boolean;

  constructor(notifies: boolean) {
    super();
    this.notifies = notifies;
  }
}

/** Undefined on SQLite. */
export function postgresOf<Tables>(db: Kysely<Tables>): PostgresEngine | undefined {
  const { adapter } = db.getExecutor();
  return adapter instanceof PostgresEngine ? adapter : undefined;
}

/** Keeps others from changing or deleting the rows that are read, until the transaction ends. On SQLite nobody else writes meanwhile. */
export function kept<Table extends keyof Schema, Row>(
  db: Kysely<Schema>,
  query: SelectQueryBuilder<Schema, Table, Row>,
): SelectQueryBuilder<Schema, Table, Row> {
  return postgresOf(db) === undefined ? query : query.forShare();
}
