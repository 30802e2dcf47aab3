// Facts about the database itself.

import type { Kysely } from 'kysely';
import type { Schema } from '../sql/schema.ts';

const masterKeyCheck = 'master_key_check';

/** Whether anything here has been sealed under a master key. */
export async function hasMasterKey(db: Kysely<Schema>): Promise<boolean> {
  const row = await db
    .selectFrom('meta')
    .select('name')
    .where('name', '=', masterKeyCheck)
    .executeTakeFirst();
  return row !== undefined;
}

/** Binds the database to a master key, by its check value; false where it is bound to another. */
export async function bindMasterKey(db: Kysely<Schema>, checkValue: string): Promise<boolean> {
  await db
    .insertInto('meta')
    .values({ name: masterKeyCheck, value: checkValue })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  return isMasterKey(db, checkValue);
}

/** Whether the database is bound to the master key of this check value. */
export async function isMasterKey(db: Kysely<Schema>, checkValue: string): Promise<boolean> {
  const row = await db
    .selectFrom('meta')
    .select('value')
    .where('name', '=', masterKeyCheck)
    .executeTakeFirst();
  return row?.value === checkValue;
}
