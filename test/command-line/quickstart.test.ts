// tessera quickstart: a server from nothing, and the same server again.

import { spawnSync } from 'node:child_process';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { cleanUp, project, type Served, serve, serveText, temporaryFolder, tessera } from './program.ts';
import { type Credentials, isActive, requestToken, verified } from './requests.ts';

interface DemoIssuer extends Credentials {
  readonly issuer: string;
  readonly token_endpoint: string;
  readonly jwks_uri: string;
  readonly scope: string;
  readonly authorization_endpoint?: string;
  readonly app?: Credentials & { readonly redirect_uris: readonly string[] };
}

const endpoints = {
  standard: {
    base: '',
    token: '/oauth2/token',
    jwks: '/oauth2/jwks',
    introspection: '/oauth2/introspect',
    authorization: '/oauth2/authorize',
  },
  trelica: {
    base: '/trelica',
    token: '/connect/token',
    jwks: '/.well-known/openid-configuration/jwks',
    introspection: '/connect/introspect',
    authorization: '/connect/authorize',
  },
  tilia: {
    base: '/tilia',
    token: '/token',
    jwks: '/jwks',
    introspection: '/introspect',
    authorization: undefined,
  },
} as const;
type Name = keyof typeof endpoints;
const names = Object.keys(endpoints) as Name[];

let parent: string;
let data: string;
let first: Served;
const issuersOf = ({ json }: Served) => json.issuers as Record<Name, DemoIssuer>;

beforeAll(async () => {
  parent = await temporaryFolder();
  // The folder that it makes by itself where it is not told another.
  data = join(parent, 'tessera-data');
  first = await serve(['quickstart', '--port', '0'], { cwd: parent });
});
afterAll(cleanUp);

describe('the first start', () => {
  test('prints one line: where it listens, and three issuers with a client each', () => {
    const { origin } = first.json;
    expect(origin).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(first.stdout()).toMatch(/^\{[^\n]+\}\n$/);
    const described = names.map((name) => {
      const { base, token, jwks, authorization } = endpoints[name];
      const issuer = origin + base;
      const made = {
        client_id: expect.stringMatching(/^[\w-]{20,}$/),
        client_secret: expect.stringMatching(/^[\w-]{36,}$/),
        scope: expect.stringMatching(/^\S+([ ,]\S+)+$/),
      };
      const app = authorization !== undefined && {
        authorization_endpoint: issuer + authorization,
        app: {
          client_id: made.client_id,
          client_secret: made.client_secret,
          redirect_uris: ['http://127.0.0.1/callback'],
        },
      };
      return [name, { issuer, token_endpoint: issuer + token, jwks_uri: issuer + jwks, ...made, ...app }];
    });
    expect(first.json).toEqual({
      origin,
      pid: expect.any(Number),
      user: { login: 'demo', password: expect.stringMatching(/^[\w-]{20}$/) },
      issuers: Object.fromEntries(described),
    });
  });

  test('logs on stderr, in lines of JSON', async () => {
    await expect.poll(() => first.stderr()).toContain('"listening"');
    for (const line of first.stderr().trim().split('\n')) expect(JSON.parse(line)).toHaveProperty('msg');
  });

  test.each(names)('the client of %s gets a token that the published key has signed', async (name) => {
    const { token_endpoint, jwks_uri, scope, client_id, ...demo } = issuersOf(first)[name];
    const answer = await requestToken(token_endpoint, { ...demo, client_id }, { scope });
    expect(answer.status).toBe(200);
    expect(await verified(jwks_uri, answer.access_token)).toMatchObject({ client_id });
  });

  test('what it writes is for the eyes of its owner alone', async () => {
    const mode = async (path: string) => ((await stat(path)).mode & 0o777).toString(8);
    expect(await mode(data)).toBe('700');
    for (const file of ['quickstart.json', 'master.key', 'tessera.db', 'tessera.db-wal', 'tessera.yaml'])
      expect(await mode(join(data, file)), file).toBe('600');
  });

  test('the other commands find its database from the folder that it was started in', async () => {
    const { code, stdout } = await tessera(['client', 'list', '--output', 'json'], { cwd: parent });
    expect(code).toBe(0);
    const listed = (JSON.parse(stdout) as { client_id: string }[]).map(({ client_id }) => client_id);
    const made = names.flatMap((name) => [issuersOf(first)[name], issuersOf(first)[name].app ?? []].flat());
    expect(listed.sort()).toEqual(made.map(({ client_id }) => client_id).sort());
  });

  test('the record of changes tells what quickstart made and what its configuration declared, and no secret', async () => {
    const { stdout } = await tessera(['audit', 'list', '--output', 'json'], { cwd: parent });
    const events = JSON.parse(stdout) as { verb: string; target: string; actor: { kind: string } }[];
    const madeBy = (kind: string, verb: string) =>
      events.filter((event) => event.actor.kind === kind && event.verb === verb).map(({ target }) => target);
    expect(madeBy('config', 'issuer.create').sort()).toEqual([...names].sort());
    expect(madeBy('quickstart', 'client.create')).toHaveLength(5);
    expect(madeBy('quickstart', 'user.create')).toHaveLength(1);
    const secrets = names.flatMap((name) =>
      [issuersOf(first)[name], issuersOf(first)[name].app ?? []].flat(),
    );
    for (const { client_secret } of secrets) expect(stdout).not.toContain(client_secret);
  });
});

test('started again on the same data, on another port, everything is as it was', async () => {
  const own = ['quickstart', '--port', '0', '--data', join(await temporaryFolder(), 'data')];
  const first = await serve(own);
  const before = issuersOf(first);
  const tokens = await Promise.all(
    names.map(async (name) => {
      const { token_endpoint, scope, ...demo } = before[name];
      return (await requestToken(token_endpoint, demo, { scope })).access_token;
    }),
  );
  const { code, stdout } = await first.end();
  expect(code).toBe(0);
  expect(stdout).toMatch(/^[^\n]+\n$/);

  const second = await serve(own);
  const after = issuersOf(second);
  expect(second.json.origin).not.toBe(first.json.origin);
  for (const [index, name] of names.entries()) {
    const { issuer, token_endpoint, jwks_uri, client_id, client_secret, scope } = after[name];
    const demo = { client_id, client_secret };
    expect({ ...demo, scope }).toEqual({
      client_id: before[name].client_id,
      client_secret: before[name].client_secret,
      scope: before[name].scope,
    });
    expect((await requestToken(token_endpoint, demo, { scope })).status).toBe(200);
    expect(await verified(jwks_uri, tokens[index] ?? '')).toMatchObject({ client_id });
    const introspection = issuer + endpoints[name].introspection;
    expect(await isActive(introspection, demo, tokens[index] ?? ''), name).toBe(true);
  }
  expect((await second.end()).code).toBe(0);
});

test('it withdraws nothing of the database of another configuration, nor what an operator added to its own', async () => {
  const secret = 'a'.repeat(40);
  const declared = (client_id: string) => ({
    scopes: [{ name: 'own' }],
    clients: [{ client_id, scope: 'own', client_secret_variable: 'SECRET' }],
  });
  const place = await project({ issuers: [{ name: 'prod', location: '/prod', ...declared('billing') }] });
  const end = async (server: Served) => {
    expect((await server.end()).stderr).not.toMatch(/declares it no longer/);
    return server;
  };
  await end(await place.start({ SECRET: secret }));
  const own = ['quickstart', '--port', '0', '--data', join(place.folder, 'data')];
  const tokenOf = async (url: string, client_id: string) =>
    (await requestToken(url, { client_id, client_secret: secret })).status;

  const beside = await serve(own);
  expect(await tokenOf(`${beside.json.origin}/prod/oauth2/token`, 'billing')).toBe(200);
  await end(beside);

  const file = join(place.folder, 'data/tessera.yaml');
  const { issuers, ...document } = parse(await readFile(file, 'utf8'));
  const [standard, ...others] = issuers;
  const prod = { name: 'prod', location: '/prod', ...declared('billing') };
  const added = [{ ...standard, ...declared('added') }, ...others, prod];
  await writeFile(file, stringify({ ...document, issuers: added }));
  await end(await serve(['start', '--config', file], { env: { SECRET: secret } }));

  const again = await serve(own);
  expect(await tokenOf(`${again.json.origin}/oauth2/token`, 'added')).toBe(200);
  expect(await tokenOf(`${again.json.origin}/prod/oauth2/token`, 'billing')).toBe(200);
  await end(again);
});

test('without --output json it prints a curl command for each issuer, which works as it stands', async ({
  skip,
}) => {
  const server = await serveText(['quickstart', '--port', '0', '--data', data], {}, /Ctrl\+C/);
  const text = server.stdout();
  const commands = text.split('\n').filter((line) => line.trimStart().startsWith('curl '));
  expect(commands).toHaveLength(names.length);
  expect(text).toMatch(/^Tessera listens on http:\/\/127\.0\.0\.1:\d+ /);
  for (const { client_id, client_secret } of Object.values(issuersOf(first))) {
    expect(text).toContain(client_id);
    expect(text).toContain(client_secret);
  }
  const hasCurl = spawnSync('curl', ['--version']).status === 0;
  for (const command of hasCurl ? commands : []) {
    const { stdout } = spawnSync('sh', ['-c', command], { encoding: 'utf8' });
    expect(JSON.parse(stdout)).toHaveProperty('access_token');
  }
  expect((await server.end()).code).toBe(0);
  skip(!hasCurl, 'curl is not on PATH: its commands were not run');
});
