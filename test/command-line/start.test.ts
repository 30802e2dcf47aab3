// tessera start: issuers by path and by host name, from a file, from the environment, behind a proxy.

import { access, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { eventually } from '../support/eventually.ts';
import {
  cleanUp,
  type Project,
  project,
  type Served,
  serve,
  serveText,
  temporaryFolder,
  tessera,
} from './program.ts';
import { ask, requestToken, verified } from './requests.ts';

const logOf = (server: Served) =>
  server
    .stderr()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

/** The address that the log gives for a refused request with this X-Forwarded-For. */
async function addressSeen(server: Served, forwarded: string): Promise<unknown> {
  const headers = { 'x-forwarded-for': forwarded };
  const form = { grant_type: 'client_credentials', client_id: 'nobody', client_secret: 'none' };
  const { status } = await ask(`${server.json.origin}/oauth2/token`, { headers, form });
  expect(status).toBe(401);
  await eventually(() => /"refused"[^\n]*\n/.test(server.stderr()));
  return logOf(server).find(({ msg }) => msg === 'refused')?.address;
}

afterAll(cleanUp);

describe('issuers', () => {
  const issuers = [
    { name: 'main', location: '/', dialect: 'standard' },
    { name: 'partners', location: '/partners', dialect: 'trelica' },
    { name: 'eu', location: 'https://auth.example.eu', dialect: 'standard', signing_alg: 'EdDSA' },
    { name: 'us', location: 'https://auth.example.us/acme', dialect: 'tilia' },
  ];
  let place: Project;
  let server: Served;
  beforeAll(async () => {
    place = await project({ issuers });
    server = await place.start();
  });

  const issuerAt = async (host: string | undefined, path: string) => {
    const headers = host === undefined ? {} : { host };
    const { status, json } = await ask(server.json.origin + path, { headers });
    return status === 200 ? json.issuer : status;
  };

  test('the line of start names them', () => {
    const { origin } = server.json;
    expect(server.json).toEqual({
      origin,
      address: origin,
      pid: expect.any(Number),
      issuers: expect.arrayContaining([
        { name: 'main', issuer: origin },
        { name: 'partners', issuer: `${origin}/partners` },
        { name: 'eu', issuer: 'https://auth.example.eu' },
        { name: 'us', issuer: 'https://auth.example.us/acme' },
      ]),
    });
  });

  test('by path, whatever the host', async () => {
    const { origin } = server.json;
    const wellKnown = '/.well-known/oauth-authorization-server';
    expect(await issuerAt(undefined, wellKnown)).toBe(origin);
    expect(await issuerAt('localhost', wellKnown)).toBe(origin);
    expect(await issuerAt('unknown.example', `${wellKnown}/partners`)).toBe(`${origin}/partners`);
  });

  test('by host name, and there alone', async () => {
    const wellKnown = '/.well-known/oauth-authorization-server';
    expect(await issuerAt('auth.example.eu', wellKnown)).toBe('https://auth.example.eu');
    expect(await issuerAt('AUTH.Example.EU', wellKnown)).toBe('https://auth.example.eu');
    expect(await issuerAt('auth.example.us', `${wellKnown}/acme`)).toBe('https://auth.example.us/acme');
    expect(await issuerAt(undefined, `${wellKnown}/acme`)).toBe(404);
  });

  test('by path also on a host that another issuer has', async () => {
    const { origin } = server.json;
    const wellKnown = '/.well-known/oauth-authorization-server';
    expect(await issuerAt('auth.example.us', wellKnown)).toBe(origin);
    expect(await issuerAt('auth.example.eu', `${wellKnown}/partners`)).toBe(`${origin}/partners`);
  });

  // RFC 3986 §6.2.3: a port that is the default of the scheme names the same authority.
  test('by host name with the port that goes without saying', async () => {
    const path = '/.well-known/oauth-authorization-server';
    expect(await issuerAt('auth.example.eu:443', path)).toBe('https://auth.example.eu');
  });

  test('a token names the issuer of its host, and its key alone verifies it', async () => {
    await place.json(['scope', 'create', 'read', '--issuer', 'eu']);
    const create = ['client', 'create', '--issuer', 'eu', '--scope', 'read'];
    const { client_id, client_secret } = await place.json(create);
    const headers = { host: 'auth.example.eu' };
    const form = { grant_type: 'client_credentials', client_id, client_secret };
    const { json } = await ask(`${server.json.origin}/oauth2/token`, { headers, form });
    const token = String(json.access_token);
    const { valid, issuer, header, claims } = await place.json(['token', 'inspect', token]);
    expect({ valid, issuer }).toEqual({ valid: true, issuer: 'eu' });
    expect(header.alg).toBe('EdDSA');
    expect(claims.iss).toBe('https://auth.example.eu');
    await expect(verified(`${server.json.origin}/oauth2/jwks`, token)).rejects.toThrow();
  });

  test('without trust_proxy X-Forwarded-For is nobody’s word', async () => {
    expect(await addressSeen(server, '203.0.113.9')).toBe('127.0.0.1');
  });
});

test.concurrent('--config from anywhere: paths in the file are relative to it; a proxy’s word is taken', async () => {
  const folder = await temporaryFolder();
  await mkdir(join(folder, 'dialects'));
  await writeFile(
    join(folder, 'dialects/acme.yaml'),
    'name: acme\nextends: standard\npaths: {token: /t}\nexpires_in: string\n',
  );
  const file = join(folder, 'config.yaml');
  const config = {
    listen: { port: 0 },
    data: 'var/data',
    trust_proxy: ['127.0.0.0/8'],
    dialects: ['dialects/acme.yaml'],
    issuers: [
      { name: 'main', location: '/' },
      { name: 'acme', location: '/acme', dialect: 'acme', access_token_lifetime: 120 },
    ],
  };
  await writeFile(file, stringify(config));
  const server = await serve(['start', '--config', file], { cwd: await temporaryFolder() });
  await access(join(folder, 'var/data/tessera.db'));
  expect(await addressSeen(server, '203.0.113.9')).toBe('203.0.113.9');

  const run = async (...args: string[]) =>
    JSON.parse((await tessera([...args, '--issuer', 'acme', '-c', file, '-o', 'json'])).stdout);
  await run('scope', 'create', 'read');
  const client = await run('client', 'create', '--scope', 'read');
  expect(await requestToken(`${server.json.origin}/acme/t`, client)).toMatchObject({
    status: 200,
    expires_in: '120',
  });
});

test.concurrent('public_url is what clients see, wherever the server listens', async () => {
  const public_url = 'https://auth.example.com';
  const issuers = [
    { name: 'main', location: '/' },
    { name: 'partners', location: '/partners' },
  ];
  const { start, folder } = await project({ public_url, trust_proxy: ['127.0.0.1'], issuers });
  const { json, end } = await start();
  expect(json).toMatchObject({
    origin: public_url,
    address: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
  });
  expect(json.issuers).toEqual([
    { name: 'main', issuer: public_url },
    { name: 'partners', issuer: `${public_url}/partners` },
  ]);
  expect((await end()).code).toBe(0);
  const text = await serveText(['start'], { cwd: folder }, /partners/);
  expect(text.stdout()).toMatch(
    /^Tessera listens on http:\/\/127\.0\.0\.1:\d+ and is reached at https:\/\/auth\.example\.com\n/,
  );
  await text.end();
});

test.concurrent('as text it says where it listens, and what to do where there is no issuer yet', async () => {
  const { folder } = await project();
  const { stdout, end } = await serveText(['start'], { cwd: folder }, /issuer create/);
  expect(stdout()).toMatch(
    /^Tessera listens on http:\/\/127\.0\.0\.1:[1-9]\d*\n {2}no issuer yet: tessera issuer create\n$/,
  );
  expect((await end()).code).toBe(0);
});

test.concurrent('from the environment alone, without a file', async () => {
  const folder = await temporaryFolder();
  const server = await serve(['start'], {
    cwd: folder,
    env: {
      TESSERA_LISTEN_PORT: '0',
      TESSERA_LISTEN_HOST: '127.0.0.1',
      TESSERA_DATA: 'elsewhere',
      TESSERA_LOG_LEVEL: 'error',
      TESSERA_ISSUERS: '[{name: main, location: /main, dialect: trelica}]',
    },
  });
  expect(server.json.issuers).toEqual([{ name: 'main', issuer: `${server.json.origin}/main` }]);
  expect((await server.end()).stderr).toBe('');
  expect(await readdir(folder)).toEqual(['elsewhere']);
});

test.concurrent('config check looks, and touches nothing', async () => {
  const place = await project({ issuers: [{ name: 'main', location: '/' }] });
  const check = ['config', 'check'];
  expect(await place.run(check)).toEqual({ code: 0, stdout: 'tessera.yaml: valid\n', stderr: '' });
  expect(await place.json(check)).toEqual({ source: 'tessera.yaml', valid: true, warnings: [] });
  expect(await readdir(place.folder)).toEqual(['tessera.yaml']);
});
