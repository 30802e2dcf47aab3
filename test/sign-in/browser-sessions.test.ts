// Sessions of browsers: their cookies, when they end, and what is stored of them (OWASP ASVS 3.2 to 3.4).

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { deviceOf } from '../../packages/server/src/login/visit/device.ts';
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

test('a language that the user chose stays, but where an app asks for another', async () => {
  const agent = await signedIn();
  const choose = async (language: string) => {
    const form = formOf(await agent.get(account()), '/account/language');
    return agent.follow(await agent.submit(form, { language }));
  };
  expect((await choose('de')).text).toContain('<html lang="de">');
  expect((await agent.get(`${account()}/sign-in?ui_locales=en`)).text).toContain('<html lang="en">');
  // One that is not there changes nothing.
  expect((await choose('x; Domain=evil.example')).text).toContain('<html lang="de">');
  expect((await choose('en')).text).toContain('<html lang="en">');
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
      '__Host-tessera-known',
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

describe('a user sees where they are signed in', () => {
  const firefox = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0';
  const browserOf = async (user_agent: string, who: TestUser) => {
    const agent = new UserAgent({ 'user-agent': user_agent });
    await agent.signIn(await agent.follow(await agent.get(account())), who);
    return agent;
  };
  const devicesOn = ({ text }: { text: string }) =>
    [...text.matchAll(/<h3 id="session-\d+">(.*?)<\/h3>/g)].map(([, shown]) => shown);

  test('and signs out another browser there, and no browser of somebody else', async () => {
    const [ann, bob] = [await createTestUser(server), await createTestUser(server)];
    const here = await browserOf(firefox, ann);
    const lost = await browserOf('<script>alert(1)</script>', ann);
    const others = await browserOf(firefox, bob);
    const page = await here.get(account());
    expect(devicesOn(page).sort()).toEqual([
      'Firefox, Windows <span class="state on">This browser</span>',
      'Unknown browser',
    ]);
    expect(page.text).not.toContain('alert(1)');
    const { action, fields } = formOf(page, '/sessions/end');
    const of = await rowOf(others);
    await here.post(action, { ...fields, id: of.id });
    expect(await isSignedIn(others)).toBe(true);
    const done = await here.follow(await here.post(action, fields));
    expect(done.text).toContain('That browser is signed out.');
    expect([await isSignedIn(lost), await isSignedIn(here)]).toEqual([false, true]);
    expect(devicesOn(done)).toHaveLength(1);
    // Sent twice, and of no session at all.
    for (const id of [fields.id ?? '', 'x', ''])
      expect((await here.post(action, { ...fields, id })).status).toBe(303);
    expect(server.log.findLast(({ msg }) => msg === 'user acted')).toMatchObject({ action: 'session_ended' });
  });

  test('but none that has ended by itself', async () => {
    const user = await createTestUser(server);
    const [here, idle, expired] = [
      await browserOf(firefox, user),
      await browserOf('x', user),
      await browserOf('y', user),
    ];
    await change(idle, { last_seen_at: Date.now() - 12 * hour - 1000 });
    await change(expired, { expires_at: Date.now() - 1 });
    expect(devicesOn(await here.get(account()))).toHaveLength(1);
  });
});

test.each([
  [
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0',
    'Edge, Windows',
  ],
  [
    'Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36',
    'Chrome, ChromeOS',
  ],
  [
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1',
    'Safari, iPhone',
  ],
  [
    'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36',
    'Samsung Internet, Android',
  ],
  [
    'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Safari/605.1.15',
    'Safari, macOS',
  ],
  ['curl/8', undefined],
  [undefined, undefined],
])('%s is %s', (user_agent, device) => {
  expect(deviceOf(user_agent)).toBe(device);
});
