// npm run seed fills a database with clients and grants that a server takes for its own.

import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Place, seedDatabase } from '../../bench/src/rows/seeded.ts';
import { clientId, clientOfGrant, REDIRECT_URI, VERIFIER } from '../../bench/src/rows/seeding.ts';
import { listIssuers } from '../../packages/server/src/store/tables/issuers.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';
import { basic, post, startTestServer } from '../support/server.ts';

const amounts = { clients: 100, grants: 1000, codes: 20 };
const program = join(import.meta.dirname, '../../bench/src/rows/seed.ts');
const run = (...args: string[]) => promisify(execFile)(process.execPath, [program, ...args]);

describe.each(['SQLite', 'PostgreSQL'])('on %s', (engine) => {
  let database: TestDatabase | undefined;
  let place: Place;
  beforeEach(async () => {
    const data = await mkdtemp(join(tmpdir(), 'tessera-seed-'));
    database = engine === 'SQLite' ? undefined : await createTestDatabase('empty');
    place = { data, ...(database && { database: database.url }) };
  });
  afterEach(async () => {
    await database?.drop();
    await rm(place.data, { recursive: true });
  });

  test('seeded clients get tokens, seeded grants are refreshed, and seeded codes redeemed', async () => {
    const seeded = await seedDatabase(place, amounts);
    const server = await startTestServer({ ...place, issuers: [{ name: 'standard', location: '/' }] });
    try {
      const ask = (client: number, form: Record<string, string>) =>
        post(`${server.origin}/oauth2/token`, form, basic(clientId(client), seeded.secret(client)));
      const tokens = await ask(100, { grant_type: 'client_credentials', scope: 'invoices.read' });
      expect(tokens.status).toBe(200);
      const refreshed = await ask(clientOfGrant(1000, 100), {
        grant_type: 'refresh_token',
        refresh_token: seeded.refreshToken(1000, 1),
      });
      expect(refreshed.status).toBe(200);
      expect(await refreshed.json()).toMatchObject({ refresh_token: seeded.refreshToken(1000, 2) });
      const redeem = () =>
        ask(clientOfGrant(20, 100), {
          grant_type: 'authorization_code',
          code: seeded.code(20),
          redirect_uri: REDIRECT_URI,
          code_verifier: VERIFIER,
        });
      expect((await redeem()).status).toBe(200);
      expect((await redeem()).status).toBe(400);
    } finally {
      await server.close();
    }
  });

  test('what is there stays, and what is missing is added', async () => {
    const before = await seedDatabase(place, amounts);
    const issuers = ['standard', 'other'].map((name) => ({
      name,
      location: name === 'other' ? '/other' : '/',
    }));
    const server = await startTestServer({ ...place, issuers });
    const { db } = server.instance.store;
    const numbers = async () => [
      (await db.selectFrom('clients').selectAll().where('issuer', '=', 'standard').execute()).length,
      (await db.selectFrom('grants').selectAll().execute()).length,
      (await db.selectFrom('consents').selectAll().execute()).length,
      (await db.selectFrom('users').selectAll().execute()).length,
    ];
    try {
      expect(await numbers()).toEqual([100, 1020, 1000, 100]);
      const after = await seedDatabase(place, { clients: 150, grants: 1500, codes: 20 });
      expect(await numbers()).toEqual([150, 1520, 1500, 150]);
      expect(after.secret(1)).toBe(before.secret(1));
      expect(await listIssuers(db)).toContainEqual(
        expect.objectContaining({ name: 'other', disabled: false }),
      );
    } finally {
      await server.close();
    }
  });

  test('a database with clients of others is left alone, unless one insists', async () => {
    const server = await startTestServer(place);
    await server.register('standard');
    await server.close();
    const where = ['--data', place.data, ...(database === undefined ? [] : ['--database', database.url])];
    const refused = await run(...where).catch((error) => error);
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toContain('seed: the database has clients that were not seeded (1)');
    const { stdout } = await run(...where, '--clients', '7', '--grants', '9', '--force');
    expect(JSON.parse(stdout)).toMatchObject({ clients: 7, grants: 9, client_id: 'seed-0000001' });
  });
});

test.each([
  ['--clients', '0'],
  ['--grants', 'many'],
  ['--clients', '10000000'],
])('%s %s is refused', async (...wrong) => {
  const refused = await run('--data', join(tmpdir(), 'tessera-seed-nowhere'), ...wrong).catch(
    (error) => error,
  );
  expect(refused).toMatchObject({ code: 1, stdout: '' });
  expect(refused.stderr).toMatch(`seed: ${wrong[0]} takes a whole number from 1 to`);
});
