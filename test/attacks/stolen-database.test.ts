// A stolen database, or log, contains no secret and no key (RFC 6819 §5.1.4.1.3).

import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { clientCredentials, dialectNames, issueToken, requestToken, urlOf } from '../support/endpoints.ts';
import { importClient, type Registered } from '../support/operator.ts';
import { basic, post, startTestServer, type TestServer } from '../support/server.ts';

let server: TestServer;
const secrets: string[] = [];
const clients: { issuer: string; client: Registered }[] = [];

beforeAll(async () => {
  server = await startTestServer();
  for (const issuer of dialectNames) {
    const generated = await server.register(issuer);
    const chosen = await importClient(server, issuer, `correct horse, battery staple at ${issuer}`);
    for (const client of [generated, chosen]) {
      clients.push({ issuer, client });
      secrets.push(client.client_secret);
      await issueToken(server, issuer, client);
    }
  }
});
afterAll(() => server.close());

/** A secret as it is, as one might encode it, and under a hash without a key, which a dictionary would undo. */
const shapesOf = (secret: string) => {
  const bytes = Buffer.from(secret);
  const digests = ['md5', 'sha1', 'sha256', 'sha512'].map((name) => createHash(name).update(bytes).digest());
  return [bytes, ...digests].flatMap((value) => [
    value.toString('latin1'),
    value.toString('hex'),
    value.toString('base64'),
    value.toString('base64url'),
  ]);
};

test('no column of any table holds a secret, or a plain hash of one', async () => {
  const { db } = server.instance.store;
  const tables = await db.introspection.getTables();
  expect(tables.length).toBeGreaterThan(5);
  const cells: string[] = [];
  for (const { name } of tables) {
    const { rows } = await sql<Record<string, unknown>>`select * from ${sql.table(name)}`.execute(db);
    for (const row of rows) for (const cell of Object.values(row)) cells.push(String(cell));
  }
  // The search finds what is there.
  expect(cells).toContain(clients[0]?.client.client_id);
  for (const shape of secrets.flatMap(shapesOf)) {
    expect(cells.filter((cell) => cell.includes(shape))).toEqual([]);
  }
});

test('no file of the data folder holds a secret, or a private key in the clear', async () => {
  const files = ['tessera.db', 'tessera.db-wal'].map((name) => readFile(join(server.data, name)));
  const bytes = Buffer.concat(await Promise.all(files));
  expect(bytes.includes(clients[0]?.client.client_id ?? 'none')).toBe(true);
  for (const shape of secrets.flatMap(shapesOf)) expect(bytes.includes(shape, 0, 'latin1')).toBe(false);
  // PKCS #8 of every kind of key begins with a version and an object identifier.
  const identifiers = ['06072a8648ce3d0201', '06092a864886f70d010101', '06032b6570'];
  for (const identifier of identifiers) expect(bytes.includes(identifier, 0, 'hex')).toBe(false);
  for (const text of ['PRIVATE KEY', '"d":', 'MIIEv', 'MIGHAgEA']) expect(bytes.includes(text)).toBe(false);
});

test('the log never holds what was presented, even where id and secret change places', async () => {
  for (const { issuer, client } of clients) {
    const { client_id, client_secret } = client;
    const url = urlOf(server, issuer, 'token');
    const swapped = { client_id: client_secret, client_secret: client_id };
    await requestToken(server, issuer, swapped);
    await post(url, clientCredentials, basic(client_secret, client_id));
    await post(url, clientCredentials, basic(client_secret, ''));
    await post(url, { ...clientCredentials, client_id: client_secret });
    await requestToken(server, issuer, { client_id, client_secret: `${client_secret}x` });
    await fetch(`${url}?${new URLSearchParams(swapped)}`, { method: 'POST' });
    await fetch(`${server.origin}/${client_secret}`);
    await post(url, { ...clientCredentials, client_id, client_secret, scope: client_secret });
    await post(url, { ...clientCredentials, client_id, client_secret, grant_type: client_secret });
    await post(url, { ...clientCredentials, client_id, client_secret, resource: client_secret });
  }
  expect(server.log.filter(({ msg }) => msg === 'refused').length).toBeGreaterThan(20);
  const log = JSON.stringify(server.log);
  for (const secret of secrets) {
    for (const shape of [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)]) {
      expect(log).not.toContain(shape);
    }
    // What a hint gives away of a secret in the wrong field is too little to guess the rest.
    expect(log).not.toContain(secret.slice(0, 8));
  }
});

test('the log holds no token', async () => {
  const token = await issueToken(server, 'standard', clients[0]?.client as Registered);
  await post(urlOf(server, 'standard', 'introspection'), { token }, basic('x', 'y'));
  await post(urlOf(server, 'standard', 'revocation'), { token, client_id: 'x' });
  const [, payload = '', signature = ''] = token.split('.');
  expect(JSON.stringify(server.log)).not.toContain(payload);
  expect(JSON.stringify(server.log)).not.toContain(signature);
});
