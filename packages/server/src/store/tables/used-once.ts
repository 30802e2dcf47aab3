// The table `used_once`: what was used and may not be again, and what waits for its one use.

import type { Kysely } from 'kysely';
import type { Schema } from '../sql/schema.ts';

type Db = Kysely<Schema>;

/** Whether this is the first use of `id`; `expires_at` is when it could not be used anyway. */
export async function useOnce(db: Db, namespace: string, id: string, expires_at: number): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await db
    .insertInto('used_once')
    .values({ namespace, id, expires_at })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return numInsertedOrUpdatedRows === 1n;
}

/** One of `ids` that was used; undefined where none was. */
export async function findUsed(
  db: Db,
  namespace: string,
  ids: readonly string[],
): Promise<string | undefined> {
  const row = await db
    .selectFrom('used_once')
    .select('id')
    .where('namespace', '=', namespace)
    .where('id', 'in', ids)
    .limit(1)
    .executeTakeFirst();
  return row?.id;
}

/** Whether `id` waited there for its one use, which this is. */
export async function takeOnce(db: Db, namespace: string, id: string): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom('used_once')
    .where('namespace', '=', namespace)
    .where('id', '=', id)
    .executeTakeFirst();
  return numDeletedRows === 1n;
}
