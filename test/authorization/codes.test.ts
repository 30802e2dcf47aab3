// Codes (RFC 6749 §4.1.2, RFC 7636 §4.6): short-lived, good once, and worth something to nobody but the app that asked.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../support/server.ts';
import { createTestUser, pkce, type TestUser, UserAgent } from '../support/user-agent.ts';
import { type App, callback, createApp, type Form, lastReason } from './app.ts';

let server: TestServer;
let user: TestUser;
const agent = new UserAgent();
let app: App;

beforeAll(async () => {
  server = await startTestServer();
  user = await createTestUser(server);
  app = await createApp(server, 'standard', { redirect_uris: [callback, 'https://app.example/second'] });
});
afterAll(() => server.close());

const newCode = (parameters?: Form) => app.code(agent, user, parameters);
const active = async (token: string) => (await app.introspect(token)).active;

/** As if the code had been given so long ago. */
async function age(issuer: string, code: string, ms: number): Promise<void> {
  const { store, grantTokens } = server.instance;
  const { numUpdatedRows } = await store.db
    .updateTable('grants')
    .set(({ eb }) => ({ code_expires_at: eb('code_expires_at', '-', ms) }))
    .where('id', '=', grantTokens.readCode(issuer, code) ?? '')
    .executeTakeFirst();
  expect(numUpdatedRows).toBe(1n);
}

test.for([
  ['standard', 60_000],
  ['trelica', 300_000],
] as const)('%s: a code lives for %i ms', async ([issuer, lifetime]) => {
  const other = await createApp(server, issuer);
  const [fresh, stale] = [await other.code(agent, user), await other.code(agent, user)];
  await age(issuer, fresh, lifetime - 15_000);
  expect((await other.redeem(fresh)).status).toBe(200);
  await age(issuer, stale, lifetime);
  expect((await other.redeem(stale)).error).toBe('invalid_grant');
  expect(lastReason(server)).toBe('code_expired');
});

describe('a code that is used again', () => {
  test('gives nothing, and ends what it gave before', async () => {
    const code = await newCode();
    const { access_token, refresh_token } = await app.redeem(code);
    const refreshed = await app.refresh(refresh_token);
    const [first, second] = [access_token, refreshed.access_token];
    expect([await active(first), await active(second)]).toEqual([true, true]);
    expect((await app.redeem(code)).error).toBe('invalid_grant');
    expect(lastReason(server)).toBe('code_replayed');
    expect([await active(first), await active(second)]).toEqual([false, false]);
    expect((await app.refresh(refreshed.refresh_token)).error).toBe('invalid_grant');
    expect(lastReason(server)).toBe('grant_revoked');
  });

  test('and again, gives nothing either', async () => {
    const code = await newCode();
    await app.redeem(code);
    const errors = [await app.redeem(code), await app.redeem(code)].map(({ error }) => error);
    expect(errors).toEqual(['invalid_grant', 'invalid_grant']);
  });

  test('does not end what another code of the same user and app gave', async () => {
    const [code, another] = [await newCode(), await newCode()];
    const { access_token } = await app.redeem(another);
    await app.redeem(code);
    await app.redeem(code);
    expect(await active(access_token)).toBe(true);
  });
});

describe('a code is worth nothing', () => {
  // What a thief tries must neither succeed nor take the code from the app.
  const cases: [what: string, form: () => Form, reason: string][] = [
    [
      'with another redirect_uri of the app',
      () => ({ redirect_uri: 'https://app.example/second' }),
      'redirect_uri_mismatch',
    ],
    ['with a redirect_uri that is none', () => ({ redirect_uri: 'callback' }), 'redirect_uri_mismatch'],
    ['without its redirect_uri', () => ({ redirect_uri: undefined }), 'redirect_uri_missing'],
    ['without its verifier', () => ({ code_verifier: undefined }), 'code_verifier_missing'],
    ['with another verifier', () => ({ code_verifier: pkce().code_verifier }), 'code_verifier_wrong'],
    ['with its challenge', () => ({ code_verifier: app.pkce.code_challenge }), 'code_verifier_wrong'],
    ['with a verifier too short', () => ({ code_verifier: 'v'.repeat(42) }), 'code_verifier_malformed'],
    ['with a verifier too long', () => ({ code_verifier: 'v'.repeat(129) }), 'code_verifier_malformed'],
    [
      'with a verifier of other characters',
      () => ({ code_verifier: 'é'.repeat(43) }),
      'code_verifier_malformed',
    ],
  ];
  test.for(cases)('%s, and stays good', async ([, form, reason]) => {
    const code = await newCode();
    expect((await app.redeem(code, form())).error).toBe('invalid_grant');
    expect(lastReason(server)).toBe(reason);
    expect((await app.redeem(code)).status).toBe(200);
  });

  test('to another client, and stays good', async () => {
    const thief = await createApp(server, 'standard');
    const { code_verifier } = app.pkce;
    const code = await newCode();
    expect((await thief.redeem(code, { code_verifier })).error).toBe('invalid_grant');
    expect(lastReason(server)).toBe('code_of_another_client');
    const { access_token } = await app.redeem(code);
    expect((await thief.redeem(code, { code_verifier })).error).toBe('invalid_grant');
    expect(await active(access_token)).toBe(true);
  });

  test('at another issuer, to a client of the same id, and stays good', async () => {
    const { client_id } = app;
    const twin = await createApp(server, 'trelica', { client_id });
    const code = await newCode();
    const { code_verifier } = app.pkce;
    expect((await twin.redeem(code, { code_verifier })).error).toBe('invalid_grant');
    expect(lastReason(server)).toBe('code_unknown');
    expect((await app.redeem(code)).status).toBe(200);
  });

  test('once it was changed, or spelled in another way', async () => {
    const code = await newCode();
    const changed = [...code].map(
      (letter, at) => code.slice(0, at) + (letter === 'A' ? 'B' : 'A') + code.slice(at + 1),
    );
    for (const other of [...changed, `${code}=`, `${code}A`, code.slice(0, -1), code.toUpperCase()])
      expect((await app.redeem(other)).error, other).toBe('invalid_grant');
    expect((await app.redeem(code)).status).toBe(200);
  });

  test('as a refresh token, nor a refresh token as a code', async () => {
    const code = await newCode();
    expect((await app.refresh(code)).error).toBe('invalid_grant');
    const { refresh_token } = await app.redeem(code);
    expect((await app.redeem(refresh_token)).error).toBe('invalid_grant');
    expect((await app.refresh(refresh_token)).status).toBe(200);
  });
});

// RFC 9700 §4.8.2, where PKCE is left to the app.
test('trelica: a verifier for a code that was asked for without a challenge is refused', async () => {
  const other = await createApp(server, 'trelica');
  const code = await other.code(agent, user, { code_challenge: undefined, code_challenge_method: undefined });
  expect((await other.redeem(code)).error).toBe('invalid_grant');
  expect(lastReason(server)).toBe('code_verifier_unexpected');
  expect((await other.redeem(code, { code_verifier: undefined })).status).toBe(200);
});

test('a public app needs its verifier and no secret', async () => {
  const spa = await createApp(server, 'standard', { public: true });
  const code = await spa.code(agent, user);
  expect((await spa.redeem(code, { code_verifier: undefined })).error).toBe('invalid_grant');
  expect((await spa.redeem(code)).status).toBe(200);
});

test('the scope is what was allowed, whatever the token request names', async () => {
  const code = await newCode({ scope: 'read' });
  expect((await app.redeem(code, { scope: 'read write' })).scope).toBe('read');
});
