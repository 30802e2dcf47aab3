// Pages of a list by keyset: what comes after the last row that was read, found by an index. Rows that are added or
// deleted in between neither repeat nor hide any other.

import { type SelectQueryBuilder, sql } from 'kysely';
import type { Schema } from './schema.ts';

/** The values by which a list is sorted, of one row. */
export type SortKey = readonly (string | number)[];

export interface PageRequest {
  /** How many rows at most. */
  readonly limit: number;
  /** The key of the last row of the page before; undefined: from the beginning. */
  readonly after?: SortKey | undefined;
}

export interface PageOfRows<Row> {
  readonly rows: readonly Row[];
  /** The key of the last row here; undefined where it is the last of all. */
  readonly next: SortKey | undefined;
}

interface Sorting<Row> {
  /** Together they tell any two rows apart. */
  readonly columns: readonly string[];
  readonly direction?: 'asc' | 'desc';
  readonly keyOf: (row: Row) => SortKey;
}

/** Sorts `query` and reads one page of it. */
export async function readPage<Tables extends keyof Schema, Row>(
  query: SelectQueryBuilder<Schema, Tables, Row>,
  { columns, direction = 'asc', keyOf }: Sorting<Row>,
  { limit, after }: PageRequest,
): Promise<PageOfRows<Row>> {
  const refs = columns.map((column) => sql.ref(column));
  const sorted = refs.reduce((sorting, ref) => sorting.orderBy(ref, direction), query).limit(limit + 1);
  const beyond = sql.raw(direction === 'asc' ? '>' : '<');
  const rest =
    after === undefined
      ? sorted
      : sorted.where(sql<boolean>`(${sql.join(refs)}) ${beyond} (${sql.join(after)})`);
  return cut(await rest.execute(), limit, keyOf);
}

/** A page from `limit + 1` rows: the one too many tells that there is another page. */
export function cut<Row>(rows: readonly Row[], limit: number, keyOf: (row: Row) => SortKey): PageOfRows<Row> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return { rows: shown, next: rows.length > limit && last !== undefined ? keyOf(last) : undefined };
}
