// A database for signing keys, and keyrings on it, each with a connection of its own as another process would have.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { builtInDialects, type Issuer } from '@tessera-oauth/core';
import type { Kysely } from 'kysely';
import type { IssuerKeys } from '../../packages/server/src/keys/key-lines.ts';
import { Keyring } from '../../packages/server/src/keys/keyring.ts';
import { parseMasterKey, type SingleMasterKey } from '../../packages/server/src/keys/master-key.ts';
import { migrate } from '../../packages/server/src/store/migrate.ts';
import type { Schema } from '../../packages/server/src/store/sql/schema.ts';
import { openSqlite } from '../../packages/server/src/store/sql/sqlite.ts';
import { SqlStore } from '../../packages/server/src/store/sql-store.ts';
import { saveIssuer } from '../../packages/server/src/store/tables/issuers.ts';

const [standard] = builtInDialects;
/** Without users, so that its issuers have the keys of access tokens alone. */
export const machineDialect = { ...standard, grant_types: ['client_credentials'] } as const;

/** A master key of 32 equal bytes. */
export const masterKey = (byte = 7): SingleMasterKey =>
  parseMasterKey(Buffer.alloc(32, byte).toString('base64'), 'test');

export interface KeyDatabase {
  /** Moved by hand. Epoch milliseconds. */
  now: number;
  /** Registers an issuer that signs with ES256, unless told otherwise, and whose tokens live for an hour; without users. */
  addIssuer(
    name: string,
    signing_alg?: Issuer['signing_alg'],
    dialect?: Issuer['dialect'],
  ): Promise<IssuerKeys>;
  connect(): SqlStore;
  /** Another process's keyring, as it has just read the keys. */
  openKeyring(master?: SingleMasterKey): Promise<Keyring>;
  dispose(): Promise<void>;
}

export async function createKeyDatabase(): Promise<KeyDatabase> {
  const folder = await mkdtemp(join(tmpdir(), 'tessera-keys-'));
  const connections: Kysely<Schema>[] = [];
  const clock = () => database.now;
  const connect = () => {
    const db = openSqlite(join(folder, 'keys.db'));
    connections.push(db);
    return new SqlStore(db, db, clock);
  };
  const database: KeyDatabase = {
    now: 1_700_000_000_000,
    connect,
    async addIssuer(name, signing_alg = 'ES256', dialect = machineDialect) {
      const settings = {
        dialect: 'standard',
        signing_alg,
        access_token_lifetime: 3600,
        token_reuse: 0,
        resources: [],
        vouched_users: 'own' as const,
        theme: null,
      };
      await saveIssuer(connect().db, { name, location: `/${name}`, ...settings }, database.now);
      return { name, signing_alg, access_token_lifetime: 3600, dialect };
    },
    async openKeyring(master = masterKey()) {
      const keyring = new Keyring(connect(), master, clock);
      await keyring.load();
      return keyring;
    },
    async dispose() {
      await Promise.all(connections.map((db) => db.destroy()));
      await rm(folder, { recursive: true });
    },
  };
  await migrate(connect().db, database.now);
  return database;
}

/** The kids of a published key set, in its order. */
export const publishedKids = (keyring: Keyring, issuer: string): string[] =>
  (JSON.parse(keyring.jwks(issuer).json) as { keys: { kid: string }[] }).keys.map(({ kid }) => kid);
