// tessera issuer and tessera scope: made, listed, shown, and refused where they contradict.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { emptyProjectInProcess } from './in-process.ts';
import { cleanUp, expectMistake, type Project } from './program.ts';

let place: Project;
beforeEach(async () => {
  place = await emptyProjectInProcess({
    listen: { port: 8080 },
    dialects: ['acme.yaml', 'zoom'],
    issuers: [{ name: 'main', location: '/' }],
  });
  await writeFile(join(place.folder, 'acme.yaml'), 'name: acme\nextends: trelica\n');
  await place.json(['migrate']);
});
afterAll(cleanUp);

const createPartners = () => place.json(['issuer', 'create', 'partners', '--location', '/partners']);
function createEu() {
  const options = ['--dialect', 'acme', '--signing-alg', 'RS256', '--lifetime', '600'];
  const resources = ['--resource', 'https://api.example.eu', '--resource', 'urn:example:files'];
  const location = ['--location', 'https://auth.example.eu/acme'];
  return place.run(['issuer', 'create', 'eu', ...location, ...options, ...resources]);
}

const partners = {
  name: 'partners',
  issuer: 'http://127.0.0.1:8080/partners',
  dialect: 'standard',
  signing_alg: 'ES256',
  access_token_lifetime: 3600,
  token_reuse: 0,
  resources: [],
  vouched_users: 'own',
  scopes: ['address', 'email', 'offline_access', 'openid', 'phone', 'profile'],
  token_endpoint: 'http://127.0.0.1:8080/partners/oauth2/token',
  jwks_uri: 'http://127.0.0.1:8080/partners/oauth2/jwks',
  disabled: false,
};

test('issuer create, as text and as JSON', async () => {
  expect(await createPartners()).toEqual(partners);
  const { code, stdout, stderr } = await createEu();
  expect(stderr).toBe('');
  expect(code).toBe(0);
  expect(stdout).toMatch(/^name: +eu\nissuer: +https:\/\/auth\.example\.eu\/acme\ndialect: +acme\n/);
  expect(stdout).toMatch(/^signing_alg: +RS256\naccess_token_lifetime: 600$/m);
  expect(stdout).toMatch(/^resources: +https:\/\/api\.example\.eu urn:example:files$/m);
  expect(stdout).toMatch(/^token_endpoint: +https:\/\/auth\.example\.eu\/acme\/connect\/token$/m);
});

test('for how long a client is given the same token again, and who said so', async () => {
  const { json, run } = place;
  const create = ['issuer', 'create', 'again', '--location', '/again', '--token-reuse', '1m'];
  expect(await json(create)).toMatchObject({ token_reuse: 60 });
  const update = ['issuer', 'update', 'again'];
  expect(await json([...update, '--lifetime', '600'])).toMatchObject({ token_reuse: 60 });
  expect((await run([...update, '--token-reuse', 'off'])).stdout).toMatch(/^token_reuse: +0$/m);
  expect(await json(['issuer', 'show', 'again'])).toMatchObject({ token_reuse: 0 });
  const [last] = await json(['audit', 'list', '--target', 'again']);
  expect(last).toMatchObject({
    verb: 'issuer.update',
    before: { token_reuse: 60 },
    after: { token_reuse: 0 },
  });
});

test('an issuer speaks a dialect of the gallery that the configuration names', async () => {
  const options = ['--location', '/zoom', '--dialect', 'zoom'];
  expect(await place.json(['issuer', 'create', 'zoom', ...options])).toMatchObject({
    dialect: 'zoom',
    token_endpoint: 'http://127.0.0.1:8080/zoom/oauth/token',
  });
});

test('issuer list and show, as text and as JSON', async () => {
  const { json, run } = place;
  await createPartners();
  await createEu();
  const [table, list, text, shown] = await Promise.all([
    run(['issuer', 'list']),
    json(['issuer', 'list']),
    run(['issuer', 'show', 'partners']),
    json(['issuer', 'show', 'partners']),
  ]);
  expect(table.stdout.split('\n')).toEqual([
    'NAME      ISSUER                          DIALECT   ALG    STATE',
    'eu        https://auth.example.eu/acme    acme      RS256  enabled',
    'main      http://127.0.0.1:8080           standard  ES256  enabled',
    'partners  http://127.0.0.1:8080/partners  standard  ES256  enabled',
    '',
  ]);
  expect(list.map(({ name }: { name: string }) => name)).toEqual(['eu', 'main', 'partners']);
  expect(list[2]).toEqual(partners);
  expect(shown).toEqual(partners);
  expect(text.stdout).toMatch(/^name: +partners\nissuer: +http:\/\/127\.0\.0\.1:8080\/partners\n/);
});

test('scope create, list and delete, as text and as JSON', async () => {
  const { json, run } = place;
  await createEu();
  const described = ['--description', 'Read invoices'];
  const created = await Promise.all([
    json(['scope', 'create', 'invoices.read', '--issuer', 'main', ...described]),
    run(['scope', 'create', 'a:b', '-i', 'eu']),
  ]);
  const scope = { issuer: 'main', name: 'invoices.read', description: 'Read invoices', descriptions: {} };
  expect(created[0]).toMatchObject(scope);
  expect(created[1].stdout).toBe('created a:b at eu\n');
  const [table, list, ofOne] = await Promise.all([
    run(['scope', 'list']),
    json(['scope', 'list']),
    json(['scope', 'list', '--issuer', 'main']),
  ]);
  expect(table.stdout).toMatch(
    /^ISSUER +NAME +DESCRIPTION\neu +a:b +-\n(.+\n)+main +invoices\.read +Read invoices\n/,
  );
  // Beside them, at each, those that every issuer has whose users sign in.
  expect(list).toHaveLength(2 + 2 * partners.scopes.length);
  expect(ofOne).toContainEqual(expect.objectContaining(scope));
  const deleted = await Promise.all([
    json(['scope', 'delete', 'invoices.read', '--issuer', 'main']),
    run(['scope', 'delete', 'a:b', '-i', 'eu']),
  ]);
  expect(deleted[0]).toEqual({ issuer: 'main', name: 'invoices.read', deleted: true });
  expect(deleted[1].stdout).toBe('deleted the scope a:b of eu\n');
  expect(await json(['scope', 'list'])).toHaveLength(2 * partners.scopes.length);
});

test('an issuer whose dialect the configuration has no more is listed, and given another dialect', async () => {
  await createEu();
  const lists = async () => (await place.json(['issuer', 'list'])) as { name: string }[];
  const [eu] = await lists();
  await writeFile(join(place.folder, 'acme.yaml'), 'name: other\nextends: trelica\n');
  expect((await place.run(['issuer', 'list'])).stdout).toMatch(
    /^eu +https:\/\/auth\.example\.eu\/acme +acme +RS256 +dialect missing$/m,
  );
  const unserved = { ...eu, scopes: undefined, token_endpoint: undefined, jwks_uri: undefined };
  expect(await lists()).toEqual([unserved, expect.objectContaining({ name: 'main' })]);
  expectMistake(
    await place.run(['issuer', 'update', 'eu', '--lifetime', '60']),
    /dialect: got "acme", expected/,
  );
  expect(await place.json(['issuer', 'update', 'eu', '--dialect', 'standard'])).toMatchObject({
    dialect: 'standard',
    token_endpoint: 'https://auth.example.eu/acme/oauth2/token',
  });
  expect((await place.run(['issuer', 'list'])).stdout).toMatch(/^eu .* enabled$/m);
});

describe('refused', () => {
  const create = (...options: string[]) => ['issuer', 'create', 'fresh', '--location', '/fresh', ...options];
  test.each<[args: string[], what: RegExp]>([
    [['issuer', 'create', 'main', '--location', '/fresh'], /issuer main: exists already/],
    [['issuer', 'create', 'fresh', '--location', '/'], /--location: .*main has it already/],
    [
      ['issuer', 'create', 'Fresh', '--location', '/fresh'],
      /: name: got "Fresh", expected a name of lower-case letters/,
    ],
    [
      ['issuer', 'create', 'fresh', '--location', 'fresh/'],
      /: --location: got "fresh\/", expected a path such/,
    ],
    [
      create('--dialect', 'klingon'),
      /: --dialect: got "klingon", expected one of standard, trelica, tilia, acme/,
    ],
    [
      create('--dialect', 'slack'),
      /: --dialect: got "slack", which is in the gallery: name it in dialects of/,
    ],
    [create('--dialect', 'tlia'), /: --dialect: got "tlia", expected one of .*: did you mean tilia\?/],
    [create('--signing-alg', 'HS256'), /: --signing-alg: got "HS256", expected one of ES256/],
    [
      create('--signing-alg', 'RS512'),
      /: --signing-alg: got "RS512", expected one of ES256.* for dialect standard/,
    ],
    [create('--lifetime', '5'), /: --lifetime: got 5, expected a whole number of seconds from 30 to 86400/],
    [create('--lifetime', 'long'), /: --lifetime: got "long", expected a /],
    ...['30', '61m', '', 'on'].map((given): [string[], RegExp] => [
      create('--token-reuse', given),
      new RegExp(`: --token-reuse: got "${given}", expected off, or a duration from 0s to 1h, such as 30s`),
    ]),
    [
      create('--resource', 'https://a.example/#b'),
      /: --resource: got "https:\/\/a\.example\/#b", expected an abs/,
    ],
    [['issuer', 'show', 'unheard-of'], /issuer unheard-of: there is no such issuer/],
    [['scope', 'create', 'read', '--issuer', 'nobody'], /--issuer: got "nobody", expected one of main/],
    [
      ['scope', 'create', 'with space', '--issuer', 'main'],
      /scope: got "with space", expected 1 to 200 characters: printable ASCII/,
    ],
    [
      ['scope', 'delete', 'unheard-of', '--issuer', 'main'],
      /scope unheard-of: issuer main has no such scope/,
    ],
  ])('%j', async (args, what) => expectMistake(await place.run(args), what));

  test('no issuer, where there are two', async () => {
    await createPartners();
    const finished = await place.run(['scope', 'create', 'read']);
    expectMistake(finished, /--issuer: got nothing, expected one of main, partners/);
  });

  // RFC 3986 §2.2: a comma is a character of a URI like others.
  test('a comma in a resource does not make two of it', async () => {
    const uri = 'https://api.example.com/a,b';
    const { resources } = await place.json(create('--resource', uri));
    expect(resources).toEqual([uri]);
  });
});
