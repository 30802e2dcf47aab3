// Health and metrics of a program: one process answers for itself, a supervisor for all of its workers.

import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import {
  cleanUp,
  expectMistake,
  type Project,
  project,
  type Served,
  tessera,
} from '../../command-line/program.ts';
import { type Credentials, requestToken } from '../../command-line/requests.ts';
import { eventually } from '../../support/eventually.ts';
import { freePort } from '../../support/free-port.ts';
import { Scraped } from '../../support/metrics.ts';

let place: Project;
let client: Credentials;
let port: number;
let server: Served | undefined;

beforeAll(async () => {
  port = await freePort();
  place = await project({ issuers: [{ name: 'main', location: '/' }], management: { port } });
  await place.json(['migrate']);
  client = await place.json(['client', 'create']);
});
afterEach(async () => {
  await server?.end();
  server = undefined;
});
afterAll(cleanUp);

const start = async (workers: string) => {
  server = await place.start({ TESSERA_WORKERS: workers });
  return server;
};
const ask = (path: string) => fetch(`http://127.0.0.1:${port}${path}`);
const scrape = async () => new Scraped(await (await ask('/metrics')).text());
const tokens = async () =>
  (await scrape()).sum('tessera_requests_total', { endpoint: 'token', result: 'ok' });
const ready = async () => (await ask('/health/ready')).status;

test.each(['1', '3'])('%s: ready, and all that its processes count', async (workers) => {
  const { json, end } = await start(workers);
  expect(await ready()).toBe(200);
  const asked = Array.from({ length: 12 }, () => requestToken(`${json.origin}/oauth2/token`, client));
  for (const { status } of await Promise.all(asked)) expect(status).toBe(200);
  expect(await tokens()).toBe(12);
  const scraped = await scrape();
  expect(scraped.sum('tessera_processes')).toBe(Number(workers));
  expect(scraped.sum('tessera_signing_duration_seconds_count')).toBe(12);
  // One for access tokens, and one for ID tokens.
  expect(scraped.sum('tessera_signing_keys', { state: 'active' })).toBe(2);
  expect((await end()).code).toBe(0);
  await expect(ask('/health/live')).rejects.toThrow();
});

test('a worker that dies takes nothing back of what was counted', async () => {
  const { json, stderr } = await start('2');
  const asked = Array.from({ length: 12 }, () => requestToken(`${json.origin}/oauth2/token`, client));
  await Promise.all(asked);
  expect(await tokens()).toBe(12);
  await eventually(() => stderr().includes('"msg":"supervising"'));
  process.kill(Number(/"workers":\[(\d+),/.exec(stderr())?.[1]), 'SIGKILL');
  await eventually(async () => stderr().includes('worker died') && (await ready()) === 200);
  await eventually(async () => (await scrape()).sum('tessera_processes') === 2);
  expect(await tokens()).toBe(12);
  expect((await scrape()).sum('tessera_requests_in_flight')).toBe(0);
});

test.each(['1', '2'])('%s: an address that is taken is a mistake in one line', async (workers) => {
  await start('1');
  const env = { TESSERA_WORKERS: workers, TESSERA_LOG_LEVEL: 'error' };
  expectMistake(
    await tessera(['start'], { cwd: place.folder, env }),
    `tessera: port ${port} on 127.0.0.1 is in use`,
  );
});
