// Rows in bulk by one statement: a row for each number of a series, its columns written as SQL over that number.

import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { Schema } from '../../../packages/server/src/store/sql/schema.ts';

export type Db = Kysely<Schema>;

/** By name: a value, or SQL in which `n` is the number of the row. */
export type Columns = Readonly<Record<string, string | number | null | RawBuilder<unknown>>>;

/** SQL for `prefix`, the number with leading zeros, and `suffix`. */
export const numbered = (prefix: string, digits: number, suffix = '') =>
  sql<string>`${sql.lit(prefix)} || substr(cast(${sql.lit(10 ** digits)} + n as text), 2) || ${sql.lit(suffix)}`;

/** Adds a row for each number from one to another; rows that exist stay as they are. */
export async function addSeries(db: Db, table: keyof Schema, from: number, to: number, columns: Columns) {
  const values = Object.values(columns).map((value) =>
    value === null || typeof value !== 'object' ? sql.lit(value) : value,
  );
  await sql`
    with recursive series (n) as (
      select cast(${sql.lit(from)} as bigint) union all select n + 1 from series where n < ${sql.lit(to)}
    )
    insert into ${sql.table(table)} (${sql.join(Object.keys(columns).map((name) => sql.ref(name)))})
    select ${sql.join(values)} from series where true on conflict do nothing`.execute(db);
}
