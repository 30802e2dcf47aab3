// A server of the release before runs beside the new one, which has just migrated: both do all their work, and each
// sees what the other changes (docs/decisions/0010, "expand, then contract").

import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { decodeProtectedHeader } from 'jose';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { updateClient } from '../../../packages/server/src/store/tables/clients.ts';
import { type App, createApp } from '../../authorization/app.ts';
import { asJson, cleanUp, project, type Served, serve, tessera } from '../../command-line/program.ts';
import { type Credentials, isActive, requestToken } from '../../command-line/requests.ts';
import { issuerOf } from '../../support/endpoints.ts';
import { eventually } from '../../support/eventually.ts';
import { freePort } from '../../support/free-port.ts';
import { createTestDatabase } from '../../support/postgres.ts';
import { basic, post, startTestServer, type TestServer } from '../../support/server.ts';
import { authorize, createTestUser, type TestUser, UserAgent } from '../../support/user-agent.ts';
import { findPrevious, unpack } from './previous.ts';

const issuers = [{ name: 'standard', location: '/', dialect: 'standard', signing_alg: 'EdDSA' }];
const newest = readdirSync(join(import.meta.dirname, '../../../packages/server/src/store/migrations'))
  .map((file) => file.replace('.ts', ''))
  .sort()
  .at(-1);

interface Place {
  readonly config: { readonly data?: string; readonly database?: string };
  applied(): Promise<unknown[]>;
  remove(): Promise<void>;
}

const engines: Record<string, (folder: string) => Promise<Place>> = {
  async SQLite(folder) {
    const data = join(folder, 'data');
    const applied = async () => {
      const file = new DatabaseSync(join(data, 'tessera.db'), { readOnly: true });
      const rows = file.prepare('select name from migrations order by name').all();
      file.close();
      return rows.map(({ name }) => name);
    };
    return { config: { data }, applied, remove: async () => {} };
  },
  async PostgreSQL() {
    const { url, query, drop } = await createTestDatabase('empty');
    const applied = async () =>
      (await query('select name from migrations order by name')).map(({ name }) => name);
    return { config: { database: url }, applied, remove: drop };
  },
};

const previous = findPrevious();
let program: string;
beforeAll(async () => {
  if ('commit' in previous) program = await unpack(previous.commit);
});
afterAll(cleanUp);

test('the release before is in the history of this clone', ({ skip }) => {
  const reason = 'reason' in previous ? `no upgrade is tested: ${previous.reason}` : undefined;
  // By hand one sees that it was skipped; in a pipeline nobody would.
  skip(reason !== undefined && !process.env.CI, reason);
  expect(reason).toBeUndefined();
});

describe.skipIf('reason' in previous).each(Object.entries(engines))('on %s', (_, createPlace) => {
  let place: Place;
  let older: Served;
  let newer: TestServer;
  /** Of the older one, of the newer one. */
  let origins: [string, string];
  /** Registered by a command of the release before. */
  let client: Credentials;
  let app: App;
  let user: TestUser;
  const meanwhile: number[] = [];

  beforeAll(async () => {
    const master_key = randomBytes(32).toString('base64');
    const [oldPort, port] = [await freePort(), await freePort()];
    origins = [`http://127.0.0.1:${oldPort}`, `http://127.0.0.1:${port}`];
    const shared = { issuers, public_url: origins[1] };
    const { folder, file } = await project(shared);
    place = await createPlace(folder);
    const { database } = place.config;
    const env = {
      TESSERA_MASTER_KEY: master_key,
      TESSERA_LISTEN_PORT: String(oldPort),
      ...(database !== undefined && { TESSERA_DATABASE: database }),
    };
    const surroundings = { cwd: folder, program, env };
    older = await serve(['start', '--config', file], surroundings);
    expect(await place.applied()).not.toContain(newest);
    const command = asJson((args) => tessera(args, surroundings));
    client = await command(['client', 'create', '--introspection', 'any']);
    let starting = true;
    const asking = (async () => {
      while (starting) meanwhile.push((await token(origins[0])).status);
    })();
    newer = await startTestServer({ ...shared, ...place.config, master_key, listen: { port } });
    starting = false;
    await asking;
    app = await createApp(newer, 'standard');
    user = await createTestUser(newer);
  });
  afterAll(async () => {
    await newer?.close();
    await older?.end();
    await place?.remove();
  });

  const token = (origin: string, by = client) => requestToken(`${origin}/oauth2/token`, by);
  const active = (origin: string, text: string) => isActive(`${origin}/oauth2/introspect`, client, text);
  const kidOf = async (origin: string) => decodeProtectedHeader((await token(origin)).access_token).kid;
  const redirect_uri = () => app.client.redirect_uris[0] ?? '';
  const ask = async (origin: string, form: Record<string, string>) => {
    const response = await post(`${origin}/oauth2/token`, form, basic(app.client_id, app.client_secret));
    return {
      status: response.status,
      ...((await response.json()) as Record<'access_token' | 'refresh_token', string>),
    };
  };
  const refresh = (origin: string, refresh_token: string) =>
    ask(origin, { grant_type: 'refresh_token', refresh_token });
  /** The tokens for a code that one gives and the other redeems. */
  async function connect(giving: string, redeeming: string) {
    const url = app.url().replace(newer.origin, giving);
    const code = (await authorize(new UserAgent(), url, user)).searchParams.get('code') ?? '';
    const { code_verifier } = app.pkce;
    return ask(redeeming, {
      grant_type: 'authorization_code',
      code,
      redirect_uri: redirect_uri(),
      code_verifier,
    });
  }
  const ways = [
    ['older', 'newer', 0, 1],
    ['newer', 'older', 1, 0],
  ] as const;

  test('the newer one has migrated, and nobody at the older one noticed', async () => {
    expect(await place.applied()).toContain(newest);
    expect(meanwhile.length).toBeGreaterThan(0);
    expect(new Set(meanwhile)).toEqual(new Set([200]));
  });

  test.each(ways)(
    'a token of the %s is good at the %s, until it is revoked there',
    async (_a, _b, one, two) => {
      const { access_token } = await token(origins[one]);
      expect(await active(origins[two], access_token)).toBe(true);
      await post(
        `${origins[two]}/oauth2/revoke`,
        { token: access_token },
        basic(client.client_id, client.client_secret),
      );
      await eventually(async () => !(await active(origins[one], access_token)));
    },
  );

  test.each(ways)(
    'a code of the %s is redeemed at the %s, and refreshed at both',
    async (_a, _b, one, two) => {
      const first = await connect(origins[one], origins[two]);
      expect(first.status).toBe(200);
      const second = await refresh(origins[one], first.refresh_token);
      const third = await refresh(origins[two], second.refresh_token);
      expect(third.status).toBe(200);
      expect(await active(origins[one], third.access_token)).toBe(true);
      await post(
        `${origins[one]}/oauth2/revoke`,
        { token: third.refresh_token },
        basic(app.client_id, app.client_secret),
      );
      await eventually(async () => !(await active(origins[two], third.access_token)));
      expect((await refresh(origins[two], third.refresh_token)).status).toBe(400);
    },
  );

  test('a key that the newer one makes signs at both, and a client that is disabled gets nothing at either', async () => {
    const key = await newer.instance.keyring.rotate(issuerOf(newer, 'standard'), Date.now());
    for (const origin of origins) await eventually(async () => (await kidOf(origin)) === key?.kid);
    const other = await newer.register('standard');
    for (const origin of origins) expect((await token(origin, other)).status).toBe(200);
    await updateClient(newer.instance.admin.db, 'standard', other.client_id, { disabled: true }, Date.now());
    for (const origin of origins) await eventually(async () => (await token(origin, other)).status === 401);
  });

  // After each of the tests: neither had anything to complain of.
  afterEach(() => {
    expect(older.stderr()).not.toMatch(/"level":(40|50|60)/);
    expect(newer.log.filter(({ level }) => Number(level) >= 40)).toEqual([]);
  });
});
