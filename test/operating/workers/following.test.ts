// Four processes on one database, on each engine: what changes on one, or by a command, holds on all.

import { decodeJwt, decodeProtectedHeader } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { projectInProcess } from '../../command-line/in-process.ts';
import { cleanUp, type Project, type Served, serve } from '../../command-line/program.ts';
import type { Credentials } from '../../command-line/requests.ts';
import { eventually } from '../../support/eventually.ts';
import { freePort } from '../../support/free-port.ts';
import { Scraped } from '../../support/metrics.ts';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.ts';
import { authorize, pkce, UserAgent } from '../../support/user-agent.ts';
import { type Connection, connectToEach } from './connections.ts';

const clientCredentials = { grant_type: 'client_credentials' };
const count = 4;

afterAll(cleanUp);

describe.each(['sqlite', 'postgres'])('%s', (engine) => {
  let database: TestDatabase | undefined;
  let place: Project;
  let server: Served;
  let workers: Connection[];
  let one: Connection;
  let client: Credentials;
  let managementPort: number;

  beforeAll(async () => {
    if (engine === 'postgres') database = await createTestDatabase('empty');
    const port = await freePort();
    managementPort = await freePort();
    place = await projectInProcess({
      issuers: [{ name: 'main', location: '/', signing_alg: 'EdDSA' }],
      listen: { port },
      management: { port: managementPort },
      master_key_file: 'master.key',
      ...(database !== undefined && { database: database.url }),
    });
    server = await serve(['start', '--workers', String(count)], { cwd: place.folder });
    workers = await connectToEach(server.json.origin, count);
    [one] = workers as [Connection];
    client = await place.json(['client', 'create', '--introspection', 'any']);
  });
  afterAll(async () => {
    for (const worker of workers) worker.close();
    expect((await server.end()).code).toBe(0);
    await database?.drop();
  });

  const token = (worker: Connection, of = client, form: Record<string, string> = clientCredentials) =>
    worker.ask('/oauth2/token', of, form);
  const statusOf = async (worker: Connection, of: Credentials) => (await token(worker, of)).status;
  const isActive = async (worker: Connection, access_token: string) =>
    (await worker.ask('/oauth2/introspect', client, { token: access_token })).json.active;

  /** Waits until `check` holds on every worker. */
  const untilAll = (check: (worker: Connection) => Promise<boolean>) =>
    Promise.all(workers.map((worker) => eventually(() => check(worker))));

  test('a client that is disabled gets no token', async () => {
    const other = await place.json(['client', 'create']);
    for (const worker of workers) expect(await statusOf(worker, other)).toBe(200);
    await place.json(['client', 'update', other.client_id, '--disable']);
    await untilAll(async (worker) => (await statusOf(worker, other)) === 401);
  });

  test('a secret that is revoked is good no longer', async () => {
    const { client_id, client_secret } = await place.json(['client', 'create']);
    const [{ id }] = await place.json(['client', 'secret', 'list', client_id]);
    for (const worker of workers) expect(await statusOf(worker, { client_id, client_secret })).toBe(200);
    await place.json(['client', 'secret', 'revoke', client_id, id]);
    await untilAll(async (worker) => (await statusOf(worker, { client_id, client_secret })) === 401);
  });

  test('a key that is rotated signs', async () => {
    const [{ kid }] = await place.json(['key', 'rotate', '--now', '--alg', 'EdDSA']);
    await untilAll(async (worker) => {
      const { json } = await token(worker);
      return decodeProtectedHeader(String(json.access_token)).kid === kid;
    });
  });

  test('a token that is revoked on one is over', async () => {
    const { json } = await token(one);
    const access_token = String(json.access_token);
    for (const worker of workers) expect(await isActive(worker, access_token)).toBe(true);
    await one.ask('/oauth2/revoke', client, { token: access_token });
    await untilAll(async (worker) => !(await isActive(worker, access_token)));
  });

  test('a token that is given again is one for each of them; revoked on one, it is given by none', async () => {
    const other = await place.json(['client', 'create', '--token-reuse', '1h']);
    const jtiOf = async (worker: Connection) => {
      const { status, json } = await token(worker, other);
      expect(status).toBe(200);
      return String(decodeJwt(String(json.access_token)).jti);
    };
    // A worker that learns of a new client reads it once more; what comes after that is learned later.
    const last = await place.json(['client', 'create']);
    for (const worker of workers) expect(await statusOf(worker, last)).toBe(200);
    await place.json(['client', 'update', last.client_id, '--disable']);
    await untilAll(async (worker) => (await statusOf(worker, last)) === 401);
    const asked = await Promise.all(
      workers.flatMap((worker) => Array.from({ length: 12 }, () => token(worker, other))),
    );
    expect(asked.map(({ status }) => status)).toEqual(Array.from({ length: 48 }, () => 200));
    expect(new Set(asked.map(({ json }) => json.access_token)).size).toBe(count);
    const { json } = await token(one, other);
    const revoked = String(decodeJwt(String(json.access_token)).jti);
    await (workers.at(-1) ?? one).ask('/oauth2/revoke', other, { token: String(json.access_token) });
    await untilAll(async (worker) => (await jtiOf(worker)) !== revoked);
  });

  test('a grant that is revoked on one is over, with all its tokens', async () => {
    const redirect_uri = 'https://app.example/cb';
    await place.json(['scope', 'create', 'read']);
    const app = await place.json([
      'client',
      'create',
      '--scope',
      'read offline_access',
      '--redirect-uri',
      redirect_uri,
    ]);
    const { password } = await place.json(['user', 'create', '--login', 'ann@example.com']);
    const { code_verifier, ...challenge } = pkce();
    const request = {
      response_type: 'code',
      client_id: app.client_id,
      redirect_uri,
      scope: 'read offline_access',
    };
    const url = new URL('/oauth2/authorize', server.json.origin);
    url.search = new URLSearchParams({ ...request, ...challenge }).toString();
    const user = { id: '', login: 'ann@example.com', password };
    const code = (await authorize(new UserAgent(), url.toString(), user)).searchParams.get('code') ?? '';
    const { json } = await token(one, app, {
      grant_type: 'authorization_code',
      code,
      redirect_uri,
      code_verifier,
    });
    const [access_token, refresh_token] = [String(json.access_token), String(json.refresh_token)];
    for (const worker of workers) expect(await isActive(worker, access_token)).toBe(true);
    await one.ask('/oauth2/revoke', app, { token: refresh_token });
    await untilAll(async (worker) => !(await isActive(worker, access_token)));
    for (const worker of workers) {
      const { status, json } = await token(worker, app, { grant_type: 'refresh_token', refresh_token });
      expect({ status, error: json.error }).toEqual({ status: 400, error: 'invalid_grant' });
    }
  });

  test('the metrics tell how long each change took to get there, by all four', async () => {
    const applied = async () => {
      const response = await fetch(`http://127.0.0.1:${managementPort}/metrics`);
      return new Scraped(await response.text()).sum('tessera_feed_lag_seconds_count');
    };
    const before = await applied();
    await place.json(['scope', 'create', 'one-more-change']);
    await eventually(async () => (await applied()) >= before + count);
  });
});
