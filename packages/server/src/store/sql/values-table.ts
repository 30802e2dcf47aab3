// Many questions in one statement: their values, as a table to join with.

import { type AliasedRawBuilder, type Kysely, sql } from 'kysely';
import { postgresOf } from './engine.ts';
import type { Schema } from './schema.ts';

type ColumnType = 'text' | 'bigint';

/** Values as a table `input`, of these columns. However many there are, the statement stays the same. */
export function valuesTable<Item extends object>(
  db: Kysely<Schema>,
  items: readonly Item[],
  columns: { readonly [Name in keyof Item & string]: ColumnType },
): AliasedRawBuilder<Item, 'input'> {
  const names = Object.entries<ColumnType>(columns);
  if (postgresOf(db) === undefined) {
    const read = names.map(([name]) => sql`value ->> ${sql.lit(name)} as ${sql.ref(name)}`);
    return sql<Item>`(select ${sql.join(read)} from json_each(${JSON.stringify(items)}))`.as('input');
  }
  const lists = names.map(([name, type]) => {
    const values = items.map((item) => item[name as keyof Item]);
    return sql`cast(${values} as ${sql.raw(type)}[])`;
  });
  const alias = sql`input(${sql.join(names.map(([name]) => sql.ref(name)))})`;
  return sql<Item>`unnest(${sql.join(lists)})`.as<'input'>(alias);
}
