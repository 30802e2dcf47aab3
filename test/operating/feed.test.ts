// How a change that another process has made comes here: by looking, five times a second; on PostgreSQL by being told.
// No test measures how soon, which says more of the machine: time passes here when a test says so.

import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { updateClient } from '../../packages/server/src/store/tables/clients.ts';
import { requestToken } from '../support/endpoints.ts';
import { eventually } from '../support/eventually.ts';
import { asOperator } from '../support/operator.ts';
import { createTestDatabase } from '../support/postgres.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

const issuers = [{ name: 'standard', location: '/', dialect: 'standard', signing_alg: 'EdDSA' }];

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** A client that the server has in memory. */
async function cachedClient(server: TestServer): Promise<string> {
  const client = await server.register('standard');
  expect((await requestToken(server, 'standard', client)).status).toBe(200);
  return client.client_id;
}
const isCached = ({ instance: { store } }: TestServer, client_id: string) =>
  store.cachedClient('standard', client_id)?.disabled === false;

test('SQLite: found at the next look, a fifth of a second later at most', async () => {
  const server = await startTestServer({ issuers });
  const client_id = await cachedClient(server);
  // What the server has done itself is a change, too.
  await vi.advanceTimersByTimeAsync(200);
  await eventually(() => !isCached(server, client_id));
  expect(await server.instance.store.findClient('standard', client_id)).toMatchObject({ disabled: false });
  await asOperator(server, ({ admin }) =>
    updateClient(admin.db, 'standard', client_id, { disabled: true }, Date.now()),
  );
  await vi.advanceTimersByTimeAsync(199);
  expect(isCached(server, client_id)).toBe(true);
  await vi.advanceTimersByTimeAsync(1);
  await eventually(() => !isCached(server, client_id));
  await server.close();
});

test('PostgreSQL: told at once, though nobody looks', async () => {
  const database = await createTestDatabase('empty');
  const shared = { issuers, database: database.url, master_key: randomBytes(32).toString('base64') };
  const [here, there] = [await startTestServer(shared), await startTestServer(shared)];
  const disable = (client_id: string) =>
    updateClient(here.instance.admin.db, 'standard', client_id, { disabled: true }, Date.now());
  // The first may have been found when `there` began to listen; the second has been told.
  for (let round = 0; round < 2; round += 1) {
    const client = await here.register('standard');
    expect((await requestToken(there, 'standard', client)).status).toBe(200);
    await disable(client.client_id);
    await eventually(async () => (await requestToken(there, 'standard', client)).status === 401);
  }
  await Promise.all([here.close(), there.close()]);
  await database.drop();
});
