// Signing in with a password, as a person sees it (OpenID Connect Core 1.0 §3.1.2.3): right and wrong, too often,
// in two languages, without JavaScript, and with the keyboard alone.

import { randomBytes } from 'node:crypto';
import { beforeAll, expect, test } from 'vitest';
import { issuerOf } from '../support/endpoints.ts';
import {
  authorizationUrl,
  createTestUser,
  formOf,
  pkce,
  type TestUser,
  UserAgent,
} from '../support/user-agent.ts';
import {
  answerToApp,
  appCallback,
  arriveAt,
  browsing,
  lookAt,
  openAccount,
  problem,
  signIn,
  testServer,
  untilFocused,
} from './support/browsing.ts';

const server = testServer();
const browse = browsing();
let user: TestUser;
let client_id: string;
beforeAll(async () => {
  user = await createTestUser(server(), 'ann@example.com');
  const client = { client_name: 'Invoice Robot', redirect_uris: [appCallback], scope: ['openid', 'read'] };
  ({ client_id } = await server().register('standard', client));
});

const { code_verifier, ...challenge } = pkce();
const request = (more: Record<string, string> = {}) =>
  authorizationUrl(issuerOf(server(), 'standard'), {
    client_id,
    redirect_uri: appCallback,
    scope: 'openid read',
    ...challenge,
    ...more,
  });

test('a user signs in on the way to an app, and is asked for consent next', async () => {
  const page = await browse();
  await page.goto(request());
  await arriveAt(page, 'Sign in');
  expect(await page.getByText('to continue to Invoice Robot').isVisible()).toBe(true);
  await untilFocused(page, 'login');
  await lookAt(page, 'sign-in');
  await signIn(page, user);
  await arriveAt(page, 'Invoice Robot wants to access your account');
});

test('a wrong password is told, the name is kept, and the right password goes on to where one was going', async () => {
  const page = await browse();
  await page.goto(request());
  await signIn(page, { ...user, password: 'not this one' });
  expect(await problem(page)).toBe('Wrong user name or password.');
  expect(await page.title()).toMatch(/^Problem: Sign in/);
  expect(await page.getByLabel('Email or user name').inputValue()).toBe(user.login);
  const password = page.getByLabel('Password');
  expect(await password.inputValue()).toBe('');
  await untilFocused(page, 'password');
  expect(await password.getAttribute('aria-describedby')).toBe('problem');
  await lookAt(page, 'sign-in-wrong');
  await signIn(page, user);
  await arriveAt(page, 'Invoice Robot wants to access your account');
});

test('who does not exist is told the same', async () => {
  const page = await browse();
  await page.goto(request());
  await signIn(page, { login: 'nobody@example.com', password: user.password });
  expect(await problem(page)).toBe('Wrong user name or password.');
});

test('after ten wrong passwords even the right one has to wait, and the page says how long', async () => {
  const guessed = await createTestUser(server());
  const agent = new UserAgent();
  const form = formOf(await agent.get(request()), '/account/sign-in');
  for (let guess = 0; guess < 10; guess += 1)
    await agent.submit(form, { login: guessed.login, password: `guess ${guess}` });
  const page = await browse();
  await page.goto(request());
  await signIn(page, guessed);
  expect(await problem(page)).toMatch(/^Too many attempts\. Try again in \d\d minutes\.$/);
  await lookAt(page, 'sign-in-throttled');
});

test('in a German browser the pages are German', async () => {
  const page = await browse({ locale: 'de-AT' });
  await page.goto(request());
  expect(await page.getAttribute('html', 'lang')).toBe('de');
  await arriveAt(page, 'Anmelden');
  await lookAt(page, 'sign-in-de');
  await page.getByLabel('E-Mail-Adresse oder Benutzername').fill(user.login);
  await page.getByLabel('Passwort').fill('falsch');
  await page.getByRole('button', { name: 'Anmelden', exact: true }).click();
  expect(await problem(page)).toBe('Benutzername oder Passwort ist falsch.');
  await page.getByLabel('Passwort').fill(user.password);
  await page.getByRole('button', { name: 'Anmelden', exact: true }).click();
  await arriveAt(page, 'Invoice Robot möchte auf Ihr Konto zugreifen');
  await lookAt(page, 'consent-de');
  await page.goto(`${server().origin}/account`);
  await arriveAt(page, 'Ihr Konto');
  await lookAt(page, 'account-de');
});

test('the language that the app asks for goes before that of the browser, to the end', async () => {
  const page = await browse({ locale: 'en-GB' });
  await page.goto(request({ ui_locales: 'fr de' }));
  await arriveAt(page, 'Anmelden');
  await page.getByLabel('E-Mail-Adresse oder Benutzername').fill(user.login);
  await page.getByLabel('Passwort').fill('falsch');
  await page.keyboard.press('Enter');
  expect(await problem(page)).toBe('Benutzername oder Passwort ist falsch.');
  await page.getByLabel('Passwort').fill(user.password);
  await page.keyboard.press('Enter');
  await arriveAt(page, 'Invoice Robot möchte auf Ihr Konto zugreifen');
});

test('a browser whose language there is none of gets English', async () => {
  const page = await browse({ locale: 'pt-BR' });
  await page.goto(request());
  expect(await page.getAttribute('html', 'lang')).toBe('en');
  await arriveAt(page, 'Sign in');
});

test('all of it works without JavaScript, and nothing is offered that does not', async () => {
  const page = await browse({ javaScriptEnabled: false });
  const newcomer = await createTestUser(server());
  const state = randomBytes(8).toString('hex');
  await page.goto(request({ state }));
  expect(await page.getByRole('button').allInnerTexts()).toEqual(['Sign in']);
  await signIn(page, { ...newcomer, password: 'not this one' });
  expect(await problem(page)).toBe('Wrong user name or password.');
  await signIn(page, newcomer);
  await page.getByRole('button', { name: 'Allow' }).click();
  const answer = await answerToApp(page);
  expect(answer.get('state')).toBe(state);
  expect(answer.get('code')).toMatch(/^.{20,}$/);
});

test('all of it works with the keyboard alone', async () => {
  const page = await browse();
  const { login, password } = await createTestUser(server());
  await page.goto(request());
  await untilFocused(page, 'login');
  await page.keyboard.type(login);
  await page.keyboard.press('Tab');
  await page.keyboard.type(password);
  await page.keyboard.press('Enter');
  await page.waitForURL('**/oauth2/authorize?*');
  await arriveAt(page, 'Invoice Robot wants to access your account');
  const onAllow = () => page.evaluate<boolean>(`document.activeElement.value === 'allow'`);
  for (let step = 0; step < 10 && !(await onAllow()); step += 1) await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  expect((await answerToApp(page)).has('code')).toBe(true);
});

test('who is expected by name types the password alone', async () => {
  const page = await browse();
  await page.goto(request({ login_hint: user.login }));
  expect(await page.getByLabel('Email or user name').inputValue()).toBe(user.login);
  await untilFocused(page, 'password');
  await page.keyboard.type(user.password);
  await page.keyboard.press('Enter');
  await arriveAt(page, 'Invoice Robot wants to access your account');
});

test('who is signed in already is asked whom to go on as, where the app wants that', async () => {
  const page = await browse();
  await openAccount(page, server(), user);
  await page.goto(request({ prompt: 'select_account' }));
  await arriveAt(page, 'Choose an account');
  await lookAt(page, 'select-account');
  await page.getByRole('link', { name: 'Use another account' }).click();
  await arriveAt(page, 'Sign in');
  await page.goBack();
  await page.getByRole('button', { name: 'Continue as Ann Example' }).click();
  await arriveAt(page, 'Invoice Robot wants to access your account');
});
