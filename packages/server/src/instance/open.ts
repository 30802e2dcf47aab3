// Opens a deployment, and makes what is missing of it: for `start`, `quickstart` and `migrate`. Every other command only
// connects (connect.ts); docs/decisions/0015 says why.

import type { AdminContext } from '../admin/context.ts';
import type { LoadedConfig } from '../config/load.ts';
import { readMigrationState } from '../store/migrate.ts';
import { bindMasterKey, hasMasterKey } from '../store/tables/meta.ts';
import type { SigningMetrics } from '../telemetry/metrics.ts';
import { requireMasterKey } from './connect.ts';
import { type Database, openDatabase } from './database.ts';
import { makeDeclarations } from './declarations.ts';
import { assembleInstance, type Instance } from './instance.ts';
import { readMasterKey } from './master-key.ts';

/** Migrates, makes the data folder and the master key where there are none, and what the configuration declares. */
export async function openInstance(config: LoadedConfig, signing?: SigningMetrics): Promise<Instance> {
  const database = await openDatabase(config);
  try {
    const { newer } = await migrateAndBind(database, config);
    const master = await requireMasterKey(database, config);
    // Last: a start that is refused, with another master key, has changed nothing that servers follow.
    const declare = (admin: AdminContext) => makeDeclarations(admin, config);
    return await assembleInstance({ config, database, master, newerMigrations: newer, signing, declare });
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

/**
 * Brings a database up to date, and makes a deployment of an empty one. A database that has its master key is migrated
 * without reading the key, and what it declares stays: it changes when a server starts.
 */
export async function migrateInstance(config: LoadedConfig): Promise<Migrated> {
  const database = await openDatabase(config);
  try {
    const { bound, ...migrated } = await migrateAndBind(database, config);
    if (bound) {
      const master = await requireMasterKey(database, config);
      const declare = (admin: AdminContext) => makeDeclarations(admin, config);
      await assembleInstance({ config, database, master, newerMigrations: [], declare });
    }
    return migrated;
  } finally {
    await database.close();
  }
}

/** `bound`: whether the database got its master key only now. */
async function migrateAndBind(
  database: Database,
  config: LoadedConfig,
): Promise<Migrated & { readonly bound: boolean }> {
  const { db, migrate } = database;
  const applied = await migrate(Date.now());
  const bound = !(await hasMasterKey(db));
  if (bound) {
    await bindMasterKey(db, (await readMasterKey(config, true)).checkValue);
    // Another process may have bound the database meanwhile.
    await requireMasterKey(database, config);
  }
  return { applied, newer: (await readMigrationState(db)).unknown, bound };
}
