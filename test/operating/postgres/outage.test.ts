// The database is gone, or silent: what needs it is refused at once, the rest goes on, and all is well when it is back.

import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { type App, createApp } from '../../authorization/app.ts';
import { setClock } from '../../support/clock.ts';
import { clientCredentials, requestToken, urlOf } from '../../support/endpoints.ts';
import { eventually } from '../../support/eventually.ts';
import { managementUrl, scrape } from '../../support/metrics.ts';
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

/** By how much the monotonic clock is ahead; it never goes back. Milliseconds. */
let ahead = 0;
const realNow = performance.now.bind(performance);
function pass(ms: number): void {
  ahead += ms;
  setClock(Date.now() + ms);
}

beforeAll(async () => {
  vi.spyOn(performance, 'now').mockImplementation(() => realNow() + ahead);
  database = await createTestDatabase('empty');
  network = await startNetwork(database.url);
  server = await startTestServer({
    database: network.url,
    outage_tolerance: '10m',
    management: { port: 0 },
  });
  client = await server.register('standard');
  app = await createApp(server, 'standard');
  user = await createTestUser(server);
});
beforeEach(async () => {
  refresh_token = (await app.redeem(await app.code(new UserAgent(), user))).refresh_token;
  expect((await requestToken(server, 'standard', client)).status).toBe(200);
});
afterEach(async () => {
  await network.restore();
  await eventually(isReady);
});
afterAll(async () => {
  await server.close();
  await network.close();
  await database.drop();
  vi.restoreAllMocks();
});

const isReady = async () => (await fetch(managementUrl(server, '/health/ready'))).ok;
const isLive = async () => (await fetch(managementUrl(server, '/health/live'))).ok;
const refresh = () =>
  post(
    urlOf(server, 'standard', 'token'),
    { grant_type: 'refresh_token', refresh_token },
    basic(app.client_id, app.client_secret),
  );
/** A request that waits for the database finds out that it is gone; then a probe makes sure. */
const untilGone = () =>
  eventually(async () => (await refresh()).status === 503 && server.instance.store.unavailableWithin(5) > 0);

async function refusal(response: Response) {
  const { error } = (await response.json()) as { error?: string };
  return { status: response.status, error, retry_after: response.headers.get('retry-after') };
}
const unavailable = { status: 503, error: 'temporarily_unavailable', retry_after: '1' };
const stranger = { client_id: 'nobody', client_secret: 'nothing' };

test.each<[string, (network: Network) => unknown]>([
  ['its connections are cut', (network) => network.cut()],
  ['it gives no answer', (network) => network.silence()],
])(
  '%s: what needs it gets a 503 at once, clients in memory their tokens; then all goes on by itself',
  async (_, fail) => {
    await fail(network);
    await untilGone();
    const refused = Promise.all(Array.from({ length: 200 }, refresh));
    // None of them waits: for a connection, or on one.
    const meanwhile = await scrape(server);
    expect(meanwhile.sum('tessera_database_waiting')).toBe(0);
    expect(meanwhile.sum('tessera_database_connections')).toBe(0);
    expect(
      new Set((await Promise.all((await refused).map(refusal))).map((each) => JSON.stringify(each))),
    ).toEqual(new Set([JSON.stringify(unavailable)]));
    expect((await requestToken(server, 'standard', client)).status).toBe(200);
    expect(await refusal(await requestToken(server, 'standard', stranger))).toEqual(unavailable);
    expect(await isLive()).toBe(true);
    expect(await isReady()).toBe(false);

    await network.restore();
    await eventually(async () => (await refresh()).status === 200);
    expect((await requestToken(server, 'standard', stranger)).status).toBe(401);
  },
);

test('a refresh token whose answer was lost is not held to its grace while nobody could ask', async () => {
  const ask = async () => (await refresh()).status;
  expect(await ask()).toBe(200);
  await network.cut();
  await untilGone();
  pass(6000);
  await network.restore();
  await eventually(isReady);
  // Longer ago than the grace of 30 seconds, but for the outage.
  pass(25_000);
  expect(await ask()).toBe(200);
  pass(10_000);
  expect(await ask()).toBe(400);
});

test('memory is believed for as long as was said, and no longer', async () => {
  await network.cut();
  await untilGone();
  const status = async () => (await requestToken(server, 'standard', client)).status;
  expect(await status()).toBe(200);
  pass(500_000);
  expect(await status()).toBe(200);
  pass(100_000);
  expect(await status()).toBe(503);
  await network.restore();
  await eventually(async () => (await status()) === 200);
});

test('a page where users sign in says so too, and nothing is a fault', async () => {
  await network.cut();
  await untilGone();
  const page = await new UserAgent().get(app.url());
  expect([page.status, page.headers.get('retry-after')]).toEqual([503, '1']);
  expect(page.headers.get('content-type')).toContain('text/html');
  await post(urlOf(server, 'standard', 'token'), { ...clientCredentials, ...stranger });
  expect(server.log.filter(({ reason }) => reason === 'fault')).toEqual([]);
});

test('the log says what is wrong, once, and that it is over', async () => {
  const ofChanges = () => server.log.filter(({ work }) => work === 'changes');
  // The outage before is over for it, too: the same failure is not logged twice in a row.
  await eventually(() => ofChanges().at(-1)?.msg !== 'background work failed');
  const before = ofChanges().length;
  await network.cut();
  await untilGone();
  await eventually(() => ofChanges().length > before);
  await network.restore();
  await eventually(() => ofChanges().at(-1)?.msg === 'background work goes on');
  const [failed, ...rest] = ofChanges().slice(before);
  expect(failed).toMatchObject({
    msg: 'background work failed',
    cause: expect.stringMatching(/ECONNREFUSED|terminated|ECONNRESET/),
  });
  expect(rest.map(({ msg }) => msg)).toEqual(['background work goes on']);
});
