// A dialect whose clients name the redirect URI once (OAuth 2.1 §10.2): only where something else binds the code.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../support/server.ts';
import { createTestUser, type TestUser, UserAgent } from '../support/user-agent.ts';
import { callback, createApp, lastReason } from './app.ts';

let folder: string;
let server: TestServer;
let user: TestUser;
const agent = new UserAgent();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tessera-dialect-'));
  const file = join(folder, 'once.yaml');
  await writeFile(
    file,
    'name: once\nextends: trelica\nauthorization_code: { redirect_uri_repeated: false }\n',
  );
  const issuers = [
    { name: 'once', location: '/once', dialect: 'once' },
    { name: 'trelica', location: '/trelica', dialect: 'trelica' },
  ];
  server = await startTestServer({ dialects: [file], issuers });
  user = await createTestUser(server);
});
afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

const second = 'https://app.example/second';
const unbound = { code_challenge: undefined, code_challenge_method: undefined };
const unproved = { code_verifier: undefined };
const unnamed = { redirect_uri: undefined };

test.for([
  ['of the only one', [callback], unbound, unproved],
  ['of one of two, by PKCE', [callback, second], {}, {}],
] as const)('it may be left out: %s', async ([, redirect_uris, request, form]) => {
  const app = await createApp(server, 'once', { redirect_uris });
  const code = await app.code(agent, user, request);
  expect((await app.redeem(code, { ...form, ...unnamed })).status).toBe(200);
});

test('of one of two without PKCE it may not', async () => {
  const app = await createApp(server, 'once', { redirect_uris: [callback, second] });
  const code = await app.code(agent, user, unbound);
  expect((await app.redeem(code, { ...unproved, ...unnamed })).error).toBe('invalid_grant');
  expect(lastReason(server)).toBe('redirect_uri_missing');
  expect((await app.redeem(code, unproved)).status).toBe(200);
});

test('one at another port of a loopback address is not the one that is registered', async () => {
  const app = await createApp(server, 'once', { redirect_uris: ['http://127.0.0.1/callback'] });
  const redirect_uri = 'http://127.0.0.1:4711/callback';
  const code = await app.code(agent, user, { ...unbound, redirect_uri });
  expect((await app.redeem(code, { ...unproved, ...unnamed })).error).toBe('invalid_grant');
  expect((await app.redeem(code, { ...unproved, redirect_uri })).status).toBe(200);
});

test('one that is named must be right', async () => {
  const app = await createApp(server, 'once', { redirect_uris: [callback] });
  const code = await app.code(agent, user, unbound);
  expect((await app.redeem(code, { ...unproved, redirect_uri: second })).error).toBe('invalid_grant');
  expect(lastReason(server)).toBe('redirect_uri_mismatch');
});

test('other dialects want it named as ever', async () => {
  const app = await createApp(server, 'trelica', { redirect_uris: [callback] });
  const code = await app.code(agent, user, unbound);
  expect((await app.redeem(code, { ...unproved, ...unnamed })).error).toBe('invalid_grant');
  expect(lastReason(server)).toBe('redirect_uri_missing');
});
