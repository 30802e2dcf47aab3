// Several servers on one PostgreSQL: they start at once, and what changes on one holds on all.

import { randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeProtectedHeader } from 'jose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { deleteClient, updateClient } from '../../../packages/server/src/store/tables/clients.ts';
import { setDisabled } from '../../../packages/server/src/store/tables/users.ts';
import { createApp } from '../../authorization/app.ts';
import { type Credentials, clientCredentials, issuerOf } from '../../support/endpoints.ts';
import { eventually } from '../../support/eventually.ts';
import { freePort } from '../../support/free-port.ts';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.ts';
import { post, startTestServer, type TestServer } from '../../support/server.ts';
import { createTestUser, UserAgent } from '../../support/user-agent.ts';

const migrations = join(import.meta.dirname, '../../../packages/server/src/store/migrations');
let database: TestDatabase;
let nodes: TestServer[];
let one: TestServer;
let two: TestServer;

beforeAll(async () => {
  database = await createTestDatabase('empty');
  // Clients see one address; it is the first node's, as if it were that of a load balancer.
  const port = await freePort();
  const config = {
    database: database.url,
    master_key: randomBytes(32).toString('base64'),
    public_url: `http://127.0.0.1:${port}`,
  };
  nodes = await Promise.all(
    [port, 0, 0, 0].map((each) => startTestServer({ ...config, listen: { port: each } })),
  );
  [one, two] = nodes as [TestServer, TestServer];
});
afterAll(async () => {
  await Promise.all(nodes.map((node) => node.close()));
  await database.drop();
});

const at = (node: TestServer, path: string) => `http://127.0.0.1:${node.port}${path}`;

async function ask(node: TestServer, path: string, { client_id, client_secret }: Credentials, form: object) {
  const response = await post(at(node, path), { client_id, client_secret, ...form });
  return { status: response.status, ...((await response.json()) as { access_token: string }) };
}
const askToken = (node: TestServer, client: Credentials, form: object = clientCredentials) =>
  ask(node, '/oauth2/token', client, form);
const isActive = async (node: TestServer, client: Credentials, token: string) =>
  ((await ask(node, '/oauth2/introspect', client, { token })) as object as { active: boolean }).active;
const onEach = <T>(work: (node: TestServer) => Promise<T>): Promise<T[]> => Promise.all(nodes.map(work));

/** Waits until `check` holds on every node. */
const untilAll = (check: (node: TestServer) => Promise<boolean>) =>
  onEach((node) => eventually(() => check(node)));

test('four that start at once on an empty database are one', async () => {
  const sets = await onEach(async (node) => (await fetch(at(node, '/oauth2/jwks'))).text());
  expect(new Set(sets).size).toBe(1);
  const applied = await database.query('select name from migrations order by name');
  const files = (await readdir(migrations)).sort();
  expect(applied.map(({ name }) => `${name}.ts`)).toEqual(files);
});

test('a client that is made on one gets its tokens on all, at once', async () => {
  const client = await one.register('standard');
  const answers = await onEach((node) => askToken(node, client));
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  const access_token = answers[0]?.access_token ?? '';
  expect(await onEach((node) => isActive(node, client, access_token))).toEqual(Array(4).fill(true));
});

test.each<[string, (client_id: string) => Promise<unknown>]>([
  ['disabled', (id) => updateClient(one.instance.admin.db, 'standard', id, { disabled: true }, Date.now())],
  ['deleted', (id) => deleteClient(one.instance.admin.db, 'standard', id, Date.now())],
])('a client that is %s on one gets no token on any', async (_, end) => {
  const client = await one.register('standard');
  await onEach((node) => askToken(node, client));
  await end(client.client_id);
  await untilAll(
    async ({ instance: { store } }) => store.cachedClient('standard', client.client_id) === undefined,
  );
  const answers = await onEach((node) => askToken(node, client));
  expect(answers.map(({ status }) => status)).toEqual([401, 401, 401, 401]);
});

test('a key that is rotated on one signs on all', async () => {
  const client = await one.register('standard');
  const key = await two.instance.keyring.rotate(issuerOf(two, 'standard'), Date.now());
  const kidOf = async (node: TestServer) =>
    decodeProtectedHeader((await askToken(node, client)).access_token).kid;
  await untilAll(async (node) => (await kidOf(node)) === key?.kid);
});

test('a code is redeemed on another node, its token refreshed on a third, and the end of the grant is theirs too', async () => {
  const app = await createApp(one, 'standard');
  const user = await createTestUser(one);
  const [, , third, fourth] = nodes as [TestServer, TestServer, TestServer, TestServer];
  const code = await app.code(new UserAgent(), user);
  const { code_verifier } = app.pkce;
  const redirect_uri = app.client.redirect_uris[0];
  const redemption = { grant_type: 'authorization_code', code, redirect_uri, code_verifier };
  const { access_token, refresh_token } = (await askToken(two, app, redemption)) as unknown as Record<
    string,
    string
  >;
  const refreshed = await askToken(third, app, { grant_type: 'refresh_token', refresh_token });
  expect(refreshed.status).toBe(200);
  expect(await isActive(fourth, app, access_token ?? '')).toBe(true);
  await setDisabled(fourth.instance.admin.db, user.id, true, Date.now());
  await untilAll(async (node) => !(await isActive(node, app, refreshed.access_token)));
});

test('a token that is revoked on one is over on all', async () => {
  const client = await one.register('standard');
  const { access_token } = await askToken(one, client);
  await post(at(two, '/oauth2/revoke'), {
    client_id: client.client_id,
    client_secret: client.client_secret,
    token: access_token,
  });
  await untilAll(async (node) => !(await isActive(node, client, access_token)));
});
