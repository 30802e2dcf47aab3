// The metrics, over HTTP: each moves when it should, and none says what a client chose.

import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { tryAgain } from '../../../packages/server/src/store/sql/transact.ts';
import { createApp } from '../../authorization/app.ts';
import { requestToken, urlOf } from '../../support/endpoints.ts';
import { eventually } from '../../support/eventually.ts';
import { type Scraped, scrape } from '../../support/metrics.ts';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.ts';
import { basic, post, startTestServer, type TestServer } from '../../support/server.ts';
import { createTestUser, UserAgent } from '../../support/user-agent.ts';

const management = { port: 0 };
const total = 'tessera_requests_total';
let server: TestServer;
let client: Awaited<ReturnType<TestServer['register']>>;

beforeAll(async () => {
  server = await startTestServer({ management });
  client = await server.register('standard');
});
afterAll(() => server.close());

/** By how much `name` grows while `work` is done. */
async function growth(
  work: () => Promise<unknown>,
  name: string,
  labels: Record<string, string> = {},
): Promise<number> {
  const before = (await scrape(server)).sum(name, labels);
  await work();
  return (await scrape(server)).sum(name, labels) - before;
}

const token = (form: Record<string, string> = {}) =>
  post(
    urlOf(server, 'standard', 'token'),
    { grant_type: 'client_credentials', ...form },
    basic(client.client_id, client.client_secret),
  );

test('a token is a request of its issuer, endpoint and grant, with its time and its signature', async () => {
  const before = await scrape(server);
  expect((await token()).status).toBe(200);
  const after = await scrape(server);
  const grew = (name: string, labels: Record<string, string>) =>
    after.sum(name, labels) - before.sum(name, labels);
  const labels = {
    issuer: 'standard',
    endpoint: 'token',
    grant_type: 'client_credentials',
    result: 'ok',
    reason: '',
  };
  expect(grew(total, labels)).toBe(1);
  expect(grew('tessera_request_duration_seconds_count', { endpoint: 'token' })).toBe(1);
  expect(grew('tessera_request_duration_seconds_sum', { endpoint: 'token' })).toBeGreaterThan(0);
  expect(grew('tessera_signing_duration_seconds_count', { alg: 'ES256' })).toBe(1);
  expect(after.sum('tessera_signing_in_flight')).toBe(0);
  expect(after.sum('tessera_requests_in_flight')).toBe(0);
});

test.each([
  [
    'a wrong secret',
    () => requestToken(server, 'standard', { ...client, client_secret: 'x' }),
    'invalid_client',
    'secret_wrong',
  ],
  ['a scope that is not allowed', () => token({ scope: 'none' }), 'invalid_scope', 'scope_not_allowed'],
])('a refusal is counted by its reason: %s', async (_, ask, result, reason) => {
  const labels = { issuer: 'standard', endpoint: 'token', grant_type: 'client_credentials', result, reason };
  expect(await growth(ask, total, labels)).toBe(1);
});

test('a grant type that there is not is called other', async () => {
  const labels = { grant_type: 'other', result: 'unsupported_grant_type', reason: 'grant_type_unsupported' };
  expect(await growth(() => token({ grant_type: 'urn:of-my-own' }), total, labels)).toBe(1);
});

test('a method that an endpoint does not take, and a path that is none', async () => {
  const method = { endpoint: 'token', issuer: 'standard', reason: 'method_not_allowed' };
  expect(await growth(() => fetch(urlOf(server, 'standard', 'token')), total, method)).toBe(1);
  const nowhere = { endpoint: 'none', issuer: '', result: 'not_found', reason: 'path_unknown' };
  expect(await growth(() => fetch(`${server.origin}/nowhere/at-all`), total, nowhere)).toBe(1);
});

test('a body that is too large, and what is no request at all', async () => {
  const large = { endpoint: 'token', reason: 'body_too_large' };
  expect(await growth(() => token({ scope: 'a'.repeat(70_000) }), total, large)).toBe(1);
  const garbage = () =>
    new Promise<void>((resolve) => {
      const socket = connect(server.port, '127.0.0.1', () => socket.write('garbage\r\n\r\n'));
      socket.on('close', () => resolve()).resume();
    });
  expect(await growth(garbage, total, { endpoint: 'none', reason: 'unreadable' })).toBe(1);
});

test('a user who signs in, and one whose password is wrong', async () => {
  const user = await createTestUser(server);
  const app = await createApp(server, 'standard');
  const redeem = async () => app.redeem(await app.code(new UserAgent(), user));
  const code = { endpoint: 'token', grant_type: 'authorization_code', result: 'ok' };
  expect(await growth(redeem, total, code)).toBe(1);
  const wrong = app.code(new UserAgent(), { ...user, password: 'not it at all' }).catch(() => undefined);
  expect(await growth(() => wrong, total, { reason: 'password_wrong', endpoint: 'account' })).toBe(1);
  // On SQLite, what redeems a code shares its commit.
  expect((await scrape(server)).sum('tessera_commit_group_writes_total')).toBeGreaterThanOrEqual(1);
});

test('requests under way are in flight, and slow hashes wait for their turn', async () => {
  const slow = await server.register('trelica', { secret: { chosen: 'one that a person chose' } });
  const ask = (client_secret: string) => requestToken(server, 'trelica', { ...slow, client_secret });
  const asking = Promise.all(Array.from({ length: 8 }, (_, index) => ask(`wrong ${index}`)));
  await eventually(async () => {
    const scraped = await scrape(server);
    const waiting = scraped.sum('tessera_slow_hashes_waiting', { kind: 'client' });
    return waiting > 1 && scraped.sum('tessera_requests_in_flight') >= waiting;
  });
  await asking;
  const scraped = await scrape(server);
  expect(scraped.sum('tessera_slow_hashes_waiting')).toBe(0);
  expect(scraped.sum('tessera_requests_in_flight')).toBe(0);
});

test('a revoked token is on the deny-list', async () => {
  const { access_token } = (await (await token()).json()) as { access_token: string };
  const revoke = () =>
    post(
      urlOf(server, 'standard', 'revocation'),
      { token: access_token },
      basic(client.client_id, client.client_secret),
    );
  expect(await growth(revoke, 'tessera_denied_tokens')).toBe(1);
});

test('keys by issuer, algorithm and state, and when the next one signs', async () => {
  const { issuer } = { issuer: 'standard' };
  const keys = (scraped: Scraped, state: string) =>
    scraped.sum('tessera_signing_keys', { issuer, alg: 'ES256', state });
  const before = await scrape(server);
  expect([keys(before, 'active'), keys(before, 'published')]).toEqual([1, 0]);
  const days = before.sum('tessera_signing_key_rotation_seconds', { issuer, signs: 'access_token' }) / 86_400;
  expect(days).toBeGreaterThan(89);
  expect(days).toBeLessThanOrEqual(90);
  const standard = server.issuers().find(({ name }) => name === issuer);
  if (standard === undefined) throw new Error('no such issuer');
  await server.instance.keyring.rotate(standard, Date.now() + 600_000);
  const after = await scrape(server);
  expect([keys(after, 'active'), keys(after, 'published')]).toEqual([1, 1]);
  expect(
    after.sum('tessera_signing_key_rotation_seconds', { issuer, signs: 'access_token' }),
  ).toBeLessThanOrEqual(600);
});

test('a try that the database asks for again', async () => {
  const deadlock = Object.assign(new Error('deadlock detected'), { code: '40P01' });
  const work = vi.fn().mockRejectedValueOnce(deadlock).mockResolvedValue('done');
  expect(await growth(() => tryAgain(work), 'tessera_database_retries_total')).toBe(1);
});

test('what is running, and what it takes', async () => {
  const scraped = await scrape(server);
  expect(scraped.sum('tessera_build_info', { node: process.version, database: 'sqlite' })).toBe(1);
  expect(scraped.sum('tessera_processes')).toBe(1);
  expect(scraped.sum('process_cpu_seconds_total')).toBeGreaterThan(0);
  expect(scraped.sum('process_resident_memory_bytes')).toBeGreaterThan(1e7);
  expect(scraped.sum('tessera_feed_age_seconds')).toBeLessThan(5);
  expect(scraped.sum('tessera_event_loop_busy_seconds_total')).toBeGreaterThan(0);
});

test('the operator’s table is what there is', async () => {
  const page = await readFile(join(import.meta.dirname, '../../../docs/operations/monitoring.md'), 'utf8');
  const rows = [...page.matchAll(/^\| `((?:tessera|process)_\w+)` \| (\w+) \| (.*?) ?\| (\w+) \|/gm)];
  const told = rows.map(([, name = '', type, labels = '', merge]) => {
    return { name, type, labels: [...labels.matchAll(/`(\w+)`/g)].map(([, label]) => label), merge };
  });
  const there = server.metrics
    .snapshot()
    .map(({ name, type, labels, merge }) => ({ name, type, labels, merge }));
  const byName = (a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : 1);
  expect(told.sort(byName)).toEqual(there.sort(byName));
  expect([...(await scrape(server)).metrics.keys()].sort()).toEqual(there.map(({ name }) => name));
});

test('nothing that a client sends, and nothing secret, is in it', async () => {
  const mark = 'z3bra';
  const url = urlOf(server, 'standard', 'token');
  await token({ grant_type: mark, scope: mark, resource: mark });
  await requestToken(server, 'standard', { client_id: `id-${mark}`, client_secret: `secret-${mark}` });
  await fetch(`${server.origin}/${mark}?${mark}=${mark}`, { headers: { [`x-${mark}`]: mark } });
  await post(url, `${mark}=%${mark}`, { authorization: `Bearer ${mark}`, 'user-agent': mark });
  await fetch(`${server.origin}/oauth2/authorize?client_id=${mark}&prompt=${mark}`);
  const { text } = await scrape(server);
  expect(text).not.toContain(mark);
  expect(text).not.toContain(client.client_id);
  expect(text).not.toContain(client.client_secret);
});

test('two servers on one PostgreSQL: a change on one shows in the feed of the other, and the pool in both', async () => {
  const database: TestDatabase = await createTestDatabase('empty');
  const shared = { database: database.url, master_key: randomBytes(32).toString('base64') };
  const one = await startTestServer(shared);
  const small = new URL(database.url);
  small.searchParams.set('pool_size', '1');
  const other = await startTestServer({ ...shared, database: small.toString(), management });
  try {
    const count = async () => (await scrape(other)).sum('tessera_feed_lag_seconds_count');
    const before = await count();
    await one.register('standard');
    await eventually(async () => (await count()) > before);
    const scraped = await scrape(other);
    expect(scraped.sum('tessera_database_connections')).toBe(1);
    const busy = other.instance.database.db.transaction().execute(async (transaction) => {
      await transaction.selectFrom('meta').selectAll().execute();
      // The one connection is taken, and the follower of changes waits for it.
      await eventually(async () => (await scrape(other)).sum('tessera_database_waiting') > 0);
      return (await scrape(other)).sum('tessera_database_connections', { state: 'busy' });
    });
    expect(await busy).toBe(1);
    await eventually(async () => (await scrape(other)).sum('tessera_database_waiting') === 0);
    expect(scraped.sum('tessera_build_info', { database: 'postgresql' })).toBe(1);
  } finally {
    await one.close();
    await other.close();
    await database.drop();
  }
});
