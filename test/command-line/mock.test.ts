// tessera mock, as people run it: one line that says where it is, options, refusals, its end.

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, expect, test } from 'vitest';
import { galleryNames } from '../../packages/server/src/config/gallery.ts';
import { claimsOf, post } from '../mock/client.ts';
import { cleanUp, expectMistake, serve, serveText, tessera } from './program.ts';

afterAll(cleanUp);

interface Told {
  readonly url: string;
  readonly token_endpoint: string;
  readonly control_url: string;
}

async function start(...args: string[]) {
  const served = await serve(['mock', '--port', '0', ...args]);
  return { ...served, json: served.json as unknown as Told };
}

const form = { grant_type: 'client_credentials', client_id: 'app', client_secret: 'secret', scope: 'read' };

test('it says where it is in one line, serves, and ends with 0', async () => {
  const { json, stdout, end } = await start('--dialect', 'tilia');
  const { url } = json;
  expect(stdout()).toMatch(/^[^\n]+\n$/);
  expect(json).toEqual({
    url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
    issuer: url,
    token_endpoint: `${url}/token`,
    jwks_uri: `${url}/jwks`,
    control_url: `${url}/_mock`,
    pid: expect.any(Number),
  });
  expect((await post(json.token_endpoint, form)).json).toMatchObject({ expires_in: '3600', scope: 'read' });
  expect(await end('SIGTERM')).toEqual({ code: 0, stdout: stdout(), stderr: '' });
});

test('a dialect of the gallery is known by its name', async () => {
  const { json, end } = await start('--dialect', 'slack');
  expect(json.token_endpoint).toBe(`${json.url}/api/oauth.v2.access`);
  expect((await post(json.token_endpoint, { ...form, grant_type: '' })).json).toMatchObject({ ok: false });
  await end();
});

test('--dialect list says what there is, one to a line', async () => {
  const list = (...args: string[]) => tessera(['mock', '--dialect', 'list', ...args]);
  const [{ code, stdout }, json] = await Promise.all([list(), list('--output', 'json')]);
  expect(code).toBe(0);
  expect(stdout.split('\n').map((line) => line.split(/ {2,}/))).toContainEqual([
    'plaid',
    'gallery',
    '/oauth/token',
    "Plaid's /oauth/token, for client credentials",
  ]);
  const names = (JSON.parse(json.stdout) as { name: string }[]).map(({ name }) => name);
  expect(names).toEqual(['standard', 'trelica', 'tilia', ...galleryNames]);
});

test('options are those of the library', async () => {
  const { json, end } = await start(
    ...['--client', 'app:se:cret', '--client', 'spa', '--scope', 'usual,more', '--lifetime', '90'],
    ...['--claim', 'plan=gold', '--claim', 'limits={"calls":5}', '--resource', 'https://api.example.com'],
    ...[
      '--fault',
      'nth=2,status=503',
      '--fault',
      'client_id=spa,close',
      '--public-url',
      'https://auth.example',
    ],
  );
  const ask = (client_secret: string) =>
    post(`${json.url}/oauth2/token`, { grant_type: 'client_credentials', client_id: 'app', client_secret });
  const { expires_in, scope, access_token } = (await ask('se:cret')).json;
  expect([expires_in, scope]).toEqual([90, 'usual more']);
  expect(claimsOf(access_token)).toMatchObject({
    iss: 'https://auth.example',
    aud: 'https://api.example.com',
    plan: 'gold',
    limits: { calls: 5 },
  });
  expect((await ask('se:cret')).status).toBe(503);
  expect((await ask('wrong')).status).toBe(401);
  const faults = await (await fetch(`${json.control_url}/faults`)).json();
  expect(faults).toMatchObject([{ nth: 2 }, { client_id: 'spa', close: true }]);
  expect((await end('SIGINT')).code).toBe(0);
});

test('it loads nothing of what only servers need: it has to be there at once', async () => {
  const command = join(import.meta.dirname, '../../packages/server/src/cli/mock.ts');
  const script = `
    import { registerHooks } from 'node:module';
    const loaded = [];
    registerHooks({ load: (url, context, next) => (loaded.push(url), next(url, context)) });
    const { mockCommand } = await import(${JSON.stringify(pathToFileURL(command))});
    await mockCommand().parseAsync(['--port', '0', '--output', 'json'], { from: 'user' });
    process.stdout.write(loaded.join('\\n'), () => process.exit());`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script]);
  const paths = stdout.matchAll(/\/node_modules\/((?:@[^/\n]+\/)?[^/\n]+)\/(?!.*\/node_modules\/)/g);
  const packages = new Set([...paths].map(([, name]) => name));
  expect(packages).toContain('fastify');
  for (const name of ['kysely', 'pg', 'pino', 'ajv', 'yaml', 'openid-client', '@simplewebauthn/server'])
    expect(packages).not.toContain(name);
  expect(stdout).not.toMatch(/\/src\/(compose|serve)\.ts/);
});

test('for people it is some lines', async () => {
  const { stdout, end } = await serveText(['mock', '--port', '0'], {}, /Ctrl\+C/);
  expect(stdout()).toMatch(
    /^A mock of standard listens on http:\/\/127\.0\.0\.1:\d+, and takes any client\n/,
  );
  await end();
});

test.each(['0.0.0.0', '::', '192.0.2.1', 'example.com'])(
  'on %s it listens only when told so in words',
  async (host) => {
    expectMistake(await tessera(['mock', '--port', '0', '--host', host]), 'accept-any-client-from-anywhere');
  },
);

test('told so, it listens there', async () => {
  const { json, end } = await start('--host', '0.0.0.0', '--accept-any-client-from-anywhere');
  expect((await post(json.token_endpoint, form)).status).toBe(200);
  await end();
});

test.each([
  [['--dialect', 'nobody'], '--dialect: got "nobody"'],
  [['--dialect', 'slak'], 'did you mean slack?'],
  [['--alg', 'ES256', '--dialect', 'trelica'], '--alg: got "ES256", expected one of RS256'],
  [['--resource', 'nope'], '--resource: got "nope", expected an absolute URI without a fragment, such as'],
  [['--host', ''], '--host: got "", expected a host name or an IP address'],
  [['--dialect', 'missing.yaml'], 'missing.yaml: cannot read it'],
  [['--fault', 'nth=3'], '--fault: got {"nth":3}, expected what is to happen'],
  [['--fault', 'nth=0,status=503'], '--fault: nth: got 0, expected a whole number from 1 on'],
  [['--fault', 'nht=3,status=503'], '--fault: nht: unknown key'],
  [['--claim', 'plan'], '--claim: got "plan", expected a name, an equals sign and the value'],
  [['--claim', 'exp=1'], '--claim: exp: verifiers act on it'],
  [['--client', ':x'], '--client: client_id: got "", expected a client_id'],
  [['--lifetime', 'long'], '--lifetime: got "long", expected a whole number of seconds'],
  [['--public-url', 'auth.example'], '--public-url: got "auth.example", expected an origin such as'],
  [['--port', '99999'], '--port: got "99999", expected a number from 0 to 65535'],
])('%j is refused in a line', async (args, words) => {
  expectMistake(await tessera(['mock', '--port', '0', ...args]), words);
});

test('a port that is taken is named', async () => {
  const { json, end } = await start();
  const { port } = new URL(json.url);
  expectMistake(await tessera(['mock', '--port', port]), `port ${port} on 127.0.0.1 is in use`);
  await end();
});
