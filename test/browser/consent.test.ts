// Consent, as a person sees it (RFC 6749 §4.1.1, RFC 9700 §4.12): who asks for what, yes and no, what is remembered,
// and what an app on one's own computer is warned of.

import { beforeAll, expect, test } from 'vitest';
import { createScope } from '../../packages/server/src/store/tables/scopes.ts';
import { issuerOf, urlOf } from '../support/endpoints.ts';
import { basic, post } from '../support/server.ts';
import { authorizationUrl, createTestUser, pkce, type TestUser } from '../support/user-agent.ts';
import {
  answerToApp,
  appCallback,
  appOrigin,
  arriveAt,
  browsing,
  lookAt,
  signIn,
  testServer,
} from './support/browsing.ts';
import { answerFor } from './support/elsewhere.ts';

const server = testServer();
const browse = browsing();
const asks = 'Invoice Robot wants to access your account';
const scopes = ['invoices.read', 'invoices.write', 'openid', 'email', 'offline_access'];
type Registered = Awaited<ReturnType<ReturnType<typeof server>['register']>>;
let app: Registered;
let user: TestUser;
beforeAll(async () => {
  const { admin } = server().instance;
  await createScope(admin.db, 'standard', 'invoices.read', 'Read your invoices', Date.now());
  app = await register({
    logo_uri: `${appOrigin}/logo.svg`,
    consent_message: 'We book your invoices at night.\n<b>Nothing</b> is ever deleted.',
  });
});

const register = (registration: Parameters<ReturnType<typeof server>['register']>[1] = {}) => {
  const redirect_uris = [appCallback];
  return server().register('standard', {
    client_name: 'Invoice Robot',
    redirect_uris,
    scope: scopes,
    ...registration,
  });
};

const { code_verifier, ...challenge } = pkce();
const requestOf = ({ client_id }: Registered, more: Record<string, string> = {}) =>
  authorizationUrl(issuerOf(server(), 'standard'), {
    client_id,
    redirect_uri: appCallback,
    scope: 'invoices.read openid',
    state: 'where I was',
    ...challenge,
    ...more,
  });

/** Somebody new at the consent page. */
async function atConsent(url: string, options?: Parameters<typeof browse>[0]) {
  const page = await browse(options);
  user = await createTestUser(server());
  await page.goto(url);
  await signIn(page, user);
  await arriveAt(page, asks);
  return page;
}

const answer = (page: Awaited<ReturnType<typeof atConsent>>, name: 'Allow' | 'Deny') =>
  page.getByRole('button', { name }).click();

test('the page says who asks, in their own words, for what, as whom, and where one will be sent', async () => {
  const page = await atConsent(requestOf(app, { scope: scopes.join(' ') }));
  const shown = page.getByRole('main');
  expect(await page.title()).toBe(`Allow access · ${new URL(server().origin).host}`);
  expect(await page.getByRole('figure').innerText()).toBe(
    'Message from Invoice Robot\nWe book your invoices at night.\n<b>Nothing</b> is ever deleted.',
  );
  expect(await page.getByRole('listitem').allInnerTexts()).toEqual([
    'Read your invoices',
    'Use the permission invoices.write',
    'Know who you are',
    'See your email address',
    'Keep access while you are away',
  ]);
  expect(await shown.innerText()).toContain('Signed in as Ann Example');
  expect(await shown.innerText()).toContain('After that you will be sent to app.example.');
  expect(await page.getByRole('button').allInnerTexts()).toEqual(['Deny', 'Allow']);
  expect(await page.evaluate<number>(`document.querySelector('.logo img').naturalWidth`)).toBeGreaterThan(0);
  await lookAt(page, 'consent');
});

test('who allows is sent back with a code that is good for tokens, and is not asked again', async () => {
  const page = await atConsent(requestOf(app));
  await answer(page, 'Allow');
  const { code = '', ...rest } = Object.fromEntries(await answerToApp(page));
  expect(rest).toEqual({ state: 'where I was', iss: server().origin });
  const form = { grant_type: 'authorization_code', code, code_verifier, redirect_uri: appCallback };
  const headers = basic(app.client_id, app.client_secret);
  const redeemed = await post(urlOf(server(), 'standard', 'token'), form, headers);
  expect(await redeemed.json()).toMatchObject({ scope: 'invoices.read openid' });
  await page.goto(requestOf(app));
  expect((await answerToApp(page)).has('code')).toBe(true);
});

test('who asks for more is asked about what is new alone', async () => {
  const page = await atConsent(requestOf(app));
  await answer(page, 'Allow');
  await answerToApp(page);
  await page.goto(requestOf(app, { scope: 'invoices.read openid email' }));
  await arriveAt(page, asks);
  expect(await page.getByRole('listitem').allInnerTexts()).toEqual(['See your email address']);
  await page.getByText('Already allowed (2)').click();
  expect(await page.getByRole('group').getByRole('listitem').allInnerTexts()).toEqual([
    'Read your invoices',
    'Know who you are',
  ]);
  await lookAt(page, 'consent-more');
  await page.goto(requestOf(app, { prompt: 'consent' }));
  await arriveAt(page, asks);
  const nothing = 'This app asks for nothing that you have not allowed already.';
  expect(await page.getByText(nothing).isVisible()).toBe(true);
});

test('who denies is sent back without a code, and is asked again next time', async () => {
  const page = await atConsent(requestOf(app));
  await answer(page, 'Deny');
  const refused = Object.fromEntries(await answerToApp(page));
  expect(refused).toMatchObject({ error: 'access_denied', state: 'where I was', iss: server().origin });
  expect(refused).not.toHaveProperty('code');
  await page.goto(requestOf(app));
  await arriveAt(page, asks);
});

test('two clicks allow once', async () => {
  const page = await atConsent(requestOf(app));
  const answers: string[] = [];
  page.on('request', (request) => request.url().startsWith(appOrigin) && answers.push(request.url()));
  await page.getByRole('button', { name: 'Allow' }).dblclick();
  await answerToApp(page);
  expect(answers).toHaveLength(1);
});

test('who signs in as somebody else is asked in that name', async () => {
  const page = await atConsent(requestOf(app));
  const other = await createTestUser(server());
  await page.getByRole('link', { name: 'Use another account' }).click();
  await signIn(page, other);
  await arriveAt(page, asks);
  await answer(page, 'Allow');
  await answerToApp(page);
  await page.goto(`${server().origin}/account`);
  expect(await page.getByRole('main').innerText()).toContain(other.login);
});

test('an app on this computer comes with a warning, and gets its answer on the port it listens on', async () => {
  const local = await register({ redirect_uris: ['http://127.0.0.1/callback'] });
  const origin = 'http://127.0.0.1:53682';
  const page = await atConsent(requestOf(local, { redirect_uri: `${origin}/callback` }));
  await answerFor(page, origin);
  expect(await page.getByText('This app runs on this computer').innerText()).toBe(
    'This app runs on this computer (127.0.0.1:53682). Allow access only if you have just started it yourself.',
  );
  await lookAt(page, 'consent-loopback');
  await answer(page, 'Allow');
  expect((await answerToApp(page, origin)).has('code')).toBe(true);
});

test('a public app on this computer is asked about each time: any program can take its name', async () => {
  const local = await register({ public: true, redirect_uris: ['http://127.0.0.1/callback'] });
  const origin = 'http://127.0.0.1:53683';
  const url = requestOf(local, { redirect_uri: `${origin}/callback` });
  const page = await atConsent(url);
  await answerFor(page, origin);
  await answer(page, 'Allow');
  await answerToApp(page, origin);
  await page.goto(url);
  await arriveAt(page, asks);
});

test('a public app at an address of its own is remembered', async () => {
  const app = await register({ public: true });
  const page = await atConsent(requestOf(app));
  await answer(page, 'Allow');
  await answerToApp(page);
  await page.goto(requestOf(app));
  expect((await answerToApp(page)).has('code')).toBe(true);
});

for (const javaScriptEnabled of [true, false])
  test(`an app that wants its answer posted gets it ${javaScriptEnabled ? 'at once' : 'at a click, without JavaScript'}`, async () => {
    const page = await atConsent(requestOf(app, { response_mode: 'form_post' }), { javaScriptEnabled });
    const posted = page.waitForRequest(`${appOrigin}/**`);
    await answer(page, 'Allow');
    if (!javaScriptEnabled) await page.getByRole('button', { name: 'Continue' }).click();
    const form = new URLSearchParams((await posted).postData() ?? '');
    expect([...form.keys()].sort()).toEqual(['code', 'iss', 'state']);
    await page.waitForURL(appCallback);
  });
