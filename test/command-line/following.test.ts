// The server follows its database: what a command changes, it knows, without a restart.

import { decodeProtectedHeader } from 'jose';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { projectInProcess } from './in-process.ts';
import { cleanUp, expectMistake, type Project, tessera } from './program.ts';
import { type Credentials, isActive, requestToken, verified } from './requests.ts';

let place: Project;
let origin: string;
/** Where the issuer `partners` is, which a command has made. */
let issuer: string;
/** Of each test its own. */
let client: Credentials;
/** A client that may introspect any token: it tells whether those of the others are active. */
let api: Credentials;
const partners = ['--issuer', 'partners'];

beforeAll(async () => {
  const signing_alg = 'EdDSA';
  const issuers = [
    { name: 'main', location: '/', signing_alg },
    { name: 'partners', location: '/partners', signing_alg },
  ];
  place = await projectInProcess({ issuers });
  origin = (await place.start()).json.origin;
  issuer = `${origin}/partners`;
  for (const scope of ['orders.read', 'orders.write'])
    await place.json(['scope', 'create', scope, ...partners]);
  api = await place.json(['client', 'create', '--introspection', 'any', ...partners]);
});
beforeEach(async () => {
  client = await place.json(['client', 'create', '--scope', 'orders.read', ...partners]);
});
afterAll(cleanUp);

const token = (form: Record<string, string> = {}, credentials = client) =>
  requestToken(`${issuer}/oauth2/token`, credentials, form);
/** With something on standard input, which only a process of its own has. */
const typed = (input: string, args: readonly string[]) => tessera(args, { cwd: place.folder, input });
const untilStatus = (status: number, credentials = client) =>
  eventually(async () => (await token({}, credentials)).status === status);

test('an issuer, a scope and a client', async () => {
  const create = ['issuer', 'create', 'fresh', '--location', '/fresh', '--signing-alg', 'EdDSA'];
  await place.json(create);
  const fresh = ['--issuer', 'fresh'];
  await place.json(['scope', 'create', 'orders.read', ...fresh]);
  const made: Credentials = await place.json(['client', 'create', '--scope', 'orders.read', ...fresh]);
  await eventually(async () => (await fetch(`${origin}/fresh/oauth2/jwks`)).ok);
  const { status, access_token, scope } = await requestToken(`${origin}/fresh/oauth2/token`, made);
  expect([status, scope]).toEqual([200, 'orders.read']);
  const claims = await verified(`${origin}/fresh/oauth2/jwks`, access_token);
  expect(claims).toMatchObject({ iss: `${origin}/fresh` });
});

test('a client that is disabled, and taken back', async () => {
  const { client_id } = client;
  const { access_token } = await token();
  const active = () => isActive(`${issuer}/oauth2/introspect`, api, access_token);
  expect(await active()).toBe(true);
  await place.json(['client', 'update', client_id, '--disable', ...partners]);
  await untilStatus(401);
  expect((await token()).error).toBe('invalid_client');
  expect(await active()).toBe(false);
  await place.json(['client', 'update', client_id, '--enable', ...partners]);
  await untilStatus(200);
});

test('what a client may ask for', async () => {
  const { client_id } = client;
  expect((await token({ scope: 'orders.write' })).error).toBe('invalid_scope');
  await place.json(['client', 'update', client_id, '--add-scope', 'orders.write', ...partners]);
  await eventually(async () => (await token({ scope: 'orders.write' })).status === 200);
  await place.json(['client', 'update', client_id, '--remove-scope', 'orders.write', ...partners]);
  await eventually(async () => (await token({ scope: 'orders.write' })).error === 'invalid_scope');
});

test('a secret that is added, and the old one revoked', async () => {
  const { client_id } = client;
  const secret = ['client', 'secret'];
  const added = await place.json([...secret, 'add', client_id, ...partners]);
  const renewed = { client_id, client_secret: added.client_secret };
  await untilStatus(200, renewed);
  expect((await token()).status).toBe(200);
  const listed: { id: string }[] = await place.json([...secret, 'list', client_id, ...partners]);
  const old = listed.find(({ id }) => id !== added.id)?.id ?? '';
  await place.json([...secret, 'revoke', client_id, old, ...partners]);
  await untilStatus(401);
  expect((await token({}, renewed)).status).toBe(200);
});

test('a key that is rotated at once; tokens of the old one stay good', async () => {
  const before = (await token()).access_token;
  // One for access tokens, and one for ID tokens where these have another algorithm.
  const keys: { kid: string }[] = await place.json(['key', 'rotate', '--now', ...partners]);
  const isNew = (jwt: string) => keys.some(({ kid }) => kid === decodeProtectedHeader(jwt).kid);
  expect(isNew(before)).toBe(false);
  await eventually(async () => isNew((await token()).access_token));
  const jwks = `${issuer}/oauth2/jwks`;
  expect(await verified(jwks, before)).toHaveProperty('jti');
  expect(await verified(jwks, (await token()).access_token)).toHaveProperty('jti');
  expect(await isActive(`${issuer}/oauth2/introspect`, api, before)).toBe(true);
});

test('a client with a secret that a person chose', async () => {
  const client_secret = 'correct horse battery staple: ünïcode & +%';
  const create = ['client', 'create', '--id', 'legacy', '--secret-stdin', ...partners];
  // With the line end that a shell adds.
  const made = await typed(`${client_secret}\n`, create);
  expect(made.code).toBe(0);
  expect(made.stdout).not.toContain('horse');
  expect(made.stdout).not.toContain('client_secret: ');
  const form = { client_id: 'legacy', client_secret };
  await eventually(async () => (await inBody(form)) === 200);
  expect(await inBody({ ...form, client_secret: `${client_secret}\n` })).toBe(401);

  const add = ['client', 'secret', 'add', 'legacy', '--secret-stdin', ...partners];
  expect((await typed('another one', add)).code).toBe(0);
  await eventually(async () => (await inBody({ ...form, client_secret: 'another one' })) === 200);
  expect(await inBody(form)).toBe(200);
  expectMistake(await typed('\n', add), /--secret-stdin: got 0 characters, expected 8 to 512/);
  expectMistake(await typed('x', add), /--secret-stdin: got 1 character, expected 8 to 512/);
});

test('a client that is deleted', async () => {
  const { access_token } = await token();
  await place.json(['client', 'delete', client.client_id, ...partners]);
  await untilStatus(401);
  expect(await isActive(`${issuer}/oauth2/introspect`, api, access_token)).toBe(false);
});

async function inBody(credentials: Credentials): Promise<number> {
  const form = new URLSearchParams({ grant_type: 'client_credentials', ...credentials });
  return (await fetch(`${issuer}/oauth2/token`, { method: 'POST', body: form })).status;
}
