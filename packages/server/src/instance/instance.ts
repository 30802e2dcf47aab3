// An instance: a database under its master key, and the parts that work on the two together.

import { type GrantTokens, isRevoked } from '@tessera-oauth/core';
import type { Kysely } from 'kysely';
import type { AdminContext } from '../admin/context.ts';
import type { LoadedConfig } from '../config/load.ts';
import { type AttemptLimiter, createAttemptLimiter } from '../credentials/attempt-limiter.ts';
import { ClientSecrets } from '../credentials/client-secrets.ts';
import { createPasswords, type Passwords } from '../credentials/passwords.ts';
import { createRecoveryCodes, type RecoveryCodes } from '../credentials/recovery-codes.ts';
import { createTotpSecrets, type TotpSecrets } from '../credentials/totp.ts';
import { createFormTokens, type FormTokens } from '../keys/form-tokens.ts';
import { createGrantTokens } from '../keys/grant-tokens.ts';
import { Keyring } from '../keys/keyring.ts';
import type { MasterKeyRing } from '../keys/master-key-ring.ts';
import type { ServedIssuer } from '../model.ts';
import type { Schema } from '../store/sql/schema.ts';
import { SqlStore } from '../store/sql-store.ts';
import { createAttemptStore } from '../store/tables/attempts.ts';
import type { Declaration } from '../store/tables/declarations.ts';
import { listIssuers } from '../store/tables/issuers.ts';
import { findMasterKeys } from '../store/tables/meta.ts';
import { listScopes } from '../store/tables/scopes.ts';
import type { SigningMetrics } from '../telemetry/metrics.ts';
import type { Database } from './database.ts';
import { declaringContext } from './declarations.ts';
import { publicUrl, resolveIssuer } from './issuers.ts';

export interface Instance {
  readonly config: LoadedConfig;
  readonly database: Database;
  readonly store: SqlStore;
  readonly master: MasterKeyRing;
  readonly keyring: Keyring;
  readonly secrets: ClientSecrets;
  readonly grantTokens: GrantTokens;
  /** What the verbs of an administrator work with, as the server itself; a command names its user as the actor. */
  readonly admin: AdminContext;
  /** What the sign-in works with. */
  readonly login: {
    readonly db: Kysely<Schema>;
    readonly reads: Kysely<Schema>;
    readonly forms: FormTokens;
    readonly passwords: Passwords;
    readonly totpSecrets: TotpSecrets;
    readonly recoveryCodes: RecoveryCodes;
    readonly attempts: AttemptLimiter;
  };
  /** Migrations of the database that this release does not know, by name: a newer release has applied them. */
  readonly newerMigrations: readonly string[];
  /** Learns of a master key that takes the place of another. */
  loadMasterKeys(): Promise<void>;
  /** What the configuration declared once, and what this start has therefore withdrawn. */
  readonly withdrawn: readonly Declaration[];
  /** The issuers as the database has them now. */
  loadIssuers(publicUrl?: string): Promise<ServedIssuer[]>;
  close(): Promise<void>;
}

interface InstanceParts {
  readonly config: LoadedConfig;
  readonly database: Database;
  readonly master: MasterKeyRing;
  readonly newerMigrations: readonly string[];
  readonly signing?: SigningMetrics | undefined;
  /** Makes what the configuration declares; gives what it withdrew. */
  readonly declare?: (admin: AdminContext) => Promise<readonly Declaration[]>;
}

const now = () => Date.now();

/** Reads keys and revocations into memory; changes nothing but what `declare` does. */
export async function assembleInstance(parts: InstanceParts): Promise<Instance> {
  const { config, database, master, newerMigrations } = parts;
  const { db, reads, close } = database;
  const store = new SqlStore(db, reads, now, config.outage_tolerance);
  const keyring = new Keyring(store, master, now, parts.signing);
  const attempts = createAttemptLimiter(createAttemptStore(db, reads), master, now);
  const secrets = new ClientSecrets(master, now, (issuer) => store.holdsSlowHash(issuer), attempts);
  const passwords = createPasswords(master);
  const admin: AdminContext = {
    ...declaringContext(db, config),
    actor: { kind: 'server', name: 'tessera' },
    hashes: secrets,
    passwords,
    keys: keyring,
    key_rotation: config.key_rotation,
    isTokenRevoked: (issuer, token) => isRevoked(issuer, token, store),
  };
  const withdrawn = (await parts.declare?.(admin)) ?? [];
  await store.load();
  await keyring.load();
  return {
    config,
    database,
    store,
    master,
    keyring,
    secrets,
    grantTokens: createGrantTokens(master),
    admin,
    login: {
      db,
      reads,
      forms: createFormTokens(master),
      passwords,
      totpSecrets: createTotpSecrets(master),
      recoveryCodes: createRecoveryCodes(master),
      attempts,
    },
    newerMigrations,
    loadMasterKeys: async () => master.load(await findMasterKeys(reads), database.name),
    withdrawn,
    loadIssuers: (origin = publicUrl(config)) => loadIssuers(reads, config, origin),
    close,
  };
}

async function loadIssuers(
  db: Kysely<Schema>,
  config: LoadedConfig,
  origin: string,
): Promise<ServedIssuer[]> {
  const scopes = Map.groupBy(await listScopes(db), ({ issuer }) => issuer);
  return (await listIssuers(db)).flatMap((stored) => {
    const dialect = config.dialectsByName.get(stored.dialect);
    // An issuer whose dialect this configuration lacks is left out, and does not keep the others from being served.
    if (dialect === undefined) return [];
    const names = (scopes.get(stored.name) ?? []).map(({ name }) => name);
    const { loopback_origins } = config.login;
    return [{ ...resolveIssuer(stored, names, dialect, origin), loopback_origins }];
  });
}
