// Cross-site request forgery on sign-in (RFC 9700 §4.7, "login CSRF"): the attacker makes the victim's browser sign in as
// himself, so that what she does then happens in his account.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { TOTP } from 'otpauth';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { setTotp } from '../../packages/server/src/store/tables/totp.ts';
import { createApp } from '../authorization/app.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import {
  createTestUser,
  didNothing,
  formOf,
  headingOf,
  type Page,
  type TestUser,
  UserAgent,
} from '../support/user-agent.ts';

let server: TestServer;
let mallory: TestUser;
beforeAll(async () => {
  server = await startTestServer();
  mallory = await createTestUser(server);
});
afterAll(() => server.close());

/** Both have seen the sign-in page, and nobody is signed in. */
let victim: UserAgent;
let attacker: UserAgent;
let page: Page;
beforeEach(async () => {
  [victim, attacker] = [new UserAgent(), new UserAgent()];
  await victim.get(`${server.origin}/account/sign-in`);
  page = await attacker.get(`${server.origin}/account/sign-in`);
});

const isSignedIn = async (agent: UserAgent, at: Pick<TestServer, 'origin'> = server) =>
  headingOf(await agent.follow(await agent.get(`${at.origin}/account`))) === 'Your account';

// The check: `isCurrent` in `continuedForm`, and that its token is bound to the browser.
describe('a sign-in form', () => {
  test.each([
    ['no token', false],
    ['the attacker’s token', true],
  ])('with %s signs nobody in', async (_kind, tokenOfAttacker) => {
    const { action, fields } = formOf(page, '/account/sign-in');
    const { login, password } = mallory;
    const csrf = tokenOfAttacker ? (fields.csrf ?? '') : '';
    expect(didNothing(await victim.post(action, { csrf, login, password }))).toBe(true);
    expect(await isSignedIn(victim)).toBe(false);
    // In the attacker's own browser it does.
    await attacker.post(action, { ...fields, login, password });
    expect(await isSignedIn(attacker)).toBe(true);
  });

  // The check: SameSite=Lax. From another site the form comes without the cookie that its token is bound to.
  test('of another site comes without cookies', async () => {
    const { headers } = await new UserAgent().get(`${server.origin}/account/sign-in`);
    const cookies = headers.getSetCookie();
    expect(cookies).toHaveLength(1);
    for (const cookie of cookies) expect(cookie).toMatch(/; HttpOnly; SameSite=Lax$/);
    const { action, fields } = formOf(page, '/account/sign-in');
    const { login, password } = mallory;
    const crossSite = new UserAgent();
    expect(didNothing(await crossSite.post(action, { ...fields, login, password }))).toBe(true);
    expect(await isSignedIn(crossSite)).toBe(false);
  });

  // The check: `isCurrent` in `continuedForm`.
  test('by passkey is not even looked at', async () => {
    const url = `${server.origin}/account/passkey`;
    expect(await victim.post(url, { credential: '{}' })).toMatchObject({ status: 403 });
    const { csrf = '' } = formOf(page, '/account/sign-in').fields;
    expect(await attacker.post(url, { credential: '{}', csrf })).toMatchObject({ status: 422 });
  });
});

// The check: `halfSignedIn` wants the browser in which the password was typed.
test('a sign-in that the attacker has begun is not ended in another browser', async () => {
  const user = await createTestUser(server);
  const { db, totpSecrets } = server.instance.login;
  const totp = new TOTP();
  const secret = Buffer.from(totp.secret.bytes);
  await setTotp(db, user.id, totpSecrets.seal(secret, user.id), 0, Date.now());
  const half = await attacker.signIn(page, user);
  expect(headingOf(half)).toBe('Enter your code');
  // He plants the cookie of it in the victim's browser, and has her type the code that he tells her.
  victim.cookies.set('tessera-step', attacker.cookies.get('tessera-step') ?? '');
  const planted = await victim.follow(await victim.get(`${server.origin}/account/second-factor`));
  expect(headingOf(planted)).not.toBe('Enter your code');
  const { action, fields } = formOf(half);
  const { csrf = '' } = formOf(planted).fields;
  await victim.post(action, { csrf, code: totp.generate() });
  await victim.post(action, { ...fields, code: totp.generate() });
  expect(await isSignedIn(victim)).toBe(false);
  await attacker.submit(formOf(half), { code: totp.generate() });
  expect(await isSignedIn(attacker)).toBe(true);
});

// The check: `finishUpstream` wants the browser in which it began.
test('the answer of an upstream provider is not taken in another browser', async () => {
  const callback = 'http://127.0.0.1/account/upstream/company/callback';
  const scope = ['openid', 'profile', 'email'];
  const { client_id, client_secret } = await server.register('standard', {
    redirect_uris: [callback],
    scope,
  });
  const variable = 'TEST_UPSTREAM_SECRET';
  process.env[variable] = client_secret;
  const upstream = { name: 'company', label: 'Company', issuer: server.origin, client_id };
  const upstreams = [{ ...upstream, client_secret_variable: variable }];
  const downstream = await startTestServer({ login: { upstreams } });
  try {
    const atProvider = new UserAgent();
    const { location = '' } = await attacker.get(`${downstream.origin}/account/upstream/company`);
    const consent = await atProvider.signIn(await atProvider.get(location), mallory);
    const { location: answer = '' } = await atProvider.decide(consent, 'allow');
    await victim.get(`${downstream.origin}/account/sign-in`);
    for (const browser of [victim, new UserAgent()]) {
      expect(didNothing(await browser.get(answer))).toBe(true);
      expect(await isSignedIn(browser, downstream)).toBe(false);
    }
    await attacker.get(answer);
    expect(await isSignedIn(attacker, downstream)).toBe(true);
  } finally {
    await downstream.close();
  }
});

// The check: `resume` wants the browser that was sent to the company's page.
test('the answer of the company’s own page is not taken in another browser', async () => {
  const secret = crypto.randomUUID();
  const secret_file = join(server.data, 'login-secret');
  await writeFile(secret_file, secret);
  const own = await startTestServer({ login: { url: 'https://login.example/', secret_file } });
  try {
    const app = await createApp(own, 'standard');
    const { location = '' } = await attacker.get(app.url());
    const answered = await fetch(`${own.origin}/account/tickets`, {
      method: 'POST',
      headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        ticket: new URL(location).searchParams.get('ticket'),
        subject: 'mallory',
        amr: ['pwd'],
        scope: ['read', 'offline_access'],
      }),
    });
    const { redirect_to } = (await answered.json()) as { redirect_to: string };
    await victim.get(app.url());
    expect(didNothing(await victim.get(redirect_to))).toBe(true);
    expect(victim.cookies.has('tessera-session')).toBe(false);
    expect((await attacker.get(redirect_to)).location).toMatch(/code=/);
  } finally {
    await own.close();
  }
});
