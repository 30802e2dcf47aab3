// Somebody reads the whole database, but not the master key: nothing in it is a secret, nor can one be made of it.

import { createHash, createHmac } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createGrantTokens } from '../../packages/server/src/keys/grant-tokens.ts';
import { parseMasterKey } from '../../packages/server/src/keys/master-key.ts';
import { startEmbeddedPostgres } from '../support/embedded-postgres.ts';
import { formOf, UserAgent } from '../support/user-agent.ts';
import type { Proof } from './proof.ts';
import { type Attempts, attemptsAt, forgetFailures } from './support/attempts.ts';
import { type Dump, dumpPostgres, dumpSqlite, shapesOf } from './support/dump.ts';
import { type Tessera, withTessera } from './support/folder.ts';
import { issuers } from './support/use.ts';
import { makeVictim, type Victim } from './support/victim.ts';

const config = { issuers, trust_proxy: ['127.0.0.1'] };

export const stolenDatabase: Proof = {
  name: 'stolen-database',
  async run() {
    const sqlite = await withTessera({ config }, (server) =>
      rob(server, async () => dumpSqlite(join(server.folder, 'data'))),
    );
    const { url, process: postgres, stop } = await startEmbeddedPostgres(tmpdir(), {});
    const kill = () => postgres.kill('SIGKILL');
    process.once('exit', kill);
    const start = { config: { ...config, database: url } };
    const onPostgres = await withTessera(start, (server) => rob(server, () => dumpPostgres(url))).finally(
      stop,
    );
    process.off('exit', kill);
    return `SQLite ${sqlite}; PostgreSQL ${onPostgres}; none of it was good`;
  },
};

async function rob(server: Tessera, dump: () => Promise<Dump>): Promise<string> {
  const victim = await makeVictim(server);
  const stolen = await dump();
  const keys = guessedKeys(stolen);
  searchFor(victim, stolen);
  searchForHashes(victim, stolen, keys);
  const attempts = await attemptsAt(server, victim);
  const forged = keys.flatMap((key) => forge(key, stolen));
  for (const key of keys) for (const sealed of sealedIn(stolen)) refuseOpening(key, sealed);
  let tries = 0;
  const tryAll = async (name: keyof Attempts, values: readonly string[]) => {
    await inParallel(values, async (value) => {
      tries += 1;
      if (await attempts[name](value)) throw new Error(`${JSON.stringify(value)} is good as ${name}`);
    });
  };
  for (const name of ['code', 'refresh_token', 'session', 'access_token'] as const)
    await tryAll(name, stolen.values);
  await tryAll(
    'code',
    forged.map(({ code }) => code),
  );
  await tryAll(
    'refresh_token',
    forged.map(({ refresh_token }) => refresh_token),
  );
  tries += await trySecondFactor(server, victim, stolen);
  await confirm(server, victim, stolen, attempts);
  // Last: each costs a slow hash, and what is genuine is good for a minute.
  for (const name of ['secret', 'password'] as const) await tryAll(name, stolen.values);
  const rows = Object.values(stolen.tables).flat().length;
  return `${rows} rows, ${victim.secrets.size} secrets looked for, ${tries} tries, ${keys.length} keys`;
}

function searchFor({ secrets, app }: Victim, { bytes }: Dump): void {
  if (!bytes.includes(app.client_id)) throw new Error('the search does not find what is there');
  for (const [name, secret] of secrets)
    for (const shape of shapesOf(secret))
      if (bytes.includes(shape)) throw new Error(`the database holds ${name}`);
  // PKCS #8 of every kind of key begins with a version and an object identifier.
  const inTheClear = ['06072a8648ce3d0201', '06092a864886f70d010101', '06032b6570'];
  for (const identifier of inTheClear.map((hex) => Buffer.from(hex, 'hex')))
    if (bytes.includes(identifier)) throw new Error('the database holds a private key');
}

/** Under no key, or under one that a thief could guess. */
function searchForHashes({ secrets }: Victim, { values }: Dump, keys: readonly Buffer[]): void {
  const held = new Set(values);
  for (const [name, secret] of secrets)
    for (const key of [Buffer.alloc(0), ...keys])
      for (const encoding of ['hex', 'base64', 'base64url'] as const)
        if (held.has(createHmac('sha256', key).update(secret).digest(encoding)))
          throw new Error(`the database holds a hash of ${name} that anybody can compute`);
}

/** Whatever in it has, or could be made to have, the size of a master key. */
function guessedKeys({ values }: Dump): Buffer[] {
  const guesses = values.flatMap((text) => [
    Buffer.from(text),
    Buffer.from(text, 'base64url'),
    Buffer.from(text, 'hex'),
    createHash('sha256').update(text).digest(),
  ]);
  const fitting = [Buffer.alloc(32), ...guesses].filter(({ length }) => length === 32);
  return [...new Map(fitting.map((key) => [key.toString('hex'), key])).values()];
}

const masterOf = (key: Buffer) => parseMasterKey(key.toString('base64'), 'a guess');

/** A code and the next refresh token of each grant, as a server with this key would give them. */
function forge(key: Buffer, { tables }: Dump) {
  const tokens = createGrantTokens(masterOf(key));
  return (tables.grants ?? []).map(({ issuer, id, generation }) => ({
    code: tokens.code(String(issuer), String(id)),
    refresh_token: tokens.refreshToken(String(issuer), String(id), Number(generation)),
  }));
}

interface Sealed {
  readonly text: string;
  readonly context: string;
}

const sealedIn = ({ tables }: Dump): Sealed[] => [
  ...(tables.signing_keys ?? []).map(({ sealed_private_key, issuer, kid }) => ({
    text: String(sealed_private_key),
    context: `${issuer}/${kid}`,
  })),
  ...(tables.users ?? []).map(({ sealed_totp_secret, id }) => ({
    text: String(sealed_totp_secret),
    context: `totp/${id}`,
  })),
];

function refuseOpening(key: Buffer, { text, context }: Sealed): void {
  try {
    masterOf(key).open(text, context);
  } catch {
    return;
  }
  throw new Error(`${context} opens with a key that is in the database`);
}

/** With the right password, hashes in place of recovery codes; as many as are allowed. */
async function trySecondFactor(server: Tessera, { user }: Victim, { tables }: Dump): Promise<number> {
  const hashes = (tables.recovery_codes ?? []).slice(0, 8).map(({ hash }) => String(hash));
  const { agent, shown } = await askedForCode(server, user);
  let page = shown;
  for (const code of hashes) {
    page = await agent.submit(formOf(page, '/second-factor'), { code });
    if (page.status !== 422) throw new Error('the hash of a recovery code is good for it');
  }
  return hashes.length;
}

async function askedForCode(server: Tessera, user: Victim['user']) {
  await forgetFailures(server);
  const agent = new UserAgent();
  const shown = await agent.signIn(await agent.get(`${server.origin}/account/sign-in`), user);
  return { agent, shown };
}

/** The same attempts, with what the victim has and with the real key: were they made wrongly, nothing would follow. */
async function confirm(server: Tessera, victim: Victim, stolen: Dump, attempts: Attempts): Promise<void> {
  const { app, user, code, refresh_token, session, recoveryCodes } = victim;
  const key = Buffer.from(server.masterKey, 'base64');
  for (const { text, context } of sealedIn(stolen)) masterOf(key).open(text, context);
  const forged = forge(key, stolen);
  const good = {
    secret: await attempts.secret(app.client_secret),
    session: await attempts.session(session),
    password: await attempts.password(user.password),
    code: forged.some((each) => each.code === code.code) && (await attempts.code(code.code ?? '')),
    refresh_token:
      forged.some((each) => each.refresh_token === refresh_token) &&
      (await attempts.refresh_token(refresh_token)),
  };
  const { agent, shown } = await askedForCode(server, user);
  const form = formOf(shown, '/second-factor');
  const signedIn = await agent.submit(form, { code: recoveryCodes[0] ?? '' });
  const failed = Object.entries({ ...good, recovery_code: signedIn.status === 303 })
    .filter(([, accepted]) => !accepted)
    .map(([name]) => name);
  if (failed.length > 0) throw new Error(`what is genuine was not accepted: ${failed}`);
}

async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const left = items.values();
  const loop = async () => {
    for (const item of left) await work(item);
  };
  await Promise.all(Array.from({ length: 12 }, loop));
}
