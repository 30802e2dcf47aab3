// Tokens that are revoked before they expire: a real server with its deny-list and introspection, and the verifier.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createVerifier, VerifierError, type VerifierOptions } from '@tessera-oauth/verifier';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { changeClient, registerClient, removeClient } from '../../packages/server/src/admin/clients.ts';
import { createApp } from '../authorization/app.ts';
import { setClock } from '../support/clock.ts';
import { dialectNames, issuerOf, issueToken, urlOf } from '../support/endpoints.ts';
import { eventually } from '../support/eventually.ts';
import { post, startTestServer, type TestServer } from '../support/server.ts';
import { createTestUser, UserAgent } from '../support/user-agent.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

const codeOf = (act: Promise<unknown>): Promise<string> =>
  act.then(
    () => 'good',
    (error: unknown) => (error instanceof VerifierError ? error.code : Promise.reject(error)),
  );
type Dialect = 'standard' | 'trelica' | 'tilia';
const verifierOf = (name: string, more: Partial<VerifierOptions> = {}) =>
  createVerifier({
    issuer: issuerOf(server, name).issuer,
    dialect: name as Dialect,
    audience: 'https://api.example.com',
    revocation: { by: 'deny_list', interval: 0.05 },
    ...more,
  });
const denyListUrl = (name: string) => {
  const { issuer, dialect } = issuerOf(server, name);
  return issuer + dialect.paths.deny_list;
};

describe.concurrent.each(dialectNames)('the deny-list of %s', (name) => {
  const start = async () => {
    const client = await server.register(name);
    const token = await issueToken(server, name, client);
    const verifier = verifierOf(name);
    const code = () => codeOf(verifier.verify(token));
    expect(await code()).toBe('good');
    return { ...client, token, verifier, code, admin: server.instance.admin };
  };
  const revoke = ({ client_id, client_secret, token }: Awaited<ReturnType<typeof start>>) =>
    post(urlOf(server, name, 'revocation'), { client_id, client_secret, token });

  test('ends a revoked token, even if it is cached, and no other', async () => {
    const one = await start();
    const other = await issueToken(server, name, one);
    await revoke(one);
    await eventually(async () => (await one.code()) === 'token_revoked');
    expect(await codeOf(one.verifier.verify(other))).toBe('good');
  });

  test('ends the tokens of a client while it is disabled', async () => {
    const { admin, client_id, code } = await start();
    await changeClient(admin, name, client_id, { disabled: true });
    await eventually(async () => (await code()) === 'token_revoked');
    await changeClient(admin, name, client_id, { disabled: false });
    await eventually(async () => (await code()) === 'good');
  });

  test('ends the tokens of a client that was deleted, and not those of a new one by its name', async () => {
    const { admin, client_id, code, verifier } = await start();
    await removeClient(admin, name, client_id);
    await eventually(async () => (await code()) === 'token_revoked');
    const made = await registerClient(admin, name, {
      client_id,
      client_name: 'The next',
      owner: 'tester',
      scope: ['read'],
      introspection: 'own',
      secret: {},
    });
    const again = { client_id, client_secret: made.client_secret ?? '' };
    await eventually(async () => {
      const token = await issueToken(server, name, again);
      return (await codeOf(verifier.verify(token))) === 'good';
    });
    expect(await code()).toBe('token_revoked');
  });

  test('is signed by the issuer’s key, and says how long it is valid', async () => {
    await revoke(await start());
    const { issuer } = issuerOf(server, name);
    const before = Date.now() / 1000;
    const answer = await fetch(denyListUrl(name));
    expect(answer.headers.get('content-type')).toBe('application/deny-list+jwt');
    expect(answer.headers.get('cache-control')).toBe('public, max-age=1');
    const keys = createRemoteJWKSet(new URL(urlOf(server, name, 'jwks')));
    const { payload } = await jwtVerify(await answer.text(), keys, { issuer, typ: 'deny-list+jwt' });
    expect(payload.iat).toBeGreaterThan(before - 60);
    expect(payload.exp).toBeGreaterThan(before + 300);
    expect(Object.keys(payload)).toEqual(['iss', 'iat', 'exp', 'denied', 'clients']);
  });

  test('is no access token', async () => {
    const list = await (await fetch(denyListUrl(name))).text();
    expect(await codeOf(verifierOf(name).verify(list))).toBe('type_refused');
  });
});

test('when an app revokes its refresh token, its access tokens end', async () => {
  const [app, user] = [await createApp(server, 'standard'), await createTestUser(server)];
  const tokens = await app.redeem(await app.code(new UserAgent(), user));
  const verifier = verifierOf('standard');
  const code = () => codeOf(verifier.verify(tokens.access_token));
  expect(await code()).toBe('good');
  await app.revoke(tokens.refresh_token);
  await eventually(async () => (await code()) === 'token_revoked');
});

test('has no client_id of a disabled client in the clear', async () => {
  const { client_id } = await server.register('standard');
  await changeClient(server.instance.admin, 'standard', client_id, { disabled: true });
  await eventually(() => server.instance.store.revocations('standard').clients.has(client_id));
  const list = await (await fetch(denyListUrl('standard'))).text();
  expect(Buffer.from(list.split('.')[1] ?? '', 'base64url').toString()).not.toContain(client_id);
});

test('it is signed once for many requests, and a conditional request is a 304', async () => {
  const ask = (headers = {}) => fetch(denyListUrl('standard'), { headers });
  const answers = await Promise.all(Array.from({ length: 50 }, () => ask()));
  // ES256 is another signature each time.
  const texts = new Set(await Promise.all(answers.map((each) => each.text())));
  expect(texts.size).toBeLessThanOrEqual(2);
  const etag = (await ask()).headers.get('etag') ?? '';
  const again = await ask({ 'if-none-match': etag });
  expect([again.status, await again.text(), again.headers.get('etag')]).toEqual([304, '', etag]);
});

test('however often it changes, it is signed once a second at most', async () => {
  const client = await server.register('standard');
  const tokens = await Promise.all(Array.from({ length: 20 }, () => issueToken(server, 'standard', client)));
  const list = async () => (await fetch(denyListUrl('standard'))).text();
  // A new `iat` would be a new list: it is the beginning of a minute.
  const minute = 60_000 * Math.ceil(Date.now() / 60_000 + 1);
  const seen = new Set<string>();
  for (const [index, token] of tokens.entries()) {
    setClock(minute + 50 * index);
    await post(urlOf(server, 'standard', 'revocation'), { ...credentialsOf(client), token });
    seen.add(await list());
  }
  expect(seen.size).toBe(1);
  setClock(minute + 1000);
  await eventually(async () => !seen.has(await list()));
});

const credentialsOf = ({ client_id, client_secret }: { client_id: string; client_secret: string }) => ({
  client_id,
  client_secret,
});

test('two servers on one database give the same list, so that a 304 is right behind a load balancer', async () => {
  const data = await mkdtemp(join(tmpdir(), 'tessera-test-'));
  const pair = [
    await startTestServer({ data, public_url: 'http://a.example' }),
    await startTestServer({ data, public_url: 'http://a.example' }),
  ] as const;
  try {
    const client = await pair[0].register('standard');
    const answered = await post(`http://127.0.0.1:${pair[0].port}/oauth2/token`, {
      ...credentialsOf(client),
      grant_type: 'client_credentials',
    });
    const { access_token } = (await answered.json()) as { access_token: string };
    await post(`http://127.0.0.1:${pair[0].port}/oauth2/revoke`, {
      ...credentialsOf(client),
      token: access_token,
    });
    const etags = () =>
      Promise.all(
        pair.map(async ({ port }) =>
          (await fetch(`http://127.0.0.1:${port}/oauth2/deny-list`)).headers.get('etag'),
        ),
      );
    const before = await etags();
    await eventually(() => pair[1].instance.store.revocations('standard').tokens.length === 1);
    await eventually(async () => {
      const [here, there] = await etags();
      return here === there && here !== null;
    });
    expect(before[0]).not.toBeNull();
  } finally {
    for (const each of pair) await each.close();
    await rm(data, { recursive: true });
  }
});

describe('introspection', () => {
  test('ends a token that was revoked, and one whose client was disabled', async () => {
    const asking = await server.register('standard', { introspection: 'any' });
    const client = await server.register('standard');
    const revocation = { by: 'introspection', ...credentialsOf(asking), keep: 0.05 } as const;
    const verifier = verifierOf('standard', { revocation });
    const [token, other] = [
      await issueToken(server, 'standard', client),
      await issueToken(server, 'standard', client),
    ];
    expect(await codeOf(verifier.verify(token))).toBe('good');
    await post(urlOf(server, 'standard', 'revocation'), { ...credentialsOf(client), token });
    await eventually(async () => (await codeOf(verifier.verify(token))) === 'token_revoked');
    expect(await codeOf(verifier.verify(other))).toBe('good');
    await changeClient(server.instance.admin, 'standard', client.client_id, { disabled: true });
    await eventually(async () => (await codeOf(verifier.verify(other))) === 'token_revoked');
  });

  test('with credentials that are wrong, no token is good', async () => {
    const client = await server.register('standard');
    const revocation = { by: 'introspection', client_id: client.client_id, client_secret: 'wrong' } as const;
    const verifier = verifierOf('standard', { revocation });
    const error = await verifier
      .verify(await issueToken(server, 'standard', client))
      .catch((thrown) => thrown);
    expect(error).toMatchObject({ code: 'revocation_unknown', status: 503 });
    expect(error.cause.message).toMatch(/\/oauth2\/introspect answered 401$/);
  });
});
