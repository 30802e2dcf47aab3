// Opens a deployment, and makes what is missing of it: for `start`, `quickstart` and `migrate`. Every other command only
// connects (connect.ts); docs/decisions/0015 says why.

import type { LoadedConfig } from '../config/load.ts';
import { readMigrationState } from '../store/migrate.ts';
import { bindMasterKey, hasMasterKey } from '../store/tables/meta.ts';
import type { SigningMetrics } from '../telemetry/metrics.ts';
import { requireMasterKey, wrongMasterKey } from './connect.ts';
import { type Database, openDatabase } from './database.ts';
import { declareIssuers } from './declare-issuers.ts';
import { assembleInstance, type Instance } from './instance.ts';
import { readMasterKey } from './master-key.ts';

/** Migrates, makes the data folder and the master key where there are none, and declares the issuers. */
export async function openInstance(config: LoadedConfig, signing?: SigningMetrics): Promise<Instance> {
  const database = await openDatabase(config);
  try {
    const { newer } = await prepare(database, config);
    const master = await requireMasterKey(database, config);
    return await assembleInstance({ config, database, master, newerMigrations: newer, signing });
  } catch (error) {
    await database.close();
    throw error;
  }
}

/** Names of migrations. */
export interface Migrated {
  readonly applied: readonly string[];
  /** What a newer release has applied before. */
  readonly newer: readonly string[];
}

/** Does what opening does, and ends there. A database that has its master key is migrated without reading the key. */
export async function migrateInstance(config: LoadedConfig): Promise<Migrated> {
  const database = await openDatabase(config);
  return prepare(database, config).finally(() => database.close());
}

async function prepare({ db, name, migrate }: Database, config: LoadedConfig): Promise<Migrated> {
  const now = Date.now();
  const applied = await migrate(now);
  if (!(await hasMasterKey(db))) {
    const { checkValue } = await readMasterKey(config, true);
    // Another process may have bound the database meanwhile.
    if (!(await bindMasterKey(db, checkValue))) throw wrongMasterKey(name);
  }
  await declareIssuers(db, config);
  return { applied, newer: (await readMigrationState(db)).unknown };
}
