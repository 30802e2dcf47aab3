// Session fixation (RFC 9700 §4.7 keeps an app's session from it; here it is the server's own, OWASP ASVS 3.2.1): what the
// attacker knew of a browser before its user signed in is worth nothing afterwards.

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../support/server.ts';
import {
  createTestUser,
  didNothing,
  formOf,
  headingOf,
  type TestUser,
  UserAgent,
} from '../support/user-agent.ts';

let server: TestServer;
let ann: TestUser;
let mallory: TestUser;
beforeAll(async () => {
  server = await startTestServer();
  [ann, mallory] = [await createTestUser(server), await createTestUser(server)];
});
afterAll(() => server.close());

let victim: UserAgent;
let attacker: UserAgent;
beforeEach(() => {
  [victim, attacker] = [new UserAgent(), new UserAgent()];
});

const name = 'tessera-session';
const signIn = async (agent: UserAgent, user: TestUser) =>
  agent.signIn(await agent.get(`${server.origin}/account/sign-in`), user);
/** Whose account the browser is in, by the login that the page shows. */
async function accountOf(agent: UserAgent): Promise<string | undefined> {
  const page = await agent.get(`${server.origin}/account`);
  return [ann, mallory].map(({ login }) => login).find((login) => page.text.includes(login));
}

// The check: `startSession` makes a new token, whatever the browser brought.
test('a session that the attacker invented does not become the victim’s', async () => {
  const planted = 'A'.repeat(43);
  victim.cookies.set(name, planted);
  attacker.cookies.set(name, planted);
  await signIn(victim, ann);
  expect(await accountOf(victim)).toBe(ann.login);
  expect(await accountOf(attacker)).toBeUndefined();
  expect(victim.cookies.get(name)).not.toBe(planted);
});

// The checks: the same, and that the session before ends (`replaces`).
test('a session of the attacker’s does not become the victim’s when she signs in within it', async () => {
  await signIn(attacker, mallory);
  const planted = attacker.cookies.get(name) ?? '';
  victim.cookies.set(name, planted);
  expect(await accountOf(victim)).toBe(mallory.login);
  await signIn(victim, ann);
  expect(await accountOf(victim)).toBe(ann.login);
  expect(attacker.cookies.get(name)).toBe(planted);
  expect(await accountOf(attacker)).toBeUndefined();
});

// The check: a sign-in within the victim's own session makes a new one too (prompt=login, max_age).
test('a session that was stolen ends when the victim signs in anew', async () => {
  await signIn(victim, ann);
  attacker.cookies.set(name, victim.cookies.get(name) ?? '');
  expect(await accountOf(attacker)).toBe(ann.login);
  await signIn(victim, ann);
  expect(await accountOf(victim)).toBe(ann.login);
  expect(await accountOf(attacker)).toBeUndefined();
});

// The checks: `setPassword` ends all sessions; `startSession` makes the new one under a new token.
test('a session that was stolen ends when the victim changes her password', async () => {
  const user = await createTestUser(server);
  await signIn(victim, user);
  for (const [each, value] of victim.cookies) attacker.cookies.set(each, value);
  const isIn = async (agent: UserAgent) =>
    headingOf(await agent.get(`${server.origin}/account`)) === 'Your account';
  expect(await isIn(attacker)).toBe(true);
  const form = formOf(await victim.get(`${server.origin}/account`), '/password');
  await victim.submit(form, { password: user.password, new_password: crypto.randomUUID() });
  expect(await isIn(victim)).toBe(true);
  expect(await isIn(attacker)).toBe(false);
});

// The check: `signOutOfAccount` deletes the session, and does not only tell the browser to forget it.
test('a session that was stolen ends when the victim signs out', async () => {
  await signIn(victim, ann);
  attacker.cookies.set(name, victim.cookies.get(name) ?? '');
  expect(await accountOf(attacker)).toBe(ann.login);
  await victim.submit(formOf(await victim.get(`${server.origin}/account`), '/sign-out'));
  expect(victim.cookies.has(name)).toBe(false);
  expect(await accountOf(attacker)).toBeUndefined();
});

// The check: `currentSession` knows a session by the hash of its cookie, and by nothing that is public.
test('neither the public name of a session nor its hash opens it', async () => {
  await signIn(victim, ann);
  const rows = await server.instance.store.db
    .selectFrom('sessions')
    .select(['hash', 'id'])
    .where('user_id', '=', ann.id)
    .execute();
  expect(rows.length).toBeGreaterThan(0);
  for (const value of rows.flatMap(({ hash, id }) => [hash, id])) {
    attacker.cookies.set(name, value);
    expect(await accountOf(attacker)).toBeUndefined();
  }
});

// RFC 6265bis §4.1.3.2. A sibling host can set cookies for all of example.com, but none that begins with `__Host-`.
describe('behind TLS', () => {
  let secure: TestServer;
  let user: TestUser;
  let account: string;
  beforeAll(async () => {
    secure = await startTestServer({
      public_url: 'https://auth.example.com',
      trust_proxy: ['127.0.0.1'],
    });
    user = await createTestUser(secure);
    account = `http://127.0.0.1:${secure.port}/account`;
  });
  afterAll(() => secure.close());

  // The check: `fullName`.
  test('a cookie that another host could have planted counts for nothing', async () => {
    const signedIn = await attacker.signIn(await attacker.get(`${account}/sign-in`), user);
    expect(headingOf(signedIn)).toBe('Your account');
    for (const [each, value] of attacker.cookies) {
      expect(each).toMatch(/^__Host-tessera-/);
      victim.cookies.set(each.replace('__Host-', ''), value);
    }
    expect((await victim.get(account)).location).toBe(`${account}/sign-in`);
    // Nor does its form take the attacker's token.
    const { action, fields } = formOf(await attacker.get(`${account}/sign-in`), '/account/sign-in');
    const { login, password } = user;
    expect(didNothing(await victim.post(action, { ...fields, login, password }))).toBe(true);
  });

  // The checks: what `setCookie` says of them.
  test('no script reads a cookie, and none leaves over plain http', async () => {
    const page = await victim.get(`${account}/sign-in`);
    const { login, password } = user;
    const answer = await victim.submit(formOf(page, '/account/sign-in'), { login, password });
    const cookies = [page, answer].flatMap(({ headers }) => headers.getSetCookie());
    expect(cookies.map((cookie) => cookie.split('=')[0])).toEqual([
      '__Host-tessera-browser',
      '__Host-tessera-session',
      '__Host-tessera-known',
      '__Host-tessera-step',
    ]);
    for (const cookie of cookies)
      expect(cookie).toMatch(/^[^;]*; Path=\/; HttpOnly; SameSite=Lax; Secure(; Max-Age=(0|34560000))?$/);
  });
});
