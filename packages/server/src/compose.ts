// The only file that wires everything together: an instance for commands, and the server around it.

import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Ports } from '@tessera/core';
import type { Kysely } from 'kysely';
import type { AdminContext } from './admin/clients.ts';
import type { LoadedConfig } from './config/load.ts';
import { createFailureBudget } from './http/failure-budget.ts';
import type { RoutedIssuer } from './http/router.ts';
import { publicUrl, resolveIssuer } from './issuers.ts';
import { ClientSecrets } from './keys/client-secrets.ts';
import { Keyring } from './keys/keyring.ts';
import { type MasterKey, parseMasterKey, readMasterKeyFile } from './keys/master-key.ts';
import { type StoredIssuer, UsageError } from './model.ts';
import { bindMasterKey, hasMasterKey } from './store/meta.ts';
import { migrate } from './store/migrate.ts';
import { listIssuers, listScopes, saveIssuer } from './store/registry.ts';
import type { Schema } from './store/schema.ts';
import { SqlStore } from './store/sql-store.ts';
import { openSqlite } from './store/sqlite.ts';
import { UsageBook } from './store/usage.ts';
import { createAudit } from './telemetry/audit.ts';
import type { Log } from './telemetry/log.ts';

const now = () => Date.now();

/** A database opened under its master key: all that a command needs. */
export interface Instance {
  readonly config: LoadedConfig;
  readonly store: SqlStore;
  readonly keyring: Keyring;
  readonly secrets: ClientSecrets;
  readonly admin: AdminContext;
  /** The issuers as the database has them now. */
  loadIssuers(publicUrl?: string): Promise<RoutedIssuer[]>;
  close(): Promise<void>;
}

/** Opens the database alone; makes its folder, readable by its owner only. */
export async function openDatabase(config: LoadedConfig): Promise<Kysely<Schema>> {
  try {
    await mkdir(config.data, { recursive: true, mode: 0o700 });
    return openSqlite(join(config.data, 'tessera.db'));
  } catch (error) {
    throw new UsageError(`data: got "${config.data}", which cannot be used (${message(error)})`);
  }
}

export async function openInstance(config: LoadedConfig): Promise<Instance> {
  const db = await openDatabase(config);
  try {
    await migrate(db, now());
    const master = await readMasterKey(config, await hasMasterKey(db));
    if (!(await bindMasterKey(db, master.checkValue))) {
      throw new UsageError(`master key: it is not the one that ${config.data} was made with`);
    }
    await declareIssuers(db, config);
    const store = new SqlStore(db, now);
    const keyring = new Keyring(store, master, now);
    const secrets = new ClientSecrets(master, now, (issuer) => store.holdsSlowHash(issuer));
    await store.load();
    await keyring.load();
    const loadIssuers = async (origin = publicUrl(config)) => {
      const scopes = Map.groupBy(await listScopes(db), ({ issuer }) => issuer);
      return (await listIssuers(db)).map((stored) => {
        const names = (scopes.get(stored.name) ?? []).map(({ name }) => name);
        return resolveIssuer(stored, names, config.dialectsByName, origin);
      });
    };
    const close = () => db.destroy();
    return { config, store, keyring, secrets, admin: { db, hashes: secrets, now }, loadIssuers, close };
  } catch (error) {
    await db.destroy();
    throw error;
  }
}

/** What the core asks of the world, from an instance. */
export function createPorts(instance: Instance, log: Log): Ports & { usage: UsageBook } {
  const usage = new UsageBook(instance.store.db, now);
  return {
    clock: { now },
    random: { uuid: randomUUID },
    store: instance.store,
    secrets: instance.secrets,
    keys: instance.keyring,
    failures: createFailureBudget(now),
    audit: createAudit(log, usage),
    usage,
  };
}

async function readMasterKey(config: LoadedConfig, bound: boolean): Promise<MasterKey> {
  if (config.master_key !== undefined) return parseMasterKey(config.master_key, 'TESSERA_MASTER_KEY');
  return readMasterKeyFile(config.master_key_file ?? join(config.data, 'master.key'), !bound);
}

/** Issuers that the configuration names are made, or changed to what it says. */
async function declareIssuers(db: Kysely<Schema>, config: LoadedConfig): Promise<void> {
  const stored = new Map((await listIssuers(db)).map((issuer) => [issuer.name, issuer]));
  for (const { name, location, dialect, signing_alg, access_token_lifetime, resources } of config.issuers) {
    const declared: StoredIssuer = {
      name,
      location,
      dialect,
      signing_alg: signing_alg ?? null,
      access_token_lifetime: access_token_lifetime ?? null,
      resources,
    };
    if (!isDeepStrictEqual(stored.get(name), declared)) await saveIssuer(db, declared, now());
  }
}

const message = (error: unknown): string => (error instanceof Error ? error.message : String(error));
