// The whole server on PostgreSQL, over HTTP: what it does on SQLite, and what only this engine could do wrongly.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openInstance } from '../../../packages/server/src/instance/open.ts';
import { listIssuers } from '../../../packages/server/src/store/tables/issuers.ts';
import { type App, createApp } from '../../authorization/app.ts';
import {
  clientCredentials,
  dialectNames,
  introspect,
  issueToken,
  requestToken,
  urlOf,
} from '../../support/endpoints.ts';
import { eventually } from '../../support/eventually.ts';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.ts';
import { basic, post, startTestServer, type TestServer } from '../../support/server.ts';
import { createTestUser, formOf, headingOf, type TestUser, UserAgent } from '../../support/user-agent.ts';

let database: TestDatabase;
let server: TestServer;
let user: TestUser;
let app: App;

beforeAll(async () => {
  database = await createTestDatabase('empty');
  server = await startTestServer({ database: database.url });
  user = await createTestUser(server);
  app = await createApp(server, 'standard');
});
afterAll(async () => {
  await server.close();
  await database.drop();
});

test('of servers that start at once one withdraws an issuer, which comes back by being declared again', async () => {
  const { config, store } = server.instance;
  const { issuers } = config;
  const [standard] = issuers;
  if (standard === undefined) throw new Error('no issuer');
  const extra = { ...standard, name: 'extra', location: '/extra' };
  const open = async (declared: typeof issuers) => {
    const instance = await openInstance({ ...config, issuers: declared });
    await instance.close();
    return instance.withdrawn.map(({ name }) => name);
  };
  const isDisabled = async () => (await listIssuers(store.db)).find(({ name }) => name === 'extra')?.disabled;
  await open([...issuers, extra]);
  expect((await Promise.all(Array.from({ length: 5 }, () => open(issuers)))).flat()).toEqual(['extra']);
  expect(await isDisabled()).toBe(true);
  await open([...issuers, extra]);
  expect(await isDisabled()).toBe(false);
  await open(issuers);
});

const fifty = <T>(work: () => Promise<T>): Promise<T[]> => Promise.all(Array.from({ length: 50 }, work));

test.each(dialectNames)('%s: a token is given, introspected and revoked', async (issuer) => {
  const { client_id, client_secret } = await server.register(issuer);
  const client = { client_id, client_secret };
  const token = await issueToken(server, issuer, client);
  expect(await introspect(server, issuer, client, token)).toMatchObject({ active: true });
  await post(urlOf(server, issuer, 'revocation'), { ...client, token });
  expect(await introspect(server, issuer, client, token)).toEqual({ active: false });
  expect((await requestToken(server, issuer, { ...client, client_secret: 'wrong' })).status).not.toBe(200);
});

test('a user signs in, allows an app something, and disconnects it again', async () => {
  const agent = new UserAgent();
  const tokens = await app.redeem(await app.code(agent, user));
  expect(await app.introspect(tokens.access_token)).toMatchObject({ active: true });
  const next = await app.refresh(tokens.refresh_token);
  expect(next.status).toBe(200);
  const account = await agent.get(`${server.origin}/account`);
  expect(account.text).toContain('Test client');
  await agent.submit(formOf(account, '/account/disconnect'));
  await eventually(async () => (await app.introspect(next.access_token)).active === false);
  expect(await app.refresh(next.refresh_token)).toMatchObject({ status: 400, error: 'invalid_grant' });
});

test('of fifty that redeem one code, one gets tokens, and the others end them', async () => {
  const code = await app.code(new UserAgent(), user);
  const answers = await fifty(() => app.redeem(code));
  const [winner, ...more] = answers.filter(({ status }) => status === 200);
  expect(more).toEqual([]);
  expect(answers.filter(({ error }) => error === 'invalid_grant')).toHaveLength(49);
  expect(await app.introspect(winner?.access_token ?? '')).toEqual({ active: false });
});

test('fifty that refresh with one token all get the same next one', async () => {
  const { refresh_token } = await app.redeem(await app.code(new UserAgent(), user));
  const answers = await fifty(() => app.refresh(refresh_token));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  expect(new Set(answers.map((answer) => answer.refresh_token)).size).toBe(1);
});

describe('what its texts cannot hold', () => {
  // PostgreSQL refuses a text with a zero byte in it, wherever it stands.
  const nul = 'a\0b';

  test('is no fault of the server where a client sends it', async () => {
    const token = urlOf(server, 'standard', 'token');
    const { client_id, client_secret } = app;
    const statuses = [
      await post(token, clientCredentials, basic(nul, 'x')),
      await post(token, clientCredentials, basic('x', nul)),
      await post(token, { ...clientCredentials, client_id: nul, client_secret: 'x' }),
      await post(token, { ...clientCredentials, scope: nul }, basic(client_id, client_secret)),
      await post(urlOf(server, 'standard', 'introspection'), { token: nul }, basic(client_id, client_secret)),
      await fetch(app.url({ client_id: nul }), { redirect: 'manual' }),
      await fetch(app.url({ state: nul }), { redirect: 'manual' }),
    ].map(({ status }) => status);
    expect(statuses.filter((status) => status >= 500)).toEqual([]);
  });

  test.each([
    ['login', { login: nul, password: 'x' }],
    ['password', { login: 'x', password: nul }],
  ])('nor where somebody signs in with it: %s', async (_, fields) => {
    const agent = new UserAgent();
    const page = await agent.follow(await agent.get(app.url()));
    const refused = await agent.submit(formOf(page, '/account/sign-in'), fields);
    expect(refused.status, headingOf(refused)).toBeLessThan(500);
  });

  test('nor in a cookie', async () => {
    const agent = new UserAgent();
    await agent.get(app.url());
    for (const name of agent.cookies.keys()) agent.cookies.set(name, '%00');
    expect((await agent.get(`${server.origin}/account`)).status).toBeLessThan(500);
  });
});

test('the log names the database, and nowhere its password', () => {
  const { host, pathname, password } = new URL(database.url);
  expect(server.log.find(({ msg }) => msg === 'listening')).toMatchObject({ database: host + pathname });
  expect(password).not.toBe('');
  // That of another database may be a word.
  const secret = process.env.DATABASE_URL === undefined ? password : `:${password}@`;
  expect(JSON.stringify(server.log)).not.toContain(secret);
  expect(server.log.filter(({ reason }) => reason === 'fault')).toEqual([]);
});
