// The server follows its database: what a command changes, it knows within a second, without a restart.

import { decodeProtectedHeader } from 'jose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cleanUp, expectMistake, type Project, project, type Served, withinASecond } from './program.ts';
import { type Credentials, isActive, requestToken, verified } from './requests.ts';

let place: Project;
let server: Served;
/** Where the issuer is that the first test makes. */
let issuer: string;
let client: Credentials;
/** Another client, which may know of any token: it tells whether those of the first are active. */
let api: Credentials;
const partners = ['--issuer', 'partners'];

beforeAll(async () => {
  place = await project({ issuers: [{ name: 'main', location: '/' }] });
  server = await place.start();
  issuer = `${server.json.origin}/partners`;
});
afterAll(cleanUp);

const token = (form: Record<string, string> = {}, credentials = client) =>
  requestToken(`${issuer}/oauth2/token`, credentials, form);
const untilStatus = (status: number, credentials = client) =>
  withinASecond(async () => (await token({}, credentials)).status === status);

test('an issuer, a scope and a client', async () => {
  const create = ['issuer', 'create', 'partners', '--location', '/partners', '--signing-alg', 'EdDSA'];
  await place.json(create);
  await place.json(['scope', 'create', 'orders.read', ...partners]);
  client = await place.json(['client', 'create', '--scope', 'orders.read', ...partners]);
  await withinASecond(async () => (await fetch(`${issuer}/oauth2/jwks`)).ok);
  await untilStatus(200);
  const { access_token, scope } = await token();
  expect(scope).toBe('orders.read');
  expect(await verified(`${issuer}/oauth2/jwks`, access_token)).toMatchObject({ iss: issuer });
});

test('a client that is disabled, and taken back', async () => {
  const { client_id } = client;
  const { access_token } = await token();
  api = await place.json(['client', 'create', '--introspection', 'any', ...partners]);
  await untilStatus(200, api);
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
  await place.json(['scope', 'create', 'orders.write', ...partners]);
  expect((await token({ scope: 'orders.write' })).error).toBe('invalid_scope');
  await place.json(['client', 'update', client_id, '--add-scope', 'orders.write', ...partners]);
  await withinASecond(async () => (await token({ scope: 'orders.write' })).status === 200);
  await place.json(['client', 'update', client_id, '--remove-scope', 'orders.write', ...partners]);
  await withinASecond(async () => (await token({ scope: 'orders.write' })).error === 'invalid_scope');
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
  client = renewed;
});

test('a key that is rotated at once; tokens of the old one stay good', async () => {
  const before = (await token()).access_token;
  const { kid } = await place.json(['key', 'rotate', '--now', ...partners]);
  expect(decodeProtectedHeader(before).kid).not.toBe(kid);
  await withinASecond(async () => decodeProtectedHeader((await token()).access_token).kid === kid);
  const jwks = `${issuer}/oauth2/jwks`;
  expect(await verified(jwks, before)).toHaveProperty('jti');
  expect(await verified(jwks, (await token()).access_token)).toHaveProperty('jti');
  expect(await isActive(`${issuer}/oauth2/introspect`, client, before)).toBe(true);
});

test('a client with a secret that a person chose', async () => {
  const client_secret = 'correct horse battery staple: ünïcode & +%';
  const create = ['client', 'create', '--id', 'legacy', '--secret-stdin', ...partners];
  // With the line end that a shell adds.
  const made = await place.run(create, { input: `${client_secret}\n` });
  expect(made.code).toBe(0);
  expect(made.stdout).not.toContain('horse');
  expect(made.stdout).not.toContain('client_secret: ');
  const form = { client_id: 'legacy', client_secret };
  await withinASecond(async () => (await inBody(form)) === 200);
  expect(await inBody({ ...form, client_secret: `${client_secret}\n` })).toBe(401);

  const add = ['client', 'secret', 'add', 'legacy', '--secret-stdin', ...partners];
  await place.json(add, { input: 'another' });
  await withinASecond(async () => (await inBody({ ...form, client_secret: 'another' })) === 200);
  expect(await inBody(form)).toBe(200);
  expectMistake(await place.run(add, { input: '\n' }), /--secret-stdin: expected 1 to 512 characters/);
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
