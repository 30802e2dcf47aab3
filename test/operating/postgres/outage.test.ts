// The database is gone, or silent: what needs it is refused at once, the rest goes on, and all is well when it is back.

import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { type App, createApp } from '../../authorization/app.ts';
import { clientCredentials, requestToken, urlOf } from '../../support/endpoints.ts';
import { eventually } from '../../support/eventually.ts';
import { managementUrl } from '../../support/metrics.ts';
import { type Network, startNetwork } from '../../support/network.ts';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.ts';
import { basic, post, startTestServer, type TestServer } from '../../support/server.ts';
import { createTestUser, type TestUser, UserAgent } from '../../support/user-agent.ts';

let database: TestDatabase;
let network: Network;
let server: TestServer;
let client: Awaited<ReturnType<TestServer['register']>>;
let app: App;
let user: TestUser;
let refresh_token: string;

beforeAll(async () => {
  database = await createTestDatabase('empty');
  network = await startNetwork(database.url);
  server = await startTestServer({ database: network.url, outage_tolerance: '8s', management: { port: 0 } });
  client = await server.register('standard');
  app = await createApp(server, 'standard');
  user = await createTestUser(server);
  const tokens = await app.redeem(await app.code(new UserAgent(), user));
  refresh_token = tokens.refresh_token;
  expect((await requestToken(server, 'standard', client)).status).toBe(200);
});
afterAll(async () => {
  await server.close();
  await network.close();
  await database.drop();
});
afterEach(async () => {
  await network.restore();
  await eventually(isReady);
});

const isReady = async () => (await fetch(managementUrl(server, '/health/ready'))).ok;
const isLive = async () => (await fetch(managementUrl(server, '/health/live'))).ok;
const refresh = () =>
  post(
    urlOf(server, 'standard', 'token'),
    { grant_type: 'refresh_token', refresh_token },
    basic(app.client_id, app.client_secret),
  );

async function refusal(response: Response) {
  const { error } = (await response.json()) as { error?: string };
  return { status: response.status, error, retry_after: response.headers.get('retry-after') };
}
const unavailable = { status: 503, error: 'temporarily_unavailable', retry_after: '1' };

describe.each<[string, (network: Network) => unknown]>([
  ['its connections are cut', (network) => network.cut()],
  ['it gives no answer', (network) => network.silence()],
])('%s', (_, fail) => {
  test('what needs it gets a 503 at once, once it is known to be gone; clients in memory get their tokens', async () => {
    await fail(network);
    // Found out by whoever waits for it.
    await eventually(async () => (await refresh()).status === 503);
    const begin = performance.now();
    const answers = await Promise.all(Array.from({ length: 200 }, refresh));
    expect(performance.now() - begin).toBeLessThan(2000);
    for (const answer of answers) expect(await refusal(answer)).toEqual(unavailable);
    expect((await requestToken(server, 'standard', client)).status).toBe(200);
    const stranger = { client_id: 'nobody', client_secret: 'nothing' };
    expect(await refusal(await requestToken(server, 'standard', stranger))).toEqual(unavailable);
    expect(await isLive()).toBe(true);
    expect(await isReady()).toBe(false);
  });

  test('and when it is back, everything goes on by itself', async () => {
    await fail(network);
    await eventually(async () => (await refresh()).status === 503);
    await network.restore();
    await eventually(async () => (await refresh()).status === 200);
    const { status } = await requestToken(server, 'standard', {
      client_id: 'nobody',
      client_secret: 'nothing',
    });
    expect(status).toBe(401);
  });
});

test('a refresh token whose answer was lost is not held to its grace while nobody could ask', async () => {
  const tokens = await app.redeem(await app.code(new UserAgent(), user));
  const ask = async () => (await app.refresh(tokens.refresh_token)).status;
  expect(await ask()).toBe(200);
  await network.cut();
  await eventually(async () => (await ask()) === 503);
  await new Promise((resolve) => setTimeout(resolve, 6000));
  await network.restore();
  await eventually(isReady);
  const passed = (ms: number) => vi.useFakeTimers({ toFake: ['Date'] }).setSystemTime(Date.now() + ms);
  // Longer ago than the grace of 30 seconds, but for the outage.
  passed(25_000);
  expect(await ask()).toBe(200);
  passed(10_000);
  expect(await ask()).toBe(400);
  vi.useRealTimers();
});

test('memory is believed for as long as was said, and no longer', async () => {
  await network.cut();
  await eventually(async () => (await requestToken(server, 'standard', client)).status === 503);
  await network.restore();
  await eventually(async () => (await requestToken(server, 'standard', client)).status === 200);
});

test('a page where users sign in says so too, and nothing is a fault', async () => {
  await network.cut();
  await eventually(async () => (await refresh()).status === 503);
  const page = await new UserAgent().get(app.url());
  expect([page.status, page.headers.get('retry-after')]).toEqual([503, '1']);
  expect(page.headers.get('content-type')).toContain('text/html');
  await post(urlOf(server, 'standard', 'token'), {
    ...clientCredentials,
    client_id: 'x',
    client_secret: 'y',
  });
  expect(server.log.filter(({ reason }) => reason === 'fault')).toEqual([]);
});

test('the log says what is wrong, once, and that it is over', async () => {
  await network.cut();
  await eventually(async () => (await refresh()).status === 503);
  const failures = () =>
    server.log.filter(({ msg, work }) => msg === 'background work failed' && work === 'changes');
  const before = failures().length;
  await new Promise((resolve) => setTimeout(resolve, 1500));
  expect(failures().length - before).toBeLessThanOrEqual(1);
  expect(failures().at(-1)?.cause).toMatch(/ECONNREFUSED|terminated|ECONNRESET/);
  await network.restore();
  await eventually(() => server.log.at(-1) !== undefined && lastOfChanges() === 'background work goes on');
});

const lastOfChanges = () => server.log.findLast(({ work }) => work === 'changes')?.msg;
