// Sessions of browsers: their cookies, when they end, and what is stored of them (OWASP ASVS 3.2 to 3.4).

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../support/server.ts';
import { createTestUser, formOf, type TestUser, UserAgent } from '../support/user-agent.ts';

const hour = 3_600_000;
let server: TestServer;
let user: TestUser;

beforeAll(async () => {
  server = await startTestServer();
  user = await createTestUser(server);
});
afterAll(() => server.close());

const account = () => `${server.origin}/account`;

async function signedIn(who = user): Promise<UserAgent> {
  const agent = new UserAgent();
  await agent.signIn(await agent.follow(await agent.get(account())), who);
  return agent;
}

const isSignedIn = async (agent: UserAgent) => (await agent.get(account())).status === 200;

const hashOf = (agent: UserAgent) =>
  server.instance.login.forms.sessionHash(agent.cookies.get('tessera-session') ?? '');

const rowOf = (agent: UserAgent) =>
  server.instance.store.db
    .selectFrom('sessions')
    .selectAll()
    .where('hash', '=', hashOf(agent))
    .executeTakeFirstOrThrow();

const change = (agent: UserAgent, columns: Partial<{ last_seen_at: number; expires_at: number }>) =>
  server.instance.store.db.updateTable('sessions').set(columns).where('hash', '=', hashOf(agent)).execute();

test('over plain http, cookies are HttpOnly, Lax, and of the whole host', async () => {
  const agent = new UserAgent();
  const page = await agent.get(`${account()}/sign-in`);
  const form = formOf(page, '/account/sign-in');
  const answer = await agent.submit(form, { login: user.login, password: user.password });
  const [browser] = page.headers.getSetCookie();
  const session = answer.headers.getSetCookie().find((line) => line.startsWith('tessera-session='));
  expect(browser).toMatch(/^tessera-browser=[\w-]+; Path=\/; HttpOnly; SameSite=Lax/);
  expect(session).toMatch(/^tessera-session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax$/);
});

describe('behind TLS', () => {
  let secure: TestServer;
  beforeAll(async () => {
    secure = await startTestServer({ public_url: 'https://auth.example.com', trust_proxy: ['127.0.0.1'] });
  });
  afterAll(() => secure.close());

  test('cookies have the __Host- prefix, and are Secure', async () => {
    const ann = await createTestUser(secure);
    const agent = new UserAgent();
    const local = `http://127.0.0.1:${secure.port}`;
    const page = await agent.get(`${local}/account/sign-in`);
    const form = formOf(page, '/account/sign-in');
    const answer = await agent.submit(form, { login: ann.login, password: ann.password });
    const lines = [...page.headers.getSetCookie(), ...answer.headers.getSetCookie()];
    const set = lines.filter((line) => !line.includes('Max-Age=0'));
    expect(set.map((line) => line.split('=')[0])).toEqual([
      '__Host-tessera-browser',
      '__Host-tessera-session',
    ]);
    // RFC 6265bis §4.1.3.2: with that prefix, only so.
    for (const line of lines) {
      expect(line).toMatch(/; Path=\/(;|$)/);
      expect(line).toMatch(/; Secure(;|$)/);
      expect(line).not.toMatch(/Domain=/i);
    }
  });
});

test('a session ends after twelve hours without use', async () => {
  const agent = await signedIn();
  await change(agent, { last_seen_at: Date.now() - 12 * hour + 60_000 });
  expect(await isSignedIn(agent)).toBe(true);
  await change(agent, { last_seen_at: Date.now() - 12 * hour - 1000 });
  expect(await isSignedIn(agent)).toBe(false);
});

test('to use a session keeps it from going idle', async () => {
  const agent = await signedIn();
  await change(agent, { last_seen_at: Date.now() - 11 * hour });
  await agent.get(account());
  const { last_seen_at } = await rowOf(agent);
  expect(last_seen_at).toBeGreaterThan(Date.now() - 60_000);
});

test('a session ends after seven days, however much it is used', async () => {
  const before = Date.now();
  const agent = await signedIn();
  const { expires_at } = await rowOf(agent);
  expect(expires_at - before).toBeGreaterThanOrEqual(7 * 24 * hour);
  expect(expires_at - Date.now()).toBeLessThanOrEqual(7 * 24 * hour);
  await change(agent, { expires_at: Date.now() - 1 });
  expect(await isSignedIn(agent)).toBe(false);
});

test('a stolen database gives nobody a session', async () => {
  const agent = await signedIn();
  const rows = await server.instance.store.db.selectFrom('sessions').selectAll().execute();
  const cookie = agent.cookies.get('tessera-session') ?? '';
  expect(JSON.stringify(rows)).not.toContain(cookie);
  for (const { hash, id } of rows)
    for (const value of [hash, id]) {
      const thief = new UserAgent();
      thief.cookies.set('tessera-session', value);
      expect(await isSignedIn(thief)).toBe(false);
    }
});

test('signing in again ends the session before', async () => {
  const agent = await signedIn();
  const old = agent.cookies.get('tessera-session') ?? '';
  await agent.signIn(await agent.get(`${account()}/sign-in`), user);
  expect(agent.cookies.get('tessera-session')).not.toBe(old);
  const thief = new UserAgent();
  thief.cookies.set('tessera-session', old);
  expect(await isSignedIn(thief)).toBe(false);
  expect(await isSignedIn(agent)).toBe(true);
});
