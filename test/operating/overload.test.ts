// More at once than can be answered: the rest is turned away at once, those taken are answered, nothing is left behind.

import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { issueToken, requestToken, urlOf } from '../support/endpoints.ts';
import { eventually } from '../support/eventually.ts';
import { managementUrl, scrape } from '../support/metrics.ts';
import { basic, post, startTestServer, type TestServer } from '../support/server.ts';

let server: TestServer;
let client: Awaited<ReturnType<TestServer['register']>>;

beforeAll(async () => {
  server = await startTestServer({ management: { port: 0 } });
  client = await server.register('standard');
});
afterAll(() => server.close());

test('a thousand are answered at once, and more are told when to come again', async () => {
  const token = await issueToken(server, 'standard', client);
  const credentials = basic(client.client_id, client.client_secret);
  const file = new DatabaseSync(join(server.data, 'tessera.db'));
  // Revocations wait for it.
  file.exec('begin immediate');
  const revocations = Array.from({ length: 1100 }, async () => {
    const { status, headers } = await post(urlOf(server, 'standard', 'revocation'), { token }, credentials);
    return { status, retry_after: headers.get('retry-after') };
  });
  await eventually(async () => (await scrape(server)).sum('tessera_requests_in_flight') >= 1000);
  const refused = await requestToken(server, 'standard', client);
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1']);
  expect(await refused.json()).toMatchObject({ error: 'temporarily_unavailable' });
  const script = await post(urlOf(server, 'standard', 'token'), {}, { origin: 'https://spa.example' });
  expect([script.status, script.headers.get('access-control-allow-origin')]).toEqual([503, '*']);
  expect((await fetch(managementUrl(server, '/health/live'))).status).toBe(200);
  file.exec('rollback');
  file.close();
  const answers = await Promise.all(revocations);
  expect(answers.filter(({ status }) => status === 200).length).toBeGreaterThanOrEqual(1000);
  for (const { status, retry_after } of answers)
    expect([200, '503 1']).toContain(status === 200 ? status : `${status} ${retry_after}`);
  expect((await requestToken(server, 'standard', client)).status).toBe(200);
  expect((await scrape(server)).sum('tessera_requests_in_flight')).toBe(0);
  const told = server.log.filter(({ reason }) => reason === 'overloaded').map(({ endpoint }) => endpoint);
  expect(told).toContain('token');
});
