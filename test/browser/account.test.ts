// A user's own page: which apps are connected and how that ends (RFC 7009 in effect), the password, signing out
// (OpenID Connect RP-Initiated Logout 1.0).

import type { Page } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import { createScope } from '../../packages/server/src/store/tables/scopes.ts';
import { introspect, issuerOf, urlOf } from '../support/endpoints.ts';
import { eventually } from '../support/eventually.ts';
import { basic, post } from '../support/server.ts';
import { authorizationUrl, createTestUser, formOf, pkce, UserAgent } from '../support/user-agent.ts';
import {
  answerToApp,
  appCallback,
  appOrigin,
  arriveAt,
  browsing,
  lookAt,
  openAccount,
  problem,
  signIn,
  signOut,
  testServer,
  untilFocused,
} from './support/browsing.ts';

const server = testServer();
const browse = browsing();
const signedOutUri = `${appOrigin}/signed-out`;
const scope = ['read', 'openid', 'offline_access'];
type Registered = Awaited<ReturnType<ReturnType<typeof server>['register']>>;
let app: Registered;
beforeAll(async () => {
  await createScope(server().instance.admin.db, 'standard', 'read', 'Read your invoices', Date.now());
  const uris = { redirect_uris: [appCallback], post_logout_redirect_uris: [signedOutUri] };
  app = await server().register('standard', { client_name: 'Invoice Robot', scope, ...uris });
});

const { code_verifier, ...challenge } = pkce();
const request = () =>
  authorizationUrl(issuerOf(server(), 'standard'), {
    client_id: app.client_id,
    redirect_uri: appCallback,
    scope: scope.join(' '),
    ...challenge,
  });

const asApp = async (form: Record<string, string>) => {
  const answered = await post(
    urlOf(server(), 'standard', 'token'),
    form,
    basic(app.client_id, app.client_secret),
  );
  return (await answered.json()) as Record<string, string>;
};

/** Somebody signed in whose account an app has tokens of. */
async function connected(page: Page) {
  const user = await createTestUser(server());
  await openAccount(page, server(), user);
  await page.goto(request());
  await page.getByRole('button', { name: 'Allow' }).click();
  const code = (await answerToApp(page)).get('code') ?? '';
  const form = { grant_type: 'authorization_code', code, code_verifier, redirect_uri: appCallback };
  const { access_token = '', refresh_token = '' } = await asApp(form);
  await page.goto(`${server().origin}/account`);
  return { user, access_token, refresh_token };
}

const changePassword = async (page: Page, current: string, next: string) => {
  await page.getByLabel('Current password').fill(current);
  await page.getByLabel('New password').fill(next);
  await page.getByRole('button', { name: 'Change password' }).click();
};

const status = (page: Page) => page.getByRole('status').innerText();

test('an app that was allowed is listed with what it may do; disconnected, its tokens stop', async () => {
  const page = await browse();
  const { access_token, refresh_token } = await connected(page);
  const listed = page.getByRole('listitem').filter({ hasText: 'Invoice Robot' });
  expect(await listed.innerText()).toMatch(/Access since [A-Z][a-z]+ \d+, \d{4}/);
  expect(await listed.getByRole('listitem').allInnerTexts()).toEqual([
    'Read your invoices',
    'Know who you are',
    'Keep access while you are away',
  ]);
  await lookAt(page, 'account-connected');
  expect(await introspect(server(), 'standard', app, access_token)).toMatchObject({ active: true });
  await page.getByRole('button', { name: 'Disconnect' }).click();
  expect(await status(page)).toBe('The app is disconnected. It can no longer access your account.');
  expect(await page.getByText('No app has access to your account.').isVisible()).toBe(true);
  expect(await asApp({ grant_type: 'refresh_token', refresh_token })).toMatchObject({
    error: 'invalid_grant',
  });
  await eventually(async () => (await introspect(server(), 'standard', app, access_token)).active === false);
  await page.goto(request());
  await arriveAt(page, 'Invoice Robot wants to access your account');
});

test('at every issuer of a host the account is the same, signed in once', async () => {
  const page = await browse();
  await connected(page);
  await page.goto(`${server().origin}/trelica/account`);
  await arriveAt(page, 'Your account');
  await page.getByRole('button', { name: 'Disconnect' }).click();
  expect(await status(page)).toBe('The app is disconnected. It can no longer access your account.');
  expect(page.url()).toBe(`${server().origin}/trelica/account?notice=disconnected`);
});

test('a changed password signs in, the old one does not, and other browsers are signed out', async () => {
  const [page, elsewhere] = [await browse(), await browse()];
  const { user, refresh_token } = await connected(page);
  await openAccount(elsewhere, server(), user);
  const password = 'a new one, longer than that';
  await changePassword(page, user.password, password);
  expect(await status(page)).toBe('Your password was changed.');
  await elsewhere.reload();
  await arriveAt(elsewhere, 'Sign in');
  expect(await asApp({ grant_type: 'refresh_token', refresh_token })).toMatchObject({
    error: 'invalid_grant',
  });
  await signIn(elsewhere, user);
  expect(await problem(elsewhere)).toBe('Wrong user name or password.');
  await signIn(elsewhere, { ...user, password });
  await arriveAt(elsewhere, 'Your account');
});

test('the current password has to be right, or the page says that it is not', async () => {
  const page = await browse();
  await openAccount(page, server(), await createTestUser(server()));
  await changePassword(page, 'not this one', 'a new one, longer than that');
  expect(await problem(page)).toBe('The current password is not right.');
  await untilFocused(page, 'password');
  await lookAt(page, 'account-password-wrong');
});

test('a new password that does not do is told why, on the same page', async () => {
  const page = await browse();
  const user = await createTestUser(server());
  await openAccount(page, server(), user);
  await changePassword(page, user.password, user.login);
  expect(await problem(page)).toBe('The new password must differ from your user name.');
  await untilFocused(page, 'new_password');
  await lookAt(page, 'account-password-objection');
  // What the browser itself would not send.
  await page.evaluate(`document.querySelector('[name=new_password]').removeAttribute('minlength')`);
  await changePassword(page, user.password, 'short');
  expect(await page.getByText('The new password needs at least 8 characters.').isVisible()).toBe(true);
});

test('guesses at the current password have to wait, and the page says how long', async () => {
  const page = await browse();
  const user = await createTestUser(server());
  await openAccount(page, server(), user);
  const agent = new UserAgent();
  const form = formOf(await agent.get(`${server().origin}/account/sign-in`), '/account/sign-in');
  for (let guess = 0; guess < 10; guess += 1)
    await agent.submit(form, { login: user.login, password: `guess ${guess}` });
  // Without it, the browser is as good as any other of this network.
  await page.context().clearCookies({ name: /known$/ });
  await changePassword(page, 'one more', 'a new one, longer than that');
  expect(await problem(page)).toMatch(/^Too many attempts\. Try again in \d\d minutes\.$/);
  await lookAt(page, 'account-password-throttled');
});

test('who signed in long ago signs in again before changing how one signs in', async () => {
  const page = await browse();
  const user = await createTestUser(server());
  await openAccount(page, server(), user);
  const auth_time = Math.floor(Date.now() / 1000) - 16 * 60;
  const { db } = server().instance.admin;
  await db.updateTable('sessions').set({ auth_time }).where('user_id', '=', user.id).execute();
  await page.getByRole('button', { name: 'Turn on' }).click();
  await arriveAt(page, 'Sign in');
  await signIn(page, user);
  await arriveAt(page, 'Your account');
  await page.getByRole('button', { name: 'Turn on' }).click();
  await arriveAt(page, 'Set up two-step sign-in');
});

test('who signs out is signed out, also for the page before', async () => {
  const page = await browse();
  await openAccount(page, server(), await createTestUser(server()));
  await signOut(page, server());
  await arriveAt(page, 'You are signed out');
  await lookAt(page, 'signed-out');
  await page.goBack();
  await arriveAt(page, 'Sign in');
});

test('an app may ask to sign out: the user is asked, then sent to where the app has registered', async () => {
  const page = await browse();
  await connected(page);
  const { issuer, dialect } = issuerOf(server(), 'standard');
  const { client_id } = app;
  const asked = { client_id, post_logout_redirect_uri: signedOutUri, state: 'bye' };
  await page.goto(`${issuer}${dialect.paths.end_session}?${new URLSearchParams(asked)}`);
  await arriveAt(page, 'Sign out?');
  expect(await page.getByText('Invoice Robot asks to sign you out.').isVisible()).toBe(true);
  await lookAt(page, 'sign-out');
  await page.getByRole('button', { name: 'Sign out' }).click();
  expect((await answerToApp(page)).get('state')).toBe('bye');
  await page.goto(`${server().origin}/account`);
  await arriveAt(page, 'Sign in');
});

test('all of it works without JavaScript', async () => {
  const page = await browse({ javaScriptEnabled: false });
  const { user } = await connected(page);
  await page.getByRole('button', { name: 'Disconnect' }).click();
  expect(await status(page)).toBe('The app is disconnected. It can no longer access your account.');
  await changePassword(page, user.password, 'a new one, longer than that');
  expect(await status(page)).toBe('Your password was changed.');
  await signOut(page, server());
});
