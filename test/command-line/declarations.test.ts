// Issuers, scopes and clients that the configuration declares: made at a start, changed there alone, withdrawn when they are
// taken out.

import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { loadConfig } from '../../packages/server/src/config/load.ts';
import { openInstance } from '../../packages/server/src/instance/open.ts';
import { emptyProjectInProcess, projectInProcess } from './in-process.ts';
import { cleanUp, expectMistake, type Project, tessera } from './program.ts';
import { requestToken } from './requests.ts';

const secret = (name: string) => name.repeat(40).slice(0, 40);
const scopes = [{ name: 'read', description: 'Read', descriptions: { de: 'Lesen' } }, { name: 'write' }];
const billing = {
  client_id: 'billing',
  client_name: 'Acme billing',
  owner: 'Acme',
  scope: 'read write',
  client_secret_file: 'billing.secret',
};
const app = {
  client_id: 'app',
  token_endpoint_auth_method: 'none',
  scope: 'read',
  redirect_uris: ['https://app.example/cb'],
};
const main = { name: 'main', location: '/', scopes, clients: [billing, app] };
const other = { name: 'other', location: '/other' };

let place: Project;

const declare = (...issuers: object[]) =>
  writeFile(place.file, stringify({ listen: { port: 0 }, data: 'data', issuers }));

/** As a server does that starts, without serving anything; gives what was withdrawn. */
async function open() {
  const instance = await openInstance(await loadConfig(place.file, {}));
  await instance.close();
  return instance.withdrawn.map(({ noun, name }) => `${noun} ${name}`);
}

beforeAll(async () => {
  place = await projectInProcess({});
  await writeFile(join(place.folder, 'billing.secret'), `${secret('a')}\n`);
});
beforeEach(async () => {
  await declare(main, other);
  await open();
});
afterAll(cleanUp);

const show = (noun: string, name: string) =>
  place.json([noun, 'show', name, ...(noun === 'issuer' ? [] : ['-i', 'main'])]);

test('a client gets tokens by its secret, is changed and withdrawn, and the log says so', async () => {
  const server = await place.start();
  const credentials = { client_id: 'billing', client_secret: secret('a') };
  const tokens = await requestToken(`${server.json.origin}/oauth2/token`, credentials);
  expect(tokens).toMatchObject({ scope: 'read write' });
  await server.end();
  await declare({ ...main, clients: [app] });
  const without = await place.start();
  const refused = await fetch(`${without.json.origin}/oauth2/token`, {
    method: 'POST',
    body: new URLSearchParams({ grant_type: 'client_credentials', ...credentials }),
  });
  const gone = await fetch(`${without.json.origin}/other/oauth2/jwks`);
  expect([refused.status, gone.status]).toEqual([401, 404]);
  const { stderr } = await without.end();
  expect(stderr).toMatch(/client billing: tessera\.yaml declares it no longer; it is disabled/);
  expect(stderr).toMatch(/issuer other: tessera\.yaml declares it no longer; it is served no more/);
  expect(await open()).toEqual([]);
});

test('what is so already is left alone', async () => {
  const records = await place.json(['audit', 'list']);
  const made = records.find(({ verb }: { verb: string }) => verb === 'client.create');
  expect(made).toMatchObject({ actor: { kind: 'config' } });
  await open();
  expect(await place.json(['audit', 'list'])).toEqual(records);
});

test('what differs is changed, whole: what is left out is as for a new one', async () => {
  const changed = { ...billing, client_name: 'Billing', owner: undefined, scope: 'read' };
  await declare(
    { ...main, scopes: [{ name: 'read' }, { name: 'write', description: 'W' }], clients: [changed, app] },
    other,
  );
  await open();
  const client = await show('client', 'billing');
  expect(client).toMatchObject({ client_name: 'Billing', scope: 'read', disabled: false });
  expect(client).not.toHaveProperty('owner');
  expect(await show('scope', 'read')).toEqual({
    issuer: 'main',
    name: 'read',
    descriptions: {},
    sensitive: false,
    optional: false,
  });
  expect(await show('scope', 'write')).toMatchObject({ description: 'W' });
});

test('token_reuse is a duration in the file, of an issuer and of a client', async () => {
  await declare({ ...main, token_reuse: '30s', clients: [{ ...billing, token_reuse: 'off' }, app] }, other);
  await open();
  const all = () => Promise.all([show('issuer', 'main'), show('client', 'billing'), show('client', 'app')]);
  const [issuer, never, as] = await all();
  expect([issuer.token_reuse, never.token_reuse, as.token_reuse]).toEqual([30, 0, undefined]);
  const records = await place.json(['audit', 'list']);
  await open();
  expect(await place.json(['audit', 'list'])).toEqual(records);
  await declare(main, other);
  await open();
  expect((await all()).map(({ token_reuse }) => token_reuse)).toEqual([0, undefined, undefined]);
});

test('it is changed there alone; an emergency is for commands', async () => {
  for (const args of [
    ['client', 'update', 'billing', '--name', 'x'],
    ['client', 'update', 'billing', '--add-scope', 'read'],
    ['client', 'delete', 'billing'],
    ['scope', 'update', 'read', '-d', 'x'],
    ['scope', 'delete', 'read'],
  ])
    expectMistake(
      await place.run([...args, '-i', 'main']),
      /is declared in the configuration; change it there/,
    );
  await place.json(['client', 'update', 'billing', '--disable', '-i', 'main']);
  await open();
  // It was not the configuration that disabled it.
  expect(await show('client', 'billing')).toMatchObject({ disabled: true });
  await place.json(['client', 'update', 'billing', '--enable', '-i', 'main']);
});

test('a new secret is added, and one that was revoked stays so', async () => {
  const file = 'rotated.secret';
  const write = (text: string) => writeFile(join(place.folder, file), text);
  const secrets = async (): Promise<{ id: string; revoked_at?: string }[]> =>
    (await show('client', 'rotated')).secrets;
  await declare({ ...main, clients: [{ client_id: 'rotated', client_secret_file: file }] }, other);
  await write(secret('old'));
  await open();
  const [{ id } = { id: '' }] = await secrets();
  await write(secret('new'));
  await open();
  expect(await secrets()).toHaveLength(2);
  await place.json(['client', 'secret', 'revoke', 'rotated', id, '-i', 'main']);
  await write(secret('old'));
  await open();
  expect(await secrets()).toHaveLength(2);
  expect((await secrets()).find((each) => each.id === id)).toHaveProperty('revoked_at');
});

test('what is withdrawn keeps what it has, and comes back by being declared again', async () => {
  await declare({
    ...main,
    scopes: scopes.slice(0, 1),
    clients: [{ ...app, redirect_uris: ['https://app.example/new'] }],
  });
  expect(await open()).toEqual(['client billing', 'scope write', 'issuer other']);
  expect(await show('client', 'billing')).toMatchObject({ disabled: true, scope: 'read write' });
  expect((await place.run(['scope', 'show', 'write', '-i', 'main'])).code).toBe(2);
  expect(await show('issuer', 'other')).toMatchObject({ disabled: true });
  await declare(main, other);
  expect(await open()).toEqual([]);
  expect(await show('client', 'billing')).toMatchObject({ disabled: false });
  expect(await show('scope', 'write')).toMatchObject({ name: 'write' });
  expect(await show('issuer', 'other')).toMatchObject({ disabled: false });
});

describe('what an operator disables stays so, declared again or not', () => {
  const operate = async (how: 'disable' | 'enable') => {
    await place.json(['client', 'update', 'billing', `--${how}`, '-i', 'main']);
    await place.json(['issuer', how, 'other']);
  };
  const without = () => declare({ ...main, clients: [app] });
  test.each<[when: string, disable: () => Promise<unknown>]>([
    [
      'before it is withdrawn',
      async () => {
        await operate('disable');
        await without();
        for (const _ of [1, 2]) expect(await open()).toEqual([]);
      },
    ],
    [
      'while it is withdrawn',
      async () => {
        await without();
        expect(await open()).toEqual(['client billing', 'issuer other']);
        await operate('disable');
      },
    ],
    [
      'after it was withdrawn and enabled',
      async () => {
        await without();
        await open();
        await operate('enable');
        await operate('disable');
      },
    ],
  ])('%s', async (_, disable) => {
    await disable();
    await declare(main, other);
    await open();
    expect(await show('client', 'billing')).toMatchObject({ disabled: true });
    expect(await show('issuer', 'other')).toMatchObject({ disabled: true });
    await operate('enable');
  });
});

test('a configuration without issuers withdraws nothing and does not start', async () => {
  const records = await place.json(['audit', 'list']);
  const refusal = /declares no issuer, and the database has 2 from a configuration \(main, other\); name/;
  const env = { TESSERA_DATA: join(place.folder, 'data'), TESSERA_LISTEN_PORT: '0' };
  for (const workers of ['1', '2'])
    expectMistake(
      await tessera(['start', '--workers', workers], { cwd: join(place.folder, 'data'), env }),
      refusal,
    );
  await declare();
  await expect(open()).rejects.toThrow(refusal);
  expect(await place.json(['audit', 'list'])).toEqual(records);
  // The way out for whoever means it.
  for (const name of ['main', 'other'])
    await place.json(['issuer', 'delete', name, '--with-clients', '--yes']);
  expect(await open()).toEqual([]);
});

test('servers that start at once declare once', async () => {
  const fresh = [1, 2, 3].map((each) => ({
    client_id: `fresh-${each}`,
    client_secret_file: 'billing.secret',
  }));
  await declare({ ...main, clients: [billing, app, ...fresh] }, other);
  await Promise.all(Array.from({ length: 5 }, open));
  for (const { client_id } of fresh) expect((await show('client', client_id)).secrets).toHaveLength(1);
});

test('a scope that there is not is named with its client', async () => {
  await declare({ ...main, clients: [{ ...app, scope: 'fly' }] }, other);
  const refusal =
    'issuers[0].clients[0].scope: got "fly", expected scopes of its issuer: read, write, openid, ';
  await expect(open()).rejects.toThrow(refusal);
  expectMistake(await place.run(['config', 'check']), refusal);
});

test('a start that the database refuses has declared nothing', async () => {
  const before = await place.json(['issuer', 'list']);
  const { client_secret_file: _, ...secretless } = billing;
  const method = { token_endpoint_auth_method: 'none', redirect_uris: ['https://b.example/cb'] };
  await declare(
    { name: 'new', location: '/new' },
    { ...main, clients: [{ ...secretless, ...method }] },
    other,
  );
  await expect(open()).rejects.toThrow('none needs a new client');
  expect(await place.json(['issuer', 'list'])).toEqual(before);
});

describe('config check', () => {
  test('tells where in the file a declaration is wrong', async () => {
    const place = await emptyProjectInProcess({
      issuers: [{ name: 'a', location: '/', clients: [{ ...app, scope: 'fly' }] }],
    });
    const { stderr } = await place.run(['config', 'check']);
    expect(stderr).toContain('tessera.yaml:10:9: issuers[0].clients[0].scope: got "fly"');
  });

  const clients = (...all: object[]) => ({ issuers: [{ ...main, clients: all }] });
  const scoped = (...all: object[]) => ({ issuers: [{ ...main, clients: [], scopes: all }] });
  const strong = { client_id: 'a', client_secret_variable: 'STRONG' };
  test.each<[config: object, what: RegExp]>([
    [clients({ client_id: 'a' }), /clients\[0\]\.client_secret: got nothing, expected client_secret_file or/],
    [
      clients({ ...app, client_secret_variable: 'STRONG' }),
      /client_secret: got a secret, expected none beside none/,
    ],
    [
      clients({ ...strong, client_secret_variable: 'WEAK' }),
      /client_secret_variable: got a secret that is short/,
    ],
    [
      clients({ ...strong, client_secret_variable: 'UNSET' }),
      /got "UNSET", which is not set in the environment/,
    ],
    [clients({ ...strong, client_secret_file: 'x' }), /clients\[0\]: got two secrets/],
    [clients({ ...strong, client_secret: 'x' }), /clients\[0\]\.client_secret: unknown key/],
    [clients({ ...app, client_secret_file: 'nowhere' }), /expected none beside none/],
    [
      clients({ client_id: 'a', client_secret_file: 'nowhere' }),
      /nowhere", which cannot be read \(no such file or directory\)/,
    ],
    [clients({ ...app, redirect_uris: [] }), /clients\[0\]\.redirect_uris: expected a redirect URI/],
    [
      clients({ ...app, redirect_uris: ['http://evil.example'] }),
      /redirect_uris: got "http:\/\/evil\.example"/,
    ],
    [clients({ ...strong, grant_types: ['magic'] }), /grant_types: got "magic", expected one of/],
    [clients({ ...strong, grant_types: ['refresh_token'] }), /grant_types: got refresh_token alone/],
    [clients({ ...strong, scope: 'read read' }), /clients\[0\]\.scope: got "read" twice/],
    [clients({ ...strong, client_name: 'a\u202Eb' }), /clients\[0\]\.client_name: .*can be seen/],
    [
      clients({ ...strong, token_endpoint_auth_method: 'magic' }),
      /token_endpoint_auth_method: got "magic", expected/,
    ],
    [clients(app, app), /clients\[1\]\.client_id: got "app", which clients\[0\] has/],
    [
      clients({ ...app, scope: 'read fly' }),
      /clients\[0\]\.scope: got "fly", expected .*: read, write, openid/,
    ],
    [scoped({ name: 'a b' }), /scopes\[0\]\.name: got "a b", expected/],
    [scoped({ name: 'a', description: 'a\u0007' }), /scopes\[0\]\.description: .*can be seen/],
    [scoped({ name: 'a', descriptions: { Deutsch: 'x' } }), /scopes\[0\]\.descriptions: got "Deutsch"/],
    [scoped({ name: 'a' }, { name: 'a' }), /scopes\[1\]\.name: got "a", which scopes\[0\] has/],
  ])('%j', async (config, what) => {
    process.env.STRONG = secret('s');
    process.env.WEAK = 'short';
    const { run, folder } = await emptyProjectInProcess({ ...config });
    expectMistake(await run(['config', 'check']), what);
    expectMistake(await run(['start']), what);
    expect(await readdir(folder)).toEqual(['tessera.yaml']);
  });

  test('all at once, each with its key', async () => {
    const config = clients(
      { ...app, scope: 'fly', client_name: '', logo_uri: 'x' },
      { ...app, redirect_uris: [] },
      { client_id: 'b' },
    );
    const { run } = await emptyProjectInProcess({
      ...config,
      tls: { cert_file: 'no.pem', key_file: 'no.key' },
    });
    const { errors } = JSON.parse((await run(['config', 'check', '-o', 'json'])).stdout);
    expect(errors.map(({ key }: { key: string }) => key)).toEqual([
      'tls.cert_file',
      'tls.key_file',
      'issuers[0].clients[0].scope',
      'issuers[0].clients[0].logo_uri',
      'issuers[0].clients[0].client_name',
      'issuers[0].clients[1].client_id',
      'issuers[0].clients[2].client_secret',
    ]);
  });
});
