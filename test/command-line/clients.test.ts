// tessera client: created, listed, shown, updated, deleted. A secret is shown once.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { projectInProcess } from './in-process.ts';
import { cleanUp, expectMistake, type Project } from './program.ts';

interface Made {
  readonly client_id: string;
  readonly client_secret: string;
}

let place: Project;

beforeAll(async () => {
  place = await projectInProcess({
    issuers: [
      { name: 'main', location: '/' },
      { name: 'tilia', location: '/tilia', dialect: 'tilia' },
      { name: 'listed', location: '/listed' },
    ],
  });
  for (const scope of ['read', 'write']) await place.json(['scope', 'create', scope, '--issuer', 'main']);
});
afterAll(cleanUp);

const atMain = ['--issuer', 'main'];

/** A client of the test's own, at `main`. */
const makeClient = (): Promise<Made> => place.json(['client', 'create', ...atMain, '--scope', 'read,write']);
/** Another secret for it; for 90 days where `expires` says so. */
const addSecret = ({ client_id }: Made, expires: readonly string[] = []) =>
  place.json(['client', 'secret', 'add', client_id, ...atMain, ...expires]);

test('create, as JSON, as text, and without a secret', async () => {
  const create = ['client', 'create'];
  const names = ['--name', 'Acme billing', '--owner', 'Acme Ltd'];
  const [made, { code, stdout }, app] = await Promise.all([
    place.json([...create, ...atMain, ...names, '--scope', 'read,write']),
    place.run([...create, '-i', 'tilia', '--id', 'acme', '--name', 'A']),
    place.json([...create, ...atMain, '--id', 'app', '--public', '--redirect-uri', 'https://app.example/cb']),
  ]);
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
    scope: 'read write',
    introspection: 'own',
    id_token_signed_response_alg: 'RS256',
    id_token_user_claims: false,
    disabled: false,
    client_secret: expect.stringMatching(/^[\w-]{43}$/),
  });
  expect(code).toBe(0);
  expect(stdout).toMatch(/^issuer: +tilia\nclient_id: +acme\nclient_id_issued_at: +\S+Z\nclient_name: +A\n/);
  expect(stdout).toMatch(/^client_secret: +[\da-f-]{36}\n\nKeep the secret now: it is not shown again\.\n/m);
  expect(stdout).toMatch(/\n\nIt may ask for nothing yet: tessera client update acme --add-scope …\n$/);
  expect(app).toMatchObject({ client_id: 'app', token_endpoint_auth_method: 'none' });
  expect(app).not.toHaveProperty('client_secret');
});

test('the scopes of OpenID Connect are there where users sign in, and stay', async () => {
  const namesAt = async (issuer: string) =>
    (await place.json(['scope', 'list', '-i', issuer])).map(({ name }: { name: string }) => name);
  const own = ['address', 'email', 'offline_access', 'openid', 'phone', 'profile'];
  expect(await namesAt('listed')).toEqual(own);
  expect(await namesAt('tilia')).toEqual([]);
  await place.json(['issuer', 'create', 'later', '--location', '/later']);
  expect(await namesAt('later')).toEqual(own);
  const asked = ['client', 'create', '-i', 'later', '--scope', own.join()];
  expect((await place.json(asked)).scope).toBe(own.join(' '));
  await place.json(['scope', 'update', 'openid', '-i', 'later', '-d', 'Know you']);
  expectMistake(
    await place.run(['scope', 'delete', 'openid', '-i', 'later']),
    /scope openid: belongs to OpenID Connect/,
  );
  await place.json(['issuer', 'delete', 'later', '--with-clients', '--yes']);
});

test('ID tokens are signed by RS256, or by the issuer’s own algorithm where the client says so', async () => {
  const algOf = async (...options: string[]) =>
    (await place.json(['client', 'create', ...atMain, ...options])).id_token_signed_response_alg;
  expect([await algOf(), await algOf('--id-token-alg', 'ES256')]).toEqual(['RS256', 'ES256']);
  const { client_id } = await makeClient();
  const update = ['client', 'update', client_id, ...atMain];
  expect(await place.json([...update, '--id-token-alg', 'ES256', '--id-token-claims'])).toMatchObject({
    id_token_signed_response_alg: 'ES256',
    id_token_user_claims: true,
  });
  const without = await place.json([...update, '--id-token-alg', '']);
  expect(without).toMatchObject({ id_token_user_claims: true });
  expect(without).not.toHaveProperty('id_token_signed_response_alg');
  expect(await place.json([...update, '--no-id-token-claims'])).toMatchObject({
    id_token_user_claims: false,
  });
  for (const alg of ['PS256', 'none', 'HS256', 'rs256'])
    expectMistake(
      await place.run([...update, '--id-token-alg', alg]),
      new RegExp(`--id-token-alg: got "${alg}", expected one of RS256, ES256`),
    );
  expectMistake(
    await place.run(['client', 'create', '-i', 'tilia', '--id-token-alg', 'RS256']),
    /--id-token-alg: got "RS256", but dialect tilia has no ID tokens/,
  );
});

test('for how long it is given the same token again: as it says, or as its issuer has it', async () => {
  const made = await place.json(['client', 'create', ...atMain, '--token-reuse', '30s']);
  expect(made).toMatchObject({ token_reuse: 30 });
  const update = ['client', 'update', made.client_id, ...atMain];
  expect((await place.run([...update, '--token-reuse', 'off'])).stdout).toMatch(/^token_reuse: +0$/m);
  expect(await place.json([...update, '--name', 'x'])).toMatchObject({ token_reuse: 0 });
  expect(await place.json([...update, '--token-reuse', ''])).not.toHaveProperty('token_reuse');
  const changes = await place.json(['audit', 'list', '--target', made.client_id]);
  const values = changes.map(({ before, after }: Record<string, { token_reuse?: unknown } | null>) => [
    before?.token_reuse,
    after?.token_reuse,
  ]);
  expect(values).toEqual([
    [0, null],
    [undefined, undefined],
    [30, 0],
    [undefined, 30],
  ]);
});

test('secret add, as JSON and as text', async () => {
  const { client_id } = await makeClient();
  const add = ['client', 'secret', 'add', client_id, ...atMain];
  const added = await place.json(add);
  expect(added).toEqual({
    id: expect.any(String),
    kind: 'keyed',
    created_at: expect.stringMatching(/Z$/),
    client_secret: expect.stringMatching(/^[\w-]{43}$/),
  });
  const { stdout } = await place.run([...add, '--expires', '90d']);
  expect(stdout).toMatch(/^client_secret: +[\w-]{43}$/m);
  const expiry = Date.parse(/^expires_at: +(\S+)$/m.exec(stdout)?.[1] ?? '');
  expect(Math.abs(expiry - Date.now() - 90 * 86_400_000)).toBeLessThan(60_000);
});

test('secret list and revoke, as JSON and as text', async () => {
  const made = await makeClient();
  const { client_id } = made;
  await addSecret(made);
  await addSecret(made, ['--expires', '90d']);
  const list = ['client', 'secret', 'list', client_id, ...atMain];
  const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  const fresh = { id: expect.any(String), kind: 'keyed', created_at: time };
  const secrets = await place.json(list);
  expect(secrets).toEqual([fresh, fresh, { ...fresh, expires_at: time }]);
  const [{ id }, { id: second }] = secrets;
  const revoke = ['client', 'secret', 'revoke', client_id];
  const [json, text] = await Promise.all([
    place.json([...revoke, id, ...atMain]),
    place.run([...revoke, second, ...atMain]),
  ]);
  expect(json).toEqual({ ...fresh, id, revoked_at: time });
  expect(text.stdout).toBe(`revoked ${second}\n`);
  expect(await place.json([...revoke, id, ...atMain])).toEqual(json);
  expectMistake(await place.run([...revoke, 'nobody', ...atMain]), /client \S+ has no such secret/);
  const [heading, first] = (await place.run(list)).stdout.split('\n');
  expect(heading).toMatch(/^ID +KIND +CREATED +EXPIRES +REVOKED +LAST USED$/);
  expect(first).toMatch(new RegExp(`^${id} +keyed +\\S+Z +- +\\S+Z +-$`));
});

test('list and show, as JSON and as text, never tell a secret', async () => {
  const made = await makeClient();
  const added = await addSecret(made);
  const names = ['--id', 'acme', '--name', 'A'];
  const listed: Made = await place.json(['client', 'create', '--issuer', 'listed', ...names]);
  const show = ['client', 'show', made.client_id, ...atMain];
  const [list, table, shown, text] = await Promise.all([
    place.json(['client', 'list']),
    place.run(['client', 'list', '--issuer', 'listed']),
    place.json(show),
    place.run(show),
  ]);
  const ids = list.map(({ client_id }: Made) => client_id);
  expect(ids).toEqual(expect.arrayContaining([made.client_id, 'acme']));
  expect(table.stdout).toMatch(/^ISSUER +CLIENT_ID +NAME +OWNER +STATE\nlisted +acme +A +- +enabled\n$/);
  expect(shown).toMatchObject({ client_id: made.client_id, scope: 'read write', disabled: false });
  expect(shown.secrets).toHaveLength(2);
  expect(text.stdout).toMatch(/^scope: +read write$/m);
  const said = JSON.stringify([list, shown]) + table.stdout + text.stdout;
  for (const { client_secret } of [made, added, listed]) expect(said).not.toContain(client_secret);
  expect(said).not.toContain('"hash"');
});

test('show tells times as secret list does', async () => {
  const { client_id } = await makeClient();
  const [shown, listed] = await Promise.all([
    place.json(['client', 'show', client_id, ...atMain]),
    place.json(['client', 'secret', 'list', client_id, ...atMain]),
  ]);
  expect(shown.secrets).toEqual(listed);
});

test('update changes what it is told, and nothing else', async () => {
  const made = await makeClient();
  const update = ['client', 'update', made.client_id, ...atMain];
  const renamed = await place.json([...update, '--name', 'New name', '--remove-scope', 'write', '--disable']);
  const { client_secret, ...before } = made;
  expect(renamed).toEqual({ ...before, client_name: 'New name', scope: 'read', disabled: true });
  const back = ['--add-scope', 'write', '--introspection', 'any', '--enable'];
  const { stdout } = await place.run([...update, ...back]);
  expect(stdout).toMatch(/^client_name: +New name$/m);
  expect(stdout).toMatch(
    /^scope: +read write\nredirect_uris: +-\npost_logout_redirect_uris: +-\nintrospection: +any\nid_token_signed_response_alg: +RS256\nid_token_user_claims: +false\ndisabled: +false$/m,
  );
});

test('delete, as JSON and as text', async () => {
  const [{ client_id }, other] = [await makeClient(), await makeClient()];
  const [json, text] = await Promise.all([
    place.json(['client', 'delete', client_id, ...atMain]),
    place.run(['client', 'delete', other.client_id, ...atMain]),
  ]);
  expect(json).toEqual({ issuer: 'main', client_id, deleted: true });
  expect(text.stdout).toBe(`deleted the client ${other.client_id} of main\n`);
  const left = (await place.json(['client', 'list'])).map((each: Made) => each.client_id);
  expect(left).not.toContain(client_id);
  expect(left).not.toContain(other.client_id);
});

describe('refused', () => {
  const create = (...options: string[]) => ['client', 'create', ...atMain, ...options];
  test.each<[args: string[], what: RegExp]>([
    [create('--scope', 'read,fly'), /scope: issuer main has no fly/],
    [create('--id', 'with space'), /id: got "with space", expected letters, digits/],
    [create('--secret-expires', 'soon'), /--secret-expires.*soon.*duration such as 90d/],
    [create('--introspection', 'all'), /--introspection.*all.*own, any/],
    [
      create('--token-reuse', '2h'),
      /--token-reuse: got "2h", expected off, or a duration from 0s to 1h, .*, or ''/,
    ],
    [create('--public', '--secret-stdin'), /--public: a public client has no secret/],
    [['client', 'create'], /--issuer: got nothing, expected one of listed, main, tilia/],
    [['client', 'show', 'nobody', ...atMain], /client nobody: issuer main has no such client/],
    [['client', 'delete', 'nobody', ...atMain], /client nobody: issuer main has no such client/],
    [['client', 'update', 'nobody', '--enable', '--disable', ...atMain], /--enable/],
  ])('%j', async (args, what) => expectMistake(await place.run(args), what));

  test('a client_id that is taken', async () => {
    const { client_id } = await makeClient();
    const finished = await place.run(create('--id', client_id));
    expectMistake(finished, `client ${client_id}: issuer main has it already`);
  });
});
