// Connects to a deployment that exists, and makes nothing: no file, no folder, no key, no table. A command on a database
// of another release is refused before it reads or writes anything but the names of the migrations.

import type { LoadedConfig } from '../config/load.ts';
import { MasterKeyRing } from '../keys/master-key-ring.ts';
import { UsageError } from '../model.ts';
import { type MigrationState, readMigrationState } from '../store/migrate.ts';
import { findMasterKeys, hasMasterKey } from '../store/tables/meta.ts';
import { connectDatabase, type Database, noDeployment } from './database.ts';
import { assembleInstance, type Instance } from './instance.ts';
import { readMasterKey } from './master-key.ts';

/** UsageError where there is no deployment, or its database is of an older or a newer release. */
export async function connectInstance(config: LoadedConfig): Promise<Instance> {
  const database = await connectDatabase(config);
  try {
    refuseOtherRelease(await readMigrationState(database.db), database.name, config);
    if (!(await hasMasterKey(database.db)))
      throw noDeployment(`no server has started on ${database.name} yet, it has no master key`, config);
    const master = await requireMasterKey(database, config);
    return await assembleInstance({ config, database, master, newerMigrations: [] });
  } catch (error) {
    await database.close();
    throw error;
  }
}

function refuseOtherRelease(
  { applied, pending, unknown }: MigrationState,
  name: string,
  config: LoadedConfig,
): void {
  if (applied.length === 0) throw noDeployment(`${name} has no tables of Tessera`, config);
  if (unknown.length > 0)
    throw new UsageError(
      `database: ${name} is of a newer release than this command; unknown migrations: ${unknown.join(', ')}; ` +
        'nothing was changed: run the command of that release',
    );
  if (pending.length > 0)
    throw new UsageError(
      `database: ${name} is of an older release than this command; pending migrations: ${pending.join(', ')}; ` +
        'nothing was changed: run tessera migrate first (tessera start migrates too)',
    );
}

/** The master keys of the database, by the one of the configuration, which must be among them. */
export async function requireMasterKey({ db, name }: Database, config: LoadedConfig): Promise<MasterKeyRing> {
  const ring = new MasterKeyRing(await readMasterKey(config, false), () => Date.now());
  ring.load(await findMasterKeys(db), name);
  return ring;
}
