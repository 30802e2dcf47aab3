// Health: ready when all is well, red while something is not, and green again; on a port of its own.

import { request } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { requestToken } from '../../support/endpoints.ts';
import { eventually } from '../../support/eventually.ts';
import { managementUrl } from '../../support/metrics.ts';
import { createTestDatabase } from '../../support/postgres.ts';
import { startTestServer, type TestServer } from '../../support/server.ts';

const management = { port: 0 };

const health = async (server: TestServer, which: 'live' | 'ready') => {
  const response = await fetch(managementUrl(server, `/health/${which}`));
  return (await response.json()) as { status: string; checks?: object };
};

const ready = { status: 'ready' };

describe('the listener', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer({ management });
  });
  afterAll(() => server.close());

  test('a server that has started is live and ready', async () => {
    expect((await fetch(managementUrl(server, '/health/live'))).status).toBe(200);
    const response = await fetch(managementUrl(server, '/health/ready'));
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual(ready);
    expect(response.headers.get('cache-control')).toBe('no-store');
  });

  test('HEAD is a GET without its body; other methods are refused', async () => {
    const head = await fetch(managementUrl(server, '/metrics'), { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([200, '']);
    for (const method of ['POST', 'DELETE', 'OPTIONS']) {
      const refused = await fetch(managementUrl(server, '/metrics'), { method });
      expect([refused.status, refused.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
    }
  });

  test.each([
    '/',
    '/oauth2/token',
    '/oauth2/jwks',
    '/account',
    '/health',
    '/metrics/',
    '/__proto__',
    '/constructor',
  ])('%s is not there', async (path) => {
    expect((await fetch(managementUrl(server, path))).status).toBe(404);
  });

  test('what a request target may be besides a path is no fault', async () => {
    const statusOf = (path: string) =>
      new Promise((resolve, reject) => {
        const options = { port: server.management?.port, host: '127.0.0.1', path };
        request(options, (response) => resolve(response.resume().statusCode))
          .on('error', reject)
          .end();
      });
    expect(await statusOf('http://elsewhere.example/metrics')).toBe(404);
    expect(await statusOf('//metrics')).toBe(404);
    expect(await statusOf('*')).toBe(404);
  });

  test.each(['/metrics', '/health/live', '/health/ready'])(
    '%s is not where clients are served',
    async (path) => {
      expect((await fetch(server.origin + path)).status).toBe(404);
    },
  );
});

test('without the key there is no such listener', async () => {
  const server = await startTestServer();
  expect(server.management).toBeUndefined();
  await server.close();
});

test('a port that is taken is a mistake in one line, and nothing is left running', async () => {
  const first = await startTestServer({ management });
  const port = first.management?.port;
  await expect(startTestServer({ management: { port } })).rejects.toThrow(
    `port ${port} on 127.0.0.1 is in use`,
  );
  await first.close();
});

test('SQLite: unready while the database cannot be read, and ready again', async () => {
  const server = await startTestServer({ management });
  const file = new DatabaseSync(join(server.data, 'tessera.db'));
  file.exec('alter table meta rename to gone');
  expect(await health(server, 'ready')).toEqual({
    status: 'not_ready',
    checks: { database: 'gives no answer' },
  });
  file.exec('alter table gone rename to meta');
  expect(await health(server, 'ready')).toEqual(ready);
  file.close();
  await server.close();
});

test('SQLite: unready while nothing can be written, and ready again', async () => {
  const server = await startTestServer({ management });
  const client = await server.register('standard');
  const writable = (may: boolean) =>
    sql`pragma query_only = ${sql.lit(may ? 'off' : 'on')}`.execute(server.instance.database.db);
  await writable(false);
  expect((await requestToken(server, 'standard', client)).status).toBe(200);
  await eventually(async () => (await health(server, 'ready')).status === 'not_ready');
  expect(await health(server, 'ready')).toMatchObject({ checks: { database: 'takes no writes' } });
  expect((await health(server, 'live')).status).toBe('live');
  await writable(true);
  await eventually(async () => (await health(server, 'ready')).status === 'ready');
  await server.close();
});

test('PostgreSQL: unready while the database lets nobody in, live all the time, and ready again', async () => {
  const database = await createTestDatabase('empty');
  const server = await startTestServer({ database: database.url, management });
  const name = new URL(database.url).pathname.slice(1);
  const elsewhere = await createTestDatabase('empty');
  try {
    await elsewhere.query(`alter database ${name} allow_connections false`);
    await elsewhere.query(`select pg_terminate_backend(pid) from pg_stat_activity where datname = '${name}'`);
    await eventually(async () => (await health(server, 'ready')).status === 'not_ready');
    expect(await health(server, 'ready')).toMatchObject({ checks: { database: 'gives no answer' } });
    expect((await health(server, 'live')).status).toBe('live');
    await eventually(async () => 'feed' in ((await health(server, 'ready')).checks ?? {}));
    await elsewhere.query(`alter database ${name} allow_connections true`);
    await eventually(async () => (await health(server, 'ready')).status === 'ready');
  } finally {
    await elsewhere.query(`alter database ${name} allow_connections true`);
    await server.close();
    await Promise.all([database.drop(), elsewhere.drop()]);
  }
});

test('a key set without an active key is named', async () => {
  const server = await startTestServer({ management });
  const { db } = server.instance.database;
  await db
    .updateTable('signing_keys')
    .set({ expires_at: 1, retires_at: 1 })
    .where('issuer', '=', 'tilia')
    .execute();
  // Access tokens can be signed, ID tokens cannot: one line of keys of the two.
  await db
    .updateTable('signing_keys')
    .set({ expires_at: 1, retires_at: 1 })
    .where('issuer', '=', 'standard')
    .where('alg', '=', 'RS256')
    .execute();
  await server.instance.keyring.load();
  expect(await health(server, 'ready')).toMatchObject({
    checks: { keys: 'no active signing key: standard, tilia' },
  });
  await server.close();
});

test('unready from the moment it is told to end until the last request is answered', async () => {
  const server = await startTestServer({ management });
  const socket = connect(server.port, '127.0.0.1');
  const answered = new Promise<string>((resolve) => {
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk;
      if (text.includes('HTTP/1.1 4')) resolve(text);
    });
  });
  const begun = new Promise((resolve) => socket.once('data', resolve));
  socket.write(
    'POST /oauth2/token HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\na',
  );
  await begun;
  const closed = server.close();
  expect(await health(server, 'ready')).toMatchObject({
    status: 'not_ready',
    checks: { server: expect.stringContaining('is ending') },
  });
  expect((await health(server, 'live')).status).toBe('live');
  socket.write('=b');
  await answered;
  await closed;
  await expect(fetch(managementUrl(server, '/health/live'))).rejects.toThrow();
});
