// Replay of a refresh token (RFC 9700 §4.14): each is good once and belongs to one app; when a used one comes back,
// somebody has a copy, and all that came of the grant ends (§4.14.2).

import { decodeJwt } from 'jose';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { type App, createApp, type TokenAnswer } from '../authorization/app.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { createTestUser, type TestUser, UserAgent } from '../support/user-agent.ts';

let server: TestServer;
let ann: TestUser;
const victim = new UserAgent();
beforeAll(async () => {
  server = await startTestServer();
  ann = await createTestUser(server);
});
afterEach(() => {
  vi.useRealTimers();
});
afterAll(() => server.close());

const refused = { status: 400, error: 'invalid_grant' };
const later = (seconds: number) => vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + seconds * 1000 });

describe.each([
  ['standard', false],
  ['standard', true],
  ['trelica', false],
  ['trelica', true],
])('%s, public: %s', (issuer, kind) => {
  let app: App;
  /** May introspect all: a public app may not. */
  let watcher: App;
  beforeAll(async () => {
    app = await createApp(server, issuer, { public: kind });
    watcher = await createApp(server, issuer, { introspection: 'any' });
  });
  const begin = async () => app.redeem(await app.code(victim, ann));
  const next = async ({ refresh_token }: TokenAnswer): Promise<TokenAnswer> => {
    const answer = await app.refresh(refresh_token);
    expect(answer.status).toBe(200);
    return answer;
  };
  async function expectEnded(...tokens: readonly TokenAnswer[]) {
    for (const { access_token, refresh_token } of tokens) {
      expect(await watcher.introspect(access_token)).toEqual({ active: false });
      expect(await app.refresh(refresh_token)).toMatchObject(refused);
    }
  }

  // The checks: `advanceRefreshToken` compares the generation, and `advance` ends the grant.
  // If the attacker came first, what he got ends when the app comes.
  test('a token that was used is good no more, and the grant ends', async () => {
    const stolen = await begin();
    const owned = await next(await next(stolen));
    expect(await watcher.introspect(stolen.access_token)).toMatchObject({ active: true });
    expect(await app.refresh(stolen.refresh_token)).toMatchObject(refused);
    await expectEnded(stolen, owned);
  });

  // The check: `rotationGrace`. A token that was just replaced gives its successor once more: for who lost the answer.
  test('a token that was replaced half a minute ago is good no more', async () => {
    const [early, late] = [await begin(), await begin()];
    const [{ refresh_token }, owned] = [await next(early), await next(late)];
    later(28);
    expect(await app.refresh(early.refresh_token)).toMatchObject({ status: 200, refresh_token });
    later(3);
    expect(await app.refresh(late.refresh_token)).toMatchObject(refused);
    await expectEnded(owned);
  });

  // Two lines of tokens from one would never meet, and nobody would notice. The check: `advance` gives the same one.
  test('within that time there is one line of tokens, in which the thief shows', async () => {
    const stolen = await begin();
    const owned = await next(stolen);
    const taken = await next(stolen);
    expect(taken.refresh_token).toBe(owned.refresh_token);
    const last = await next(await next(taken));
    expect(await app.refresh(owned.refresh_token)).toMatchObject(refused);
    await expectEnded(owned, taken, last);
  });

  // The check: `advanceRefreshToken` compares the client (RFC 6749 §10.4); `advance` does before it ends anything.
  test('another app can neither use a token nor end it', async () => {
    const stolen = await begin();
    const owned = await next(stolen);
    const thieves = [await createApp(server, issuer), await createApp(server, issuer, { public: true })];
    for (const thief of thieves) {
      expect(await thief.refresh(owned.refresh_token)).toMatchObject(refused);
      expect(await thief.refresh(stolen.refresh_token)).toMatchObject(refused);
    }
    await next(owned);
  });

  // The check: `advanceRefreshToken` compares the time (RFC 9700 §4.14.2: "if the client has been inactive").
  test('a token that lay unused for a month is good no more', async () => {
    const [used, unused] = [await begin(), await begin()];
    later(29 * 24 * 3600);
    const renewed = await next(used);
    later(2 * 24 * 3600);
    expect(await app.refresh(unused.refresh_token)).toMatchObject(refused);
    await next(renewed);
  });

  // The check: the tag. An API reads the name of a grant in the `jti` of every access token; a generation is a number.
  test('nobody makes a token out of what an access token says', async () => {
    const { access_token, refresh_token } = await begin();
    const bytes = Buffer.from(refresh_token, 'base64url');
    const named = bytes.subarray(0, 21);
    expect(String(decodeJwt(access_token).jti)).toContain(named.subarray(1, 17).toString('base64url'));
    const forged = Buffer.concat([named, Buffer.alloc(bytes.length - named.length)]).toString('base64url');
    expect(await app.refresh(forged)).toMatchObject(refused);
    // A later one, which would leave the app behind.
    const next = Buffer.from(bytes);
    next.writeUInt32BE(2, 17);
    expect(await app.refresh(next.toString('base64url'))).toMatchObject(refused);
    expect(await app.refresh(access_token)).toMatchObject(refused);
    expect(await app.refresh(refresh_token)).toMatchObject({ status: 200 });
  });

  // The check: a code and a refresh token have keys of their own.
  test('a code is no refresh token, and a refresh token no code', async () => {
    const code = await app.code(victim, ann);
    expect(await app.refresh(code)).toMatchObject(refused);
    const { refresh_token } = await app.redeem(code);
    expect(await app.redeem(refresh_token)).toMatchObject(refused);
    expect(await app.refresh(refresh_token)).toMatchObject({ status: 200 });
  });
});

// The check: the issuer is part of the tag, and `advanceRefreshToken` compares it.
test('a token of one issuer is no good at another, where an app has the same name', async () => {
  const client_id = 'an-app';
  const [app, namesake] = [
    await createApp(server, 'standard', { client_id }),
    await createApp(server, 'trelica', { client_id }),
  ];
  const { refresh_token } = await app.redeem(await app.code(victim, ann));
  expect(await namesake.refresh(refresh_token)).toMatchObject(refused);
  expect(await app.refresh(refresh_token)).toMatchObject({ status: 200 });
});
