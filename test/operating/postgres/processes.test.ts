// The program on PostgreSQL, by `database` alone: two processes and the commands, each following the others.

import { randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { decodeProtectedHeader } from 'jose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cleanUp, expectMistake, type Project, project, type Served } from '../../command-line/program.ts';
import { type Credentials, isActive, requestToken } from '../../command-line/requests.ts';
import { eventually } from '../../support/eventually.ts';
import { freePort } from '../../support/free-port.ts';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.ts';
import { post } from '../../support/server.ts';

let database: TestDatabase;
let env: Record<string, string>;
let place: Project;
let servers: Served[];
let origins: [string, string];
let client: Credentials;

beforeAll(async () => {
  database = await createTestDatabase('empty');
  env = { TESSERA_DATABASE: database.url, TESSERA_MASTER_KEY: randomBytes(32).toString('base64') };
  const issuers = [{ name: 'main', location: '/', signing_alg: 'EdDSA' }];
  place = await project({ issuers, public_url: 'http://localhost:8080' });
  const ports = [await freePort(), await freePort()];
  servers = await Promise.all(
    ports.map((port) => place.start({ ...env, TESSERA_LISTEN_PORT: String(port) })),
  );
  origins = ports.map((port) => `http://127.0.0.1:${port}`) as [string, string];
  client = await place.json(['client', 'create', '--introspection', 'any'], { env });
});
afterAll(async () => {
  await cleanUp();
  await database.drop();
});

const token = (origin: string, credentials = client) => requestToken(`${origin}/oauth2/token`, credentials);
const kidOf = async (origin: string) => decodeProtectedHeader((await token(origin)).access_token).kid;
const onBoth = (check: (origin: string) => Promise<boolean>) =>
  eventually(async () => (await Promise.all(origins.map(check))).every((holds) => holds));

test('both give tokens to a client that a command made', async () => {
  for (const origin of origins) expect((await token(origin)).status).toBe(200);
});

test('a token that one revokes is over for the other', async () => {
  const [first, second] = origins;
  const { access_token } = await token(first);
  await post(`${first}/oauth2/revoke`, { ...client, token: access_token });
  await onBoth(async (origin) => !(await isActive(`${origin}/oauth2/introspect`, client, access_token)));
  const another = await token(first);
  expect(await isActive(`${second}/oauth2/introspect`, client, another.access_token)).toBe(true);
});

test('a key that a command rotates signs on both', async () => {
  const [{ kid }] = await place.json(['key', 'rotate', '--now', '--alg', 'EdDSA'], { env });
  await onBoth(async (origin) => (await kidOf(origin)) === kid);
});

test('a client that a command disables gets no token of either', async () => {
  const { client_id, client_secret } = await place.json(['client', 'create'], { env });
  const other = { client_id, client_secret };
  await onBoth(async (origin) => (await token(origin, other)).status === 200);
  await place.json(['client', 'update', client_id, '--disable'], { env });
  await onBoth(async (origin) => (await token(origin, other)).status === 401);
});

test('nothing is on the disk, and a password in no log', async () => {
  expect(await readdir(place.folder)).toEqual(['tessera.yaml']);
  const written = servers.map((server) => server.stdout() + server.stderr()).join('');
  expect(written).toContain(`"database":"${new URL(database.url).host}`);
  expect(written).not.toContain(new URL(database.url).password);
});

test('a database that cannot be reached is a mistake to mend, told without the password', async () => {
  const wrong = Object.assign(new URL(database.url), { password: 'correct-horse' });
  for (const args of [['start'], ['client', 'list'], ['migrate']]) {
    const finished = await place.run(args, { env: { ...env, TESSERA_DATABASE: wrong.toString() } });
    expectMistake(
      finished,
      /^tessera: database: cannot use 127\.0\.0\.1:\d+\/\w+ \(password authentication failed/,
    );
    expect(finished.stderr).not.toContain('horse');
  }
});

test('a database of another master key is not touched', async () => {
  const other = { ...env, TESSERA_MASTER_KEY: randomBytes(32).toString('base64') };
  expectMistake(await place.run(['client', 'list'], { env: other }), /the one that 127[^ ]+ was made with/);
});

test('a signal ends one, connections and all', async () => {
  const own = await createTestDatabase('empty');
  const server = await place.start({ ...env, TESSERA_DATABASE: own.url, TESSERA_LISTEN_PORT: '0' });
  const connections = () =>
    own.query(
      "select 1 from pg_stat_activity where datname = current_database() and application_name = 'tessera'",
    );
  expect(await connections()).not.toEqual([]);
  expect((await server.end()).code).toBe(0);
  await eventually(async () => (await connections()).length === 0);
  await own.drop();
});
