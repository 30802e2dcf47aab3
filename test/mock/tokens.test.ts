// The mock's tokens: for any client, or for those of a list, in every dialect; the clock, and claims that a test chooses.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { builtInDialects } from '@tessera-oauth/core';
import { type Mock, type MockOptions, startMock } from '@tessera-oauth/server/mock';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { cleanUp, temporaryFolder } from '../command-line/program.ts';
import { basic } from '../support/server.ts';
import { claimsOf, metadata, post, token } from './client.ts';

const running: Mock[] = [];
async function started(options: MockOptions = {}): Promise<Mock> {
  const mock = await startMock(options);
  running.push(mock);
  return mock;
}
afterEach(async () => void (await Promise.all(running.splice(0).map((mock) => mock.close()))));
afterAll(cleanUp);

describe.each(builtInDialects.map(({ name }) => name))('%s', (dialect) => {
  test('any client gets the scope that it asks for, in a token signed by a published key', async () => {
    const mock = await started({ dialect });
    const { status, json } = await token(mock, {
      client_id: 'any-client',
      client_secret: 'any-secret',
      scope: 'a',
    });
    expect(status).toBe(200);
    const key = createRemoteJWKSet(new URL(mock.jwks_uri));
    const { payload } = await jwtVerify(json.access_token, key);
    expect(payload.client_id).toBe('any-client');
    expect(json.scope).toBe('a');
  });

  test('a token expires by the clock of the mock', async () => {
    const mock = await started({ dialect });
    const { introspection_endpoint = '' } = await metadata(mock);
    const { json } = await token(mock);
    const active = async () =>
      (await post(introspection_endpoint, { token: json.access_token }, basic('api', 'x'))).json.active;
    expect(await active()).toBe(true);
    mock.advance('59m');
    expect(await active()).toBe(true);
    mock.advance('2m');
    expect(await active()).toBe(false);
  });

  test('set back, the clock gives tokens that have expired already', async () => {
    const mock = await started({ dialect, lifetime: 60 });
    mock.advance('-2m');
    const { access_token } = (await token(mock)).json;
    await expect(jwtVerify(access_token, createRemoteJWKSet(new URL(mock.jwks_uri)))).rejects.toThrow(/exp/);
    mock.setClock({ now: '2031-02-03T04:05:06Z' });
    expect(claimsOf((await token(mock)).json.access_token).iat).toBe(Date.UTC(2031, 1, 3, 4, 5, 6) / 1000);
  });

  test('with a list of clients, no other is accepted', async () => {
    const mock = await started({
      dialect,
      clients: [{ client_id: 'one', client_secret: 'right', scope: ['read'] }],
    });
    const statusOf = async (form: Record<string, string>) => (await token(mock, form)).status;
    expect(await statusOf({ client_id: 'one', client_secret: 'right' })).toBe(200);
    expect(await statusOf({ client_id: 'one', client_secret: 'wrong' })).toBeGreaterThan(399);
    expect(await statusOf({ client_id: 'two', client_secret: 'right' })).toBeGreaterThan(399);
    expect(await statusOf({ client_id: 'one', client_secret: 'right', scope: 'write' })).toBe(400);
    expect(mock.requests().map(({ reason }) => reason)).toEqual([
      undefined,
      'secret_wrong',
      'client_unknown',
      'scope_not_allowed',
    ]);
  });

  test('claims are chosen for all, or for one client', async () => {
    const mock = await started({ dialect, claims: { account_id: 'acct-1' } });
    mock.setClaims({ plan: { name: 'gold' } }, { client_id: 'gold' });
    const claims = async (client_id: string) =>
      claimsOf((await token(mock, { client_id })).json.access_token);
    expect(await claims('app')).toMatchObject({ account_id: 'acct-1' });
    expect(await claims('app')).not.toHaveProperty('plan');
    expect(await claims('gold')).toMatchObject({ account_id: 'acct-1', plan: { name: 'gold' } });
  });

  test('a claim that verifiers act on is chosen only with override', async () => {
    const mock = await started({ dialect });
    expect(() => mock.setClaims({ exp: 1 })).toThrow(/^claims\.exp: /);
    expect(() => mock.setClaims({ client_id: 'another' })).toThrow(/override/);
    mock.setClaims({ exp: 1, iss: 'https://evil.example' }, { override: true });
    const claims = claimsOf((await token(mock)).json.access_token);
    expect(claims).toMatchObject({ exp: 1, iss: 'https://evil.example' });
    mock.clearClaims();
    expect(claimsOf((await token(mock)).json.access_token).exp).toBeGreaterThan(1);
  });
});

test('an empty secret is refused', async () => {
  const mock = await started();
  const answer = await post(mock.token_endpoint, { grant_type: 'client_credentials' }, basic('app', ''));
  expect(answer.status).toBe(401);
});

test('requests of one client at once do not get each other’s scope', async () => {
  const mock = await started({ scope: ['usual'] });
  const scopes = Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? `scope-${index}` : ''));
  const answers = await Promise.all(scopes.map((scope) => token(mock, { scope })));
  expect(answers.map(({ json }) => json.scope)).toEqual(scopes.map((scope) => scope || 'usual'));
});

test('any resource may be asked for, and the first of those given is the default', async () => {
  const mock = await started({ resources: ['https://api.example.com'] });
  const audience = async (form: Record<string, string>) =>
    claimsOf((await token(mock, form)).json.access_token).aud;
  expect(await audience({})).toBe('https://api.example.com');
  expect(await audience({ resource: 'https://files.example.com' })).toBe('https://files.example.com');
  expect((await token(mock, { resource: 'files' })).json.error).toBe('invalid_target');
});

test('a user’s own dialect, from a file or as data', async () => {
  const own = {
    name: 'acme',
    extends: 'standard',
    paths: { token: '/api/v1/auth/token' },
    expires_in: 'string',
  };
  const file = join(await temporaryFolder(), 'acme.json');
  await writeFile(file, JSON.stringify(own));
  for (const dialect of [own, file]) {
    const mock = await started({ dialect });
    expect(mock.token_endpoint).toBe(`${mock.url}/api/v1/auth/token`);
    expect((await token(mock)).json.expires_in).toBe('3600');
  }
});

test.each([
  [
    { dialect: 'nobody' },
    /dialect: got "nobody", expected a YAML or JSON file, one of standard, trelica, tilia, or of the gallery/,
  ],
  [{ dialect: 'slak' }, /: did you mean slack\?$/],
  [{ dialect: { extends: 'slak', name: 'x' } }, /^dialect: extends: got "slak".*: did you mean slack\?$/],
  [{ dialect: { extends: 'standard', name: 'x', paths: { jwks: '/_mock/keys' } } }, /below \/_mock/],
  [{ host: '0.0.0.0' }, /accept-any-client-from-anywhere/],
  [{ lifetime: 0 }, /lifetime: got 0/],
  [{ claims: { exp: 1 } }, /claims\.exp/],
  [
    { clients: [{ client_id: 'a', client_secret: 12345 as unknown as string }] },
    /got a number that is not shown here, expected a secret, a text that is not empty/,
  ],
])('%j cannot be', async (options, words) => {
  await expect(startMock(options)).rejects.toThrow(words);
});

test('keys rotate when a test says so, and tokens of the old key still verify', async () => {
  const mock = await started();
  const kidOf = (jwt: string) => JSON.parse(Buffer.from(jwt.split('.')[0] ?? '', 'base64url').toString()).kid;
  const before = (await token(mock)).json.access_token;
  const kid = await mock.rotateKeys();
  const after = (await token(mock)).json.access_token;
  expect(kidOf(after)).toBe(kid);
  expect(kidOf(before)).not.toBe(kid);
  const keys = createRemoteJWKSet(new URL(mock.jwks_uri));
  for (const jwt of [before, after]) await jwtVerify(jwt, keys);
});
