// What tells one engine from another. Everything else of the store is the same SQL on all of them.

import { type AliasedRawBuilder, type Kysely, PostgresAdapter, type SelectQueryBuilder, sql } from 'kysely';
import type { Schema } from './schema.ts';

/** The connections of this process: open, idle among them, and how many wait for one. */
interface PoolFigures {
  readonly totalCount: number;
  readonly idleCount: number;
  readonly waitingCount: number;
}

interface Driver {
  readonly pool: PoolFigures;
  /** Of the last `ms` milliseconds those in which the database was known to be gone. */
  awayWithin(ms: number): number;
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

  awayWithin(ms: number): number {
    return this.#driver.awayWithin(ms);
  }
}

/** Undefined on SQLite. */
export function postgresOf<Tables>(db: Kysely<Tables>): PostgresEngine | undefined {
  const { adapter } = db.getExecutor();
  return adapter instanceof PostgresEngine ? adapter : undefined;
}

type ColumnType = 'text' | 'bigint';

/** Values as a table `wanted`, of these columns. However many there are, the statement stays the same. */
export function wantedTable<Item extends { readonly id: string }>(
  db: Kysely<Schema>,
  items: readonly Item[],
  columns: { readonly [Name in keyof Item & string]: ColumnType },
): AliasedRawBuilder<Item, 'wanted'> {
  const names = Object.entries<ColumnType>(columns);
  if (postgresOf(db) === undefined) {
    const read = names.map(([name]) => sql`value ->> ${sql.lit(name)} as ${sql.ref(name)}`);
    return sql<Item>`(select ${sql.join(read)} from json_each(${JSON.stringify(items)}))`.as('wanted');
  }
  // In one order everywhere: two processes that take the same rows do not wait for each other in a circle.
  const ordered = items.toSorted((one, other) => (one.id < other.id ? -1 : 1));
  const lists = names.map(([name, type]) => {
    const values = ordered.map((item) => item[name as keyof Item]);
    return sql`cast(${values} as ${sql.raw(type)}[])`;
  });
  const alias = sql`wanted(${sql.join(names.map(([name]) => sql.ref(name)))})`;
  return sql<Item>`unnest(${sql.join(lists)})`.as<'wanted'>(alias);
}

/** Keeps others from changing or deleting the rows that are read, until the transaction ends. On SQLite nobody else writes meanwhile. */
export function kept<Table extends keyof Schema, Row>(
  db: Kysely<Schema>,
  query: SelectQueryBuilder<Schema, Table, Row>,
): SelectQueryBuilder<Schema, Table, Row> {
  return postgresOf(db) === undefined ? query : query.forShare();
}
