// What a server is made of, put together as `tessera start` does, on a database that no disk holds.

import { randomBytes, randomUUID } from 'node:crypto';
import type { Dialect, Ports } from '@tessera-oauth/core';
import { isRevoked } from '@tessera-oauth/core';
import type { AdminContext } from '../../packages/server/src/admin/context.ts';
import { createAttemptLimiter } from '../../packages/server/src/credentials/attempt-limiter.ts';
import { ClientSecrets } from '../../packages/server/src/credentials/client-secrets.ts';
import { createPasswords } from '../../packages/server/src/credentials/passwords.ts';
import { createRecoveryCodes } from '../../packages/server/src/credentials/recovery-codes.ts';
import { createTotpSecrets } from '../../packages/server/src/credentials/totp.ts';
import { createFormTokens } from '../../packages/server/src/keys/form-tokens.ts';
import { createGrantTokens } from '../../packages/server/src/keys/grant-tokens.ts';
import { Keyring } from '../../packages/server/src/keys/keyring.ts';
import { createInteraction } from '../../packages/server/src/login/interaction.ts';
import type { LoginContext } from '../../packages/server/src/login/visit/context.ts';
import { migrate } from '../../packages/server/src/store/migrate.ts';
import { openSqlite } from '../../packages/server/src/store/sql/sqlite.ts';
import { SqlStore } from '../../packages/server/src/store/sql-store.ts';
import { createAttemptStore } from '../../packages/server/src/store/tables/attempts.ts';
import { masterKey } from '../support/key-database.ts';

/** Milliseconds. */
export const keyRotation = 90 * 86_400_000;

/** What the audit was told of one request. */
export interface Noted {
  /** Of tokens that were given. */
  readonly jtis: string[];
  /** Why it was refused; the error itself, where it was a fault of the server. */
  readonly refusals: { readonly reason: string; readonly cause?: unknown }[];
}

/** Everything but the HTTP server. The clock stands still, so that two answers differ in nothing but what is drawn. */
export async function assemble() {
  const time = Date.now();
  const now = () => time;
  const db = openSqlite(':memory:');
  await migrate(db, now());
  const master = masterKey();
  const store = new SqlStore(db, db, now);
  const keys = new Keyring(store, master, now);
  const attempts = createAttemptLimiter(createAttemptStore(db, db), master, now);
  const secrets = new ClientSecrets(master, now, (issuer) => store.holdsSlowHash(issuer), attempts);
  const passwords = createPasswords(master);
  await store.load();
  await keys.load();
  const { audit, noted } = createNotes();
  const login: LoginContext = {
    ...{ db, reads: db, passwords, attempts, audit, now, external: undefined, upstreams: [] },
    forms: createFormTokens(master),
    totpSecrets: createTotpSecrets(master),
    recoveryCodes: createRecoveryCodes(master),
    local: true,
    themeOf: () => null,
  };
  const ports: Ports = {
    ...{ store, secrets, keys, audit },
    grantTokens: createGrantTokens(master),
    interaction: createInteraction(login, { keys }),
    clock: { now },
    random: { uuid: randomUUID, id: () => randomBytes(16).toString('base64url') },
  };
  const adminFor = (dialect: Dialect): AdminContext => ({
    ...{ db, now, passwords, keys },
    actor: { kind: 'cli', name: 'ann' },
    hashes: secrets,
    dialects: new Map([['any', { ...dialect, name: 'any' }]]),
    public_url: 'http://127.0.0.1',
    declared: [],
    key_rotation: keyRotation,
    isTokenRevoked: (issuer, token) => isRevoked(issuer, token, store),
  });
  return { db, keys, login, ports, adminFor, noted };
}

export type Parts = Awaited<ReturnType<typeof assemble>>;

function createNotes() {
  let current: Noted = { jtis: [], refusals: [] };
  const audit: LoginContext['audit'] = {
    tokenIssued: ({ jti }) => current.jtis.push(jti),
    authorized: () => {},
    tokenRevoked: () => {},
    clientAuthenticated: () => {},
    refused: ({ reason, cause }) => current.refusals.push({ reason, cause }),
    signedIn: () => {},
    userActed: () => {},
  };
  const noted = (): Noted => {
    const before = current;
    current = { jtis: [], refusals: [] };
    return before;
  };
  return { audit, noted };
}
