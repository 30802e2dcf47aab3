// Two servers on one database: one of them does the maintenance, and the other takes over when it ends.

import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { releaseLease, takeLease } from '../../packages/server/src/store/tables/leases.ts';
import { eventually } from '../support/eventually.ts';
import { createTestDatabase } from '../support/postgres.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

interface Place {
  readonly config: Record<string, unknown>;
  remove(): Promise<void>;
}

const engines: Record<string, () => Promise<Place>> = {
  async SQLite() {
    const data = await mkdtemp(join(tmpdir(), 'tessera-maintenance-'));
    return { config: { data }, remove: () => rm(data, { recursive: true }) };
  },
  async PostgreSQL() {
    const { url, drop } = await createTestDatabase();
    const master_key = randomBytes(32).toString('base64');
    return { config: { database: url, master_key }, remove: drop };
  },
};

describe.each(Object.entries(engines))('on %s', (_, createPlace) => {
  let place: Place;
  let servers: TestServer[];

  beforeEach(async () => {
    // Rounds are a minute apart.
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    place = await createPlace();
    const issuers = [{ name: 'standard', location: '/', dialect: 'standard', signing_alg: 'EdDSA' }];
    servers = [];
    for (let count = 0; count < 2; count += 1)
      servers.push(await startTestServer({ issuers, ...place.config }));
  });
  afterEach(async () => {
    await Promise.all(servers.map((server) => server.close()));
    vi.useRealTimers();
    await place.remove();
  });

  const table = () => servers.at(-1)?.instance.admin.db as TestServer['instance']['admin']['db'];
  const addDead = (id: string) =>
    table().insertInto('used_once').values({ namespace: 'test', id, expires_at: 1 }).execute();
  const dead = () => table().selectFrom('used_once').select('id').execute();
  const minute = () => vi.advanceTimersByTimeAsync(60_000);
  const turns = ({ log }: TestServer) =>
    log.filter(({ msg }) => msg === 'maintenance lease').map(({ held }) => held);

  test('one does it, and when it ends, the other', async () => {
    const [first, second] = servers as [TestServer, TestServer];
    await eventually(() => turns(first).length === 1);
    await addDead('a');
    await minute();
    await eventually(async () => (await dead()).length === 0);
    expect(servers.map(turns)).toEqual([[true], []]);
    await first.close();
    servers = [second];
    await addDead('b');
    await minute();
    await eventually(async () => (await dead()).length === 0);
    expect(turns(second)).toEqual([true]);
  });

  test('none does it while a third has the lease', async () => {
    const [first] = servers as [TestServer];
    await eventually(() => turns(first).length === 1);
    const own = await table().deleteFrom('leases').returningAll().executeTakeFirstOrThrow();
    await takeLease(table(), own.name, 'third', Date.now(), Date.now() + 200_000);
    await addDead('a');
    await minute();
    await eventually(() => turns(first).length === 2);
    expect(turns(first)).toEqual([true, false]);
    expect(await dead()).toEqual([{ id: 'a' }]);
    await releaseLease(table(), own.name, 'third');
    await minute();
    await eventually(async () => (await dead()).length === 0);
  });
});
