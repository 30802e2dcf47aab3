// An instance: a database opened under its master key, for commands and for the server around it.

import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { GrantTokens } from '@tessera-oauth/core';
import type { Kysely } from 'kysely';
import { AdminError } from '../admin/admin-error.ts';
import type { AdminContext } from '../admin/context.ts';
import { declareIssuer } from '../admin/issuers.ts';
import type { LoadedConfig } from '../config/load.ts';
import { ClientSecrets } from '../credentials/client-secrets.ts';
import { createPasswords } from '../credentials/passwords.ts';
import { createSecondFactor } from '../credentials/second-factor.ts';
import { createFormTokens } from '../keys/form-tokens.ts';
import { createGrantTokens } from '../keys/grant-tokens.ts';
import { Keyring } from '../keys/keyring.ts';
import { type MasterKey, parseMasterKey, readMasterKeyFile } from '../keys/master-key.ts';
import type { LoginContext } from '../login/context.ts';
import { type IssuerSettings, type ServedIssuer, UsageError } from '../model.ts';
import type { Schema } from '../store/sql/schema.ts';
import { SqlStore } from '../store/sql-store.ts';
import { listIssuers } from '../store/tables/issuers.ts';
import { bindMasterKey, hasMasterKey } from '../store/tables/meta.ts';
import { listScopes } from '../store/tables/scopes.ts';
import type { SigningMetrics } from '../telemetry/metrics.ts';
import { masterKeyVariable } from './check-master-key.ts';
import { type Database, makeFolder, openDatabase } from './database.ts';
import { publicUrl, resolveIssuer } from './issuers.ts';

const now = () => Date.now();

/** What signing in needs of an instance. */
type LoginTools = Pick<LoginContext, 'db' | 'reads' | 'forms' | 'passwords' | 'secondFactor'>;

/** A database opened under its master key: all that a command needs. */
export interface Instance {
  readonly config: LoadedConfig;
  readonly database: Database;
  readonly store: SqlStore;
  readonly keyring: Keyring;
  readonly secrets: ClientSecrets;
  /** As the server itself; a command says who its user is. */
  readonly admin: AdminContext;
  readonly grantTokens: GrantTokens;
  readonly login: LoginTools;
  /** The issuers as the database has them now. */
  loadIssuers(publicUrl?: string): Promise<ServedIssuer[]>;
  close(): Promise<void>;
}

/**
 * Opens a database under its master key. Issuers that the configuration names are made, or changed to what it says,
 * where `declare` says so, and in a new database.
 */
export async function openInstance(
  config: LoadedConfig,
  declare = false,
  signing?: SigningMetrics,
): Promise<Instance> {
  const database = await openDatabase(config);
  const { db, reads, close } = database;
  try {
    await database.migrate(now());
    const bound = await hasMasterKey(db);
    const master = await readMasterKey(config, bound);
    if (!(await bindMasterKey(db, master.checkValue))) {
      throw new UsageError(`master key: it is not the one that ${database.name} was made with`);
    }
    if (declare || !bound) await declareIssuers(db, config);
    const store = new SqlStore(db, reads, now, config.outage_tolerance);
    const keyring = new Keyring(store, master, now, signing);
    const secrets = new ClientSecrets(master, now, (issuer) => store.holdsSlowHash(issuer));
    await store.load();
    await keyring.load();
    const loadIssuers = (origin = publicUrl(config)) => resolveIssuers(reads, config, origin);
    const passwords = createPasswords(master);
    const admin: AdminContext = {
      ...adminBasis(db, config),
      hashes: secrets,
      passwords,
      keys: keyring,
      key_rotation: config.key_rotation,
      isTokenRevoked: (issuer, jti) => store.isTokenRevoked(issuer, jti),
    };
    const login = {
      db,
      reads,
      forms: createFormTokens(master),
      passwords,
      secondFactor: createSecondFactor(master),
    };
    const grantTokens = createGrantTokens(master);
    return { config, database, store, keyring, secrets, grantTokens, login, admin, loadIssuers, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function resolveIssuers(
  db: Kysely<Schema>,
  config: LoadedConfig,
  origin: string,
): Promise<ServedIssuer[]> {
  const scopes = Map.groupBy(await listScopes(db), ({ issuer }) => issuer);
  return (await listIssuers(db)).flatMap((stored) => {
    const dialect = config.dialectsByName.get(stored.dialect);
    // One whose dialect this configuration does not have is not served, and harms no other.
    if (dialect === undefined) return [];
    const names = (scopes.get(stored.name) ?? []).map(({ name }) => name);
    return [resolveIssuer(stored, names, dialect, origin)];
  });
}

async function readMasterKey(config: LoadedConfig, bound: boolean): Promise<MasterKey> {
  if (config.master_key !== undefined) return parseMasterKey(config.master_key, masterKeyVariable);
  if (config.master_key_file !== undefined) return readMasterKeyFile(config.master_key_file, !bound);
  if (!bound) await makeFolder(config.data);
  return readMasterKeyFile(join(config.data, 'master.key'), !bound);
}

/** What verbs need of a database and its configuration. */
const adminBasis = (db: Kysely<Schema>, config: LoadedConfig) => ({
  db,
  now,
  actor: { kind: 'server', name: 'tessera' } as const,
  dialects: config.dialectsByName,
  public_url: publicUrl(config),
  declared: config.issuers,
});

/** Makes the issuers that the configuration names, or changes them to what it says. */
async function declareIssuers(db: Kysely<Schema>, config: LoadedConfig): Promise<void> {
  const context = { ...adminBasis(db, config), actor: { kind: 'config', name: config.source } as const };
  const stored = new Map((await listIssuers(db)).map(({ disabled, ...issuer }) => [issuer.name, issuer]));
  for (const [index, declaration] of config.issuers.entries()) {
    const declared: IssuerSettings = {
      name: declaration.name,
      location: declaration.location,
      dialect: declaration.dialect,
      signing_alg: declaration.signing_alg ?? null,
      access_token_lifetime: declaration.access_token_lifetime ?? null,
      resources: declaration.resources,
      theme: declaration.theme ?? null,
    };
    if (isDeepStrictEqual(stored.get(declared.name), declared)) continue;
    try {
      await declareIssuer(context, declared);
    } catch (error) {
      if (!(error instanceof AdminError)) throw error;
      throw new UsageError(`${config.source}: issuers[${index}].${error.field}: ${error.message}`);
    }
  }
}
