// The verbs of administration on a database of a test: a context as a command has it, with real hashes and keys.

import { builtInDialects, isRevoked } from '@tessera-oauth/core';
import type { Kysely } from 'kysely';
import type { AdminContext } from '../../packages/server/src/admin/context.ts';
import { ClientSecrets } from '../../packages/server/src/credentials/client-secrets.ts';
import { createPasswords } from '../../packages/server/src/credentials/passwords.ts';
import { Keyring } from '../../packages/server/src/keys/keyring.ts';
import type { Schema } from '../../packages/server/src/store/sql/schema.ts';
import { SqlStore } from '../../packages/server/src/store/sql-store.ts';
import { unlimited } from './attempts.ts';
import { masterKey } from './key-database.ts';

export async function administrationOf(db: Kysely<Schema>, now = () => Date.now()): Promise<AdminContext> {
  const master = masterKey();
  const store = new SqlStore(db, db, now);
  const keys = new Keyring(store, master, now);
  await store.load();
  await keys.load();
  return {
    db,
    now,
    actor: { kind: 'cli', name: 'ann' },
    hashes: new ClientSecrets(master, now, () => false, unlimited),
    passwords: createPasswords(master),
    keys,
    dialects: new Map(builtInDialects.map((dialect) => [dialect.name, dialect])),
    public_url: 'https://auth.example.com',
    declared: [],
    key_rotation: 90 * 86_400_000,
    isTokenRevoked: (issuer, token) => isRevoked(issuer, token, store),
  };
}
