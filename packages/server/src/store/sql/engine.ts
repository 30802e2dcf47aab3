// What tells one engine from another. Everything else of the store is the same SQL on all of them.

import { type Kysely, PostgresAdapter, type SelectQueryBuilder, sql } from 'kysely';
import type { Schema } from './schema.ts';

/** The connections of this process: open, idle among them, and how many wait for one. */
interface PoolFigures {
  readonly totalCount: number;
  readonly idleCount: number;
  readonly waitingCount: number;
}

interface Driver {
  readonly pool: PoolFigures;
  /** For how many of the last `ms` milliseconds the database was known to be unavailable. */
  unavailableWithin(ms: number): number;
}

export class PostgresEngine extends PostgresAdapter {
  /** Whether it has LISTEN and NOTIFY, as some databases that speak PostgreSQL's protocol do not. */
  readonly notifies: boolean;
  readonly #driver: Driver;

  constructor(notifies: boolean, driver: Driver) {
    super();
    this.notifies = notifies;
    this.#driver = driver;
  }

  get pool(): PoolFigures {
    return this.#driver.pool;
  }

  unavailableWithin(ms: number): number {
    return this.#driver.unavailableWithin(ms);
  }
}

/** Undefined on SQLite. */
export function postgresOf<Tables>(db: Kysely<Tables>): PostgresEngine | undefined {
  const { adapter } = db.getExecutor();
  return adapter instanceof PostgresEngine ? adapter : undefined;
}

/** Keeps others from changing or deleting the rows that are read, until the transaction ends. On SQLite nobody else writes meanwhile. */
export function lockForShare<Table extends keyof Schema, Row>(
  db: Kysely<Schema>,
  query: SelectQueryBuilder<Schema, Table, Row>,
): SelectQueryBuilder<Schema, Table, Row> {
  return postgresOf(db) === undefined ? query : query.forShare();
}

/** Lets one transaction after the other read and change a row. On SQLite they take turns anyway. */
export function lockForUpdate<Table extends keyof Schema, Row>(
  db: Kysely<Schema>,
  query: SelectQueryBuilder<Schema, Table, Row>,
): SelectQueryBuilder<Schema, Table, Row> {
  return postgresOf(db) === undefined ? query : query.forUpdate();
}

/**
 * Lets one transaction after the other make a user or a client of this id, so that each sees what the other has made. On
 * SQLite they take turns anyway.
 */
export async function holdSubject(transaction: Kysely<Schema>, id: string): Promise<void> {
  if (postgresOf(transaction) === undefined) return;
  await sql`select pg_advisory_xact_lock(${sql.lit(subjects)}, hashtext(${id}))`.execute(transaction);
}

/** The first half of the lock's number: arbitrary, and the same in every release. */
const subjects = 7_355_372;

/** Where PostgreSQL tells those who listen that there are changes. */
export const changesChannel = 'tessera_changes';
