// Facts about the database itself.

import type { Kysely } from 'kysely';
import type { StoredRing } from '../../model.ts';
import { lockForUpdate } from '../sql/engine.ts';
import type { Schema } from '../sql/schema.ts';
import { noteChange } from './changes.ts';

const masterKeyCheck = 'master_key_check';
const masterKeyRotation = 'master_key_rotation';
const masterKeyHashes = 'master_key_hashes';

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
  return (await findMasterKeys(db)).check === checkValue;
}

/** What the database knows of its master keys. */
export async function findMasterKeys(db: Kysely<Schema>): Promise<StoredRing> {
  const rows = await db.selectFrom('meta').selectAll().where('name', 'like', 'master_key_%').execute();
  const textOf = (name: string) => rows.find((row) => row.name === name)?.value;
  const rotation = textOf(masterKeyRotation);
  return {
    check: textOf(masterKeyCheck) ?? '',
    rotation: rotation === undefined ? undefined : JSON.parse(rotation),
    hashes: textOf(masterKeyHashes),
  };
}

/** The same, for a change that depends on it: one such waits for the other. */
export async function lockMasterKeys(transaction: Kysely<Schema>): Promise<StoredRing> {
  const query = transaction.selectFrom('meta').select('name').where('name', '=', masterKeyCheck);
  await lockForUpdate(transaction, query).execute();
  return findMasterKeys(transaction);
}

/** Replaces it, and tells every server. */
export async function saveMasterKeys(
  transaction: Kysely<Schema>,
  { check, rotation, hashes }: StoredRing,
  now: number,
): Promise<void> {
  const values = {
    [masterKeyCheck]: check,
    [masterKeyRotation]: rotation && JSON.stringify(rotation),
    [masterKeyHashes]: hashes,
  };
  for (const [name, value] of Object.entries(values)) {
    await transaction
      .deleteFrom('meta')
      .where('name', '=', name)
      .where('name', '!=', masterKeyCheck)
      .execute();
    if (value === undefined) continue;
    await transaction
      .insertInto('meta')
      .values({ name, value })
      .onConflict((conflict) => conflict.column('name').doUpdateSet({ value }))
      .execute();
  }
  await noteChange(transaction, 'master_key', '', '', now);
}
