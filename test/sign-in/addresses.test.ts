// Addresses that people type, and that programs ask for by themselves: a browser gets a page that leads on, a program what
// it got before.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createApp } from '../authorization/app.ts';
import { startTestServer, type TestServer, threeIssuers } from '../support/server.ts';
import { createTestUser, formOf, headingOf, UserAgent } from '../support/user-agent.ts';

let server: TestServer;
beforeAll(async () => {
  const theme = { name: 'Partners', color: '#ffe000' };
  const issuers = threeIssuers.map((issuer) => (issuer.name === 'trelica' ? { ...issuer, theme } : issuer));
  server = await startTestServer({ issuers });
});
afterAll(() => server.close());

const accept = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';
const get = (path: string, agent = new UserAgent({ accept })) => agent.get(server.origin + path);

describe('an address at which nothing is served', () => {
  test.each([
    ['/nowhere', 'en', '/account'],
    ['/login', 'en', '/account'],
    ['/account/nowhere', 'en', '/account'],
    ['/trelica/nowhere', 'en', '/trelica/account'],
    ['/trelicanowhere', 'en', '/account'],
    ['/tilia/nowhere', 'en', '/account'],
    ['/%00/../<script>?x=<script>', 'en', '/account'],
    ['/nowhere?ui_locales=de', 'de', '/account'],
  ])('%s is a page, in the language %s, that leads to %s', async (path, language, account) => {
    const page = await get(path);
    expect([page.status, page.headers.get('content-type')]).toEqual([404, 'text/html; charset=utf-8']);
    expect(headingOf(page)).toBe(language === 'de' ? 'Hier ist nichts' : 'There is nothing here');
    expect(page.text).toContain(`href="${account}"`);
    expect(page.text).not.toContain('<script>');
    expect(page.headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
  });

  test.each(['*/*', 'application/json', '', 'application/xhtml+xml'])(
    'is JSON for who accepts %j',
    async (type) => {
      const page = await get('/nowhere', new UserAgent({ accept: type }));
      expect([page.status, JSON.parse(page.text).error]).toEqual([404, 'not_found']);
    },
  );
});

test.each([
  ['/oauth2/token', 405, 'POST'],
  ['/oauth2/introspect', 405, 'POST'],
  ['/trelica/connect/token', 405, 'POST'],
])('%s, opened in a browser, is a page that says so', async (path, status, allow) => {
  const page = await get(path);
  expect([page.status, page.headers.get('allow'), headingOf(page)]).toEqual([
    status,
    allow,
    'This did not work',
  ]);
  expect(JSON.parse((await get(path, new UserAgent())).text).error).toBe('invalid_request');
});

test('a program that posts is answered as before, whatever it accepts', async () => {
  const body = new URLSearchParams({ grant_type: 'x' });
  const answer = await new UserAgent({ accept }).fetch(`${server.origin}/oauth2/token`, {
    method: 'POST',
    body,
  });
  expect(answer.headers.get('content-type')).toContain('application/json');
});

test('a method that a page does not take is told on a page', async () => {
  const page = await new UserAgent({ accept }).post(`${server.origin}/account/signed-out`, {});
  expect([page.status, page.headers.get('allow'), headingOf(page)]).toEqual([
    405,
    'GET',
    'This did not work',
  ]);
});

test.each([
  ['/', '/account'],
  ['/trelica', '/trelica/account'],
  ['/trelica/', '/trelica/account'],
  ['/account/', '/account'],
  ['/trelica/account/', '/trelica/account'],
])('%s leads to %s', async (path, account) => {
  expect((await get(path)).location).toBe(`${server.origin}${account}/sign-in`);
  const agent = new UserAgent({ accept });
  await agent.signIn(await get(`${account}/sign-in`, agent), await createTestUser(server));
  expect((await get(path, agent)).location).toBe(server.origin + account);
});

test('the well-known address for changing a password leads to the password', async () => {
  const agent = new UserAgent();
  await agent.signIn(await get('/account/sign-in', agent), await createTestUser(server));
  const { location = '' } = await get('/.well-known/change-password', agent);
  expect(location).toBe(`${server.origin}/account#password`);
  expect((await get('/account', agent)).text).toContain('id="password"');
});

test.each([
  ['/favicon.ico', '#3451d1'],
  ['/account/icon.svg', '#3451d1'],
  ['/trelica/account/icon.svg', '#ffe000'],
])('%s is an icon in the colour %s', async (path, colour) => {
  const icon = await get(path);
  expect([icon.status, icon.headers.get('content-type')]).toEqual([200, 'image/svg+xml; charset=utf-8']);
  expect(icon.text).toContain(`fill="${colour}"`);
});

describe('no page is the end of the way', () => {
  test('the chooser names the app, and leads back to it', async () => {
    const app = await createApp(server, 'standard', { client_name: 'The <app>' });
    const agent = new UserAgent();
    const user = await createTestUser(server);
    await agent.signIn(await get('/account/sign-in', agent), user);
    const page = await agent.get(app.url({ prompt: 'select_account' }));
    expect(page.text).toContain('The &lt;app&gt;');
    const { location = '' } = await agent.submit(formOf(page), { decision: 'cancel' });
    expect(Object.fromEntries(new URL(location).searchParams)).toMatchObject({
      error: 'access_denied',
      state: 'a state',
    });
  });

  test('signed out, people may sign in again; asked to sign out, they may stay', async () => {
    const agent = new UserAgent();
    await agent.signIn(await get('/account/sign-in', agent), await createTestUser(server));
    expect((await get('/account/sign-out', agent)).text).toMatch(/<a href="\/account"[^>]*>Stay signed in/);
    expect((await get('/account/signed-out', agent)).text).toMatch(
      /<a href="\/account\/sign-in"[^>]*>Sign in again/,
    );
  });

  test('an app that is not known leads to the account', async () => {
    const page = await get('/oauth2/authorize?client_id=nobody&response_type=code');
    expect([page.status, headingOf(page)]).toEqual([400, 'This app is not known here']);
    expect(page.text).toMatch(/<a href="\/account"[^>]*>Go to your account/);
  });
});
