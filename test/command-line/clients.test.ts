// tessera client: created, listed, shown, updated, deleted. A secret is shown once.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { projectInProcess } from './in-process.ts';
import { cleanUp, expectMistake, type Project } from './program.ts';

let place: Project;
let made: { client_id: string; client_secret: string };
const everySecret: string[] = [];

beforeAll(async () => {
  place = await projectInProcess({
    issuers: [
      { name: 'main', location: '/' },
      { name: 'tilia', location: '/tilia', dialect: 'tilia' },
    ],
  });
  for (const scope of ['read', 'write']) await place.json(['scope', 'create', scope, '--issuer', 'main']);
});
afterAll(cleanUp);

const atMain = ['--issuer', 'main'];

test('create, as JSON, as text, and without a secret', async () => {
  const create = ['client', 'create'];
  const names = ['--name', 'Acme billing', '--owner', 'Acme Ltd'];
  const [json, { code, stdout }, app] = await Promise.all([
    place.json([...create, ...atMain, ...names, '--scope', 'read,write']),
    place.run([...create, '-i', 'tilia', '--id', 'acme', '--name', 'A']),
    place.json([...create, ...atMain, '--id', 'app', '--public', '--redirect-uri', 'https://app.example/cb']),
  ]);
  made = json;
  expect(made).toEqual({
    issuer: 'main',
    client_id: expect.stringMatching(/^[\da-f-]{36}$/),
    client_id_issued_at: expect.any(Number),
    client_name: 'Acme billing',
    owner: 'Acme Ltd',
    token_endpoint_auth_method: 'client_secret_basic',
    grant_types: ['client_credentials'],
    redirect_uris: [],
    post_logout_redirect_uris: [],
    logo_uri: null,
    consent_message: null,
    scope: 'read write',
    introspection: 'own',
    disabled: false,
    client_secret: expect.stringMatching(/^[\w-]{43}$/),
  });
  expect(code).toBe(0);
  expect(stdout).toMatch(/^issuer: +tilia\nclient_id: +acme\nclient_id_issued_at: +\d+\nclient_name: +A\n/);
  expect(stdout).toMatch(/^client_secret: +[\da-f-]{36}\n\nKeep the secret now: it is not shown again\.\n$/m);
  everySecret.push(made.client_secret, /client_secret: +(\S+)/.exec(stdout)?.[1] ?? '');
  expect(app).toMatchObject({ client_id: 'app', token_endpoint_auth_method: 'none' });
  expect(app).not.toHaveProperty('client_secret');
});

test('secret add, as JSON and as text', async () => {
  const { client_id } = made;
  const add = ['client', 'secret', 'add', client_id, ...atMain];
  const added = await place.json(add);
  expect(added).toEqual({
    id: expect.any(String),
    client_secret: expect.stringMatching(/^[\w-]{43}$/),
    expires_at: null,
  });
  const { stdout } = await place.run([...add, '--expires', '90d']);
  expect(stdout).toMatch(/^client_secret: +[\w-]{43}$/m);
  const expiry = Date.parse(/^expires_at: +(\S+)$/m.exec(stdout)?.[1] ?? '');
  expect(Math.abs(expiry - Date.now() - 90 * 86_400_000)).toBeLessThan(60_000);
  everySecret.push(added.client_secret, /client_secret: +(\S+)/.exec(stdout)?.[1] ?? '');
});

test('secret list and revoke, as JSON and as text', async () => {
  const { client_id } = made;
  const list = ['client', 'secret', 'list', client_id, ...atMain];
  const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  const fresh = { id: expect.any(String), kind: 'keyed', created_at: time, last_used_at: null };
  const secrets = await place.json(list);
  expect(secrets).toEqual([
    { ...fresh, expires_at: null, revoked_at: null },
    { ...fresh, expires_at: null, revoked_at: null },
    { ...fresh, expires_at: time, revoked_at: null },
  ]);
  const [{ id }, { id: second }] = secrets;
  const revoke = ['client', 'secret', 'revoke', client_id];
  const [json, text] = await Promise.all([
    place.json([...revoke, id, ...atMain]),
    place.run([...revoke, second, ...atMain]),
  ]);
  expect(json).toEqual({ id, revoked: true });
  expect(text.stdout).toBe(`revoked ${second}\n`);
  expectMistake(await place.run([...revoke, id, ...atMain]), /no such secret, or it is revoked already/);
  const [heading, first] = (await place.run(list)).stdout.split('\n');
  expect(heading).toMatch(/^ID +KIND +CREATED +EXPIRES +REVOKED +LAST USED$/);
  expect(first).toMatch(new RegExp(`^${id} +keyed +\\S+Z +- +\\S+Z +-$`));
});

test('list and show, as JSON and as text, never tell a secret', async () => {
  const show = ['client', 'show', made.client_id, ...atMain];
  const [list, table, shown, text] = await Promise.all([
    place.json(['client', 'list']),
    place.run(['client', 'list', '--issuer', 'tilia']),
    place.json(show),
    place.run(show),
  ]);
  expect(list).toHaveLength(3);
  expect(table.stdout).toMatch(/^ISSUER +CLIENT_ID +NAME +OWNER +STATE\ntilia +acme +A +enabled\n$/);
  expect(shown).toMatchObject({ client_id: made.client_id, scope: 'read write', disabled: false });
  expect(shown.secrets).toHaveLength(3);
  expect(text.stdout).toMatch(/^scope: +read write$/m);
  const said = JSON.stringify([list, shown]) + table.stdout + text.stdout;
  expect(everySecret).toHaveLength(4);
  for (const secret of everySecret) expect(said).not.toContain(secret);
  expect(said).not.toContain('"hash"');
});

test('show tells times as secret list does', async () => {
  const { client_id } = made;
  const [shown, listed] = await Promise.all([
    place.json(['client', 'show', client_id, ...atMain]),
    place.json(['client', 'secret', 'list', client_id, ...atMain]),
  ]);
  expect(shown.secrets).toEqual(listed);
});

test('update changes what it is told, and nothing else', async () => {
  const update = ['client', 'update', made.client_id, ...atMain];
  const renamed = await place.json([...update, '--name', 'New name', '--remove-scope', 'write', '--disable']);
  const { client_secret, ...before } = made;
  expect(renamed).toEqual({ ...before, client_name: 'New name', scope: 'read', disabled: true });
  const back = ['--add-scope', 'write', '--introspection', 'any', '--enable'];
  const { stdout } = await place.run([...update, ...back]);
  expect(stdout).toMatch(/^client_name: +New name$/m);
  expect(stdout).toMatch(
    /^scope: +read write\nredirect_uris: +-\npost_logout_redirect_uris: +-\nlogo_uri: +-\nconsent_message: +-\nintrospection: +any\ndisabled: +false$/m,
  );
});

test('delete, as JSON and as text', async () => {
  const [json, text] = await Promise.all([
    place.json(['client', 'delete', 'app', ...atMain]),
    place.run(['client', 'delete', 'acme', '-i', 'tilia']),
  ]);
  expect(json).toEqual({ issuer: 'main', client_id: 'app', deleted: true });
  expect(text.stdout).toBe('deleted acme at tilia\n');
  expect((await place.run(['client', 'list', '-i', 'tilia'])).stdout).toBe('none\n');
});

describe('refused', () => {
  const create = (...options: string[]) => ['client', 'create', ...atMain, ...options];
  test.each<[args: string[], what: RegExp]>([
    [create('--scope', 'read,fly'), /scope: issuer main has no fly/],
    [create('--id', 'with space'), /id: got "with space", expected letters, digits/],
    [create('--secret-expires', 'soon'), /--secret-expires.*soon.*duration such as 90d/],
    [create('--introspection', 'all'), /--introspection.*all.*own, any/],
    [create('--public', '--secret-stdin'), /--public: a public client has no secret/],
    [['client', 'create'], /--issuer: expected one of main, tilia/],
    [['client', 'show', 'nobody', ...atMain], /client nobody: issuer main has no such client/],
    [['client', 'delete', 'nobody', ...atMain], /client nobody: issuer main has no such client/],
    [['client', 'update', 'nobody', '--enable', '--disable', ...atMain], /--enable/],
  ])('%j', async (args, what) => expectMistake(await place.run(args), what));

  test('a client_id that is taken', async () => {
    const { client_id } = made;
    const finished = await place.run(create('--id', client_id));
    expectMistake(finished, `client ${client_id}: issuer main has it already`);
  });
});
