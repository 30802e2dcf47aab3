// What an app asks of a sign-in: prompt, max_age and hints (OpenID Connect Core 1.0 §3.1.2.1). A user is
// asked where that is needed, and only there.

import { decodeJwt } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../support/server.ts';
import {
  authorize,
  createTestUser,
  formOf,
  headingOf,
  type Page,
  type TestUser,
  UserAgent,
} from '../support/user-agent.ts';
import { type App, createApp, type Form } from './app.ts';

let server: TestServer;
let app: App;
let user: TestUser;
/** Of `user`, who has allowed the app `openid read`. */
let agent: UserAgent;

beforeAll(async () => {
  server = await startTestServer();
  app = await createApp(server, 'standard');
  user = await createTestUser(server);
});
afterAll(() => server.close());
beforeEach(async () => {
  agent = new UserAgent();
  await authorize(agent, url(), user);
});

const url = (parameters: Form = {}) => app.url({ scope: 'openid read', ...parameters });
const answerOf = ({ location }: Page) => Object.fromEntries(new URL(location ?? 'none:').searchParams);
const asksFor = (page: Page): string => `${page.status} ${headingOf(page)}`;
const signIn = '200 Sign in';
const consent = '200 Test client wants to access your account';

const idToken = async (code: string | undefined) => {
  const { id_token } = await app.redeem(code ?? '');
  return { id_token, ...decodeJwt<{ auth_time: number; sid: string; sub: string }>(id_token) };
};
/** As if the user had signed in so long ago. */
const age = (seconds: number) =>
  server.instance.store.db
    .updateTable('sessions')
    .set(({ eb }) => ({ auth_time: eb('auth_time', '-', seconds) }))
    .where('user_id', '=', user.id)
    .execute();

describe('prompt=none', () => {
  const quiet = (more: Form = {}) => url({ prompt: 'none', ...more });

  test('is answered with a code where nothing is left to ask', async () => {
    expect(answerOf(await agent.get(quiet()))).toHaveProperty('code');
  });

  test('is login_required where nobody is signed in', async () => {
    expect(answerOf(await new UserAgent().get(quiet())).error).toBe('login_required');
  });

  test('is login_required where the session is one that was signed out', async () => {
    await agent.submit(formOf(await agent.get(`${server.origin}/account`), '/sign-out'));
    expect(answerOf(await agent.get(quiet())).error).toBe('login_required');
  });

  test('is consent_required where the user has not allowed all of it', async () => {
    expect(answerOf(await agent.get(quiet({ scope: 'openid write' }))).error).toBe('consent_required');
  });

  test('is consent_required for another app', async () => {
    const other = await createApp(server, 'standard');
    const page = await agent.get(other.url({ prompt: 'none' }));
    expect(answerOf(page).error).toBe('consent_required');
  });
});

describe('prompt=login', () => {
  test('has the user sign in again, into another session, and asks no further', async () => {
    const before = await idToken(answerOf(await agent.get(url())).code);
    await age(10);
    const page = await agent.get(url({ prompt: 'login' }));
    expect(asksFor(page)).toBe(signIn);
    const { sub, sid, auth_time } = await idToken(answerOf(await agent.signIn(page, user)).code);
    expect(sub).toBe(user.id);
    expect(sid).not.toBe(before.sid);
    expect(auth_time).toBeGreaterThanOrEqual(before.auth_time);
  });

  test('and consent: first one, then the other', async () => {
    const page = await agent.get(url({ prompt: 'consent login' }));
    expect(asksFor(page)).toBe(signIn);
    const asked = await agent.signIn(page, user);
    expect(asksFor(asked)).toBe(consent);
    expect(answerOf(await agent.decide(asked, 'allow'))).toHaveProperty('code');
  });

  test('another user may sign in, whose consent is then asked for', async () => {
    const other = await createTestUser(server);
    const page = await agent.signIn(await agent.get(url({ prompt: 'login' })), other);
    expect(asksFor(page)).toBe(consent);
    const { sub } = await idToken(answerOf(await agent.decide(page, 'allow')).code);
    expect(sub).toBe(other.id);
  });
});

test('prompt=consent asks for what is allowed already, once', async () => {
  const page = await agent.get(url({ prompt: 'consent' }));
  expect(asksFor(page)).toBe(consent);
  expect(answerOf(await agent.decide(page, 'allow'))).toHaveProperty('code');
});

describe('prompt=select_account', () => {
  test('offers the user who is signed in', async () => {
    const page = await agent.get(url({ prompt: 'select_account' }));
    expect(asksFor(page)).toBe('200 Choose an account');
    expect(page.text).toContain('Ann Example');
    const chosen = await agent.follow(await agent.submit(formOf(page, '/select')));
    expect(answerOf(chosen)).toHaveProperty('code');
  });

  test('leads to a sign-in for another one', async () => {
    const { text, url: from } = await agent.get(url({ prompt: 'select_account' }));
    const href = /<a href="([^"]+)"[^>]* class="button"/.exec(text)?.[1]?.replaceAll('&amp;', '&') ?? '';
    const other = await createTestUser(server);
    const page = await agent.get(new URL(href, from));
    expect(asksFor(page)).toBe(signIn);
    const asked = await agent.signIn(page, other);
    expect(asksFor(asked)).toBe(consent);
    const { sub } = await idToken(answerOf(await agent.decide(asked, 'allow')).code);
    expect(sub).toBe(other.id);
  });

  test('asks to sign in where nobody is, and no further', async () => {
    const other = new UserAgent();
    const page = await other.get(url({ prompt: 'select_account' }));
    expect(asksFor(page)).toBe(signIn);
    expect(answerOf(await other.signIn(page, user))).toHaveProperty('code');
  });
});

describe('max_age', () => {
  test('of a sign-in that is recent enough is silent', async () => {
    await age(50);
    const { auth_time, iat = 0 } = await idToken(answerOf(await agent.get(url({ max_age: '60' }))).code);
    expect(iat - auth_time).toBeGreaterThanOrEqual(50);
  });

  test('of one that is too old asks for another, which does', async () => {
    await age(61);
    const page = await agent.get(url({ max_age: '60' }));
    expect(asksFor(page)).toBe(signIn);
    const { auth_time, iat = 0 } = await idToken(answerOf(await agent.signIn(page, user)).code);
    expect(iat - auth_time).toBeLessThan(10);
  });

  test('of one that is too old, with prompt=none, is login_required', async () => {
    await age(61);
    expect(answerOf(await agent.get(url({ max_age: '60', prompt: 'none' }))).error).toBe('login_required');
  });

  test('of zero asks every time, and once', async () => {
    await age(1);
    const page = await agent.get(url({ max_age: '0' }));
    expect(asksFor(page)).toBe(signIn);
    expect(answerOf(await agent.signIn(page, user))).toHaveProperty('code');
  });

  // OpenID Connect Core 1.0 errata 2: "max_age=0 is equivalent to prompt=login".
  test('of zero asks within the very second of the last sign-in', async () => {
    await age(-1);
    expect(asksFor(await agent.get(url({ max_age: '0' })))).toBe(signIn);
  });
});
