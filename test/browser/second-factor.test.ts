// The second factor, as a person meets it (RFC 6238): turned on with an authenticator app, asked for at sign-in,
// replaced by a recovery code, turned off.

import { URI } from 'otpauth';
import type { Page } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import { issuerOf } from '../support/endpoints.ts';
import {
  authorizationUrl,
  createTestUser,
  formOf,
  headingOf,
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
  signOut,
  testServer,
  untilFocused,
} from './support/browsing.ts';
import { type Authenticator, authenticator, createEnrolledUser } from './support/enrolled-user.ts';

const server = testServer();
const browse = browsing();
let client_id: string;
beforeAll(async () => {
  const client = { client_name: 'Invoice Robot', redirect_uris: [appCallback], scope: ['read'] };
  ({ client_id } = await server().register('standard', client));
});

const wrongCode = 'This code is not right. Enter the newest one that your app shows.';

async function enter(page: Page, code: string): Promise<void> {
  await page.getByLabel('Code', { exact: true }).fill(code);
  await page.getByRole('button', { name: 'Confirm' }).click();
}

async function enterRecoveryCode(page: Page, code: string): Promise<void> {
  if (!(await page.getByLabel('Recovery code').isVisible()))
    await page.getByText('Use a recovery code').click();
  await page.getByLabel('Recovery code').fill(code);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

const section = (page: Page) => page.locator('section', { hasText: 'Two-step sign-in' });

/** At the page that turns it on: the app that has scanned the picture. */
async function scan(page: Page): Promise<Authenticator> {
  await section(page).getByRole('button', { name: 'Turn on' }).click();
  await arriveAt(page, 'Set up two-step sign-in');
  return authenticator(await page.locator('code').innerText());
}

/** With the right password, to the question for a code. */
async function signInAsFarAsCode(page: Page, user: TestUser, url = `${server().origin}/account`) {
  await page.goto(url);
  await signIn(page, user);
  await arriveAt(page, 'Enter your code');
}

test('a user turns it on with an authenticator app, and is given ten recovery codes', async () => {
  const page = await browse();
  await openAccount(page, server(), await createTestUser(server(), 'grace@example.com'));
  const app = await scan(page);
  await lookAt(page, 'totp-setup');
  const link = page.getByRole('link', { name: 'Open in an app on this device' });
  const { label, secret } = URI.parse((await link.getAttribute('href')) ?? '');
  expect(label).toBe('grace@example.com');
  await enter(page, '000000');
  expect(await problem(page)).toBe(wrongCode);
  await lookAt(page, 'totp-setup-wrong');
  expect((await page.locator('code').innerText()).replaceAll(' ', '')).toBe(secret.base32);
  await enter(page, app());
  await arriveAt(page, 'Keep your recovery codes');
  expect(new Set(await page.locator('ul code').allInnerTexts()).size).toBe(10);
  await lookAt(page, 'recovery-codes');
  await page.getByRole('link', { name: 'I have kept them' }).click();
  expect(await page.getByRole('status').innerText()).toBe('Two-step sign-in is on.');
  expect(await section(page).innerText()).toContain('10 recovery codes left.');
  await lookAt(page, 'account-totp-on');
});

test('after the password the code is asked for; a wrong one is told, the right one signs in', async () => {
  const page = await browse();
  const { user, app } = await createEnrolledUser(server());
  await signInAsFarAsCode(page, user);
  await untilFocused(page, 'code');
  await lookAt(page, 'second-factor');
  await page.goto(`${server().origin}/account`);
  await arriveAt(page, 'Sign in');
  await page.goBack();
  await enter(page, '000000');
  expect(await problem(page)).toBe(wrongCode);
  await untilFocused(page, 'code');
  await lookAt(page, 'second-factor-wrong');
  await enter(page, app());
  await arriveAt(page, 'Your account');
});

test('a code is good once, also the one that turned the second factor on', async () => {
  const page = await browse();
  const user = await createTestUser(server());
  await openAccount(page, server(), user);
  const app = await scan(page);
  const [first, second] = [app(), app(1)];
  await enter(page, first);
  await arriveAt(page, 'Keep your recovery codes');
  await signOut(page, server());
  await signInAsFarAsCode(page, user);
  await enter(page, first);
  expect(await problem(page)).toBe(wrongCode);
  await enter(page, second);
  await arriveAt(page, 'Your account');
  await signOut(page, server());
  await signInAsFarAsCode(page, user);
  await enter(page, second);
  expect(await problem(page)).toBe(wrongCode);
});

test('a recovery code signs in once, however it is typed, and the account tells how many are left', async () => {
  const page = await browse();
  const { user, recovery } = await createEnrolledUser(server());
  await signInAsFarAsCode(page, user);
  await enterRecoveryCode(page, recovery[0] ?? '');
  await arriveAt(page, 'Your account');
  expect(await section(page).innerText()).toContain('9 recovery codes left.');
  await signOut(page, server());
  await signInAsFarAsCode(page, user);
  await enterRecoveryCode(page, recovery[0] ?? '');
  expect(await problem(page)).toBe('This recovery code is not right, or it was used before.');
  await lookAt(page, 'recovery-code-wrong');
  await enterRecoveryCode(page, (recovery[1] ?? '').replaceAll('-', ' ').toUpperCase());
  await arriveAt(page, 'Your account');
  expect(await section(page).innerText()).toContain('8 recovery codes left.');
});

test('who was on the way to an app arrives there, also where the app did not say where it is', async () => {
  const page = await browse();
  const { user, app, recovery } = await createEnrolledUser(server());
  const { code_verifier, ...challenge } = pkce();
  const url = authorizationUrl(issuerOf(server(), 'standard'), { client_id, scope: 'read', ...challenge });
  await signInAsFarAsCode(page, user, url);
  await enter(page, app());
  await page.getByRole('button', { name: 'Allow' }).click();
  await answerToApp(page);
  await signOut(page, server());
  await signInAsFarAsCode(page, user, url);
  await enter(page, recovery[0] ?? '');
  expect((await answerToApp(page)).has('code')).toBe(true);
});

test('after some wrong codes even the right one has to wait, and the page says how long', async () => {
  const { user, app } = await createEnrolledUser(server());
  const guesser = new UserAgent();
  let answered = await guesser.signIn(await guesser.get(`${server().origin}/account/sign-in`), user);
  for (let guess = 0; guess < 25 && answered.status !== 429; guess += 1)
    answered = await guesser.submit(formOf(answered, '/account/second-factor'), {
      code: `0000${guess + 10}`,
    });
  const page = await browse();
  await signInAsFarAsCode(page, user);
  await enter(page, app());
  expect(await problem(page)).toMatch(/^Too many attempts\. Try again in \d+ (second|minute)s?\.$/);
  await lookAt(page, 'second-factor-throttled');
});

test('once it is turned off the password is enough, and it can be turned on anew', async () => {
  const page = await browse();
  const { user, app } = await createEnrolledUser(server());
  await signInAsFarAsCode(page, user);
  await enter(page, app());
  await arriveAt(page, 'Your account');
  await section(page).getByRole('button', { name: 'Turn off' }).click();
  expect(await page.getByRole('status').innerText()).toBe('Two-step sign-in is off.');
  expect(await section(page).innerText()).not.toContain('recovery');
  await signOut(page, server());
  await openAccount(page, server(), user);
  await enter(page, (await scan(page))(1));
  await arriveAt(page, 'Keep your recovery codes');
});

test('all of it works without JavaScript', async () => {
  const page = await browse({ javaScriptEnabled: false });
  const user = await createTestUser(server());
  await openAccount(page, server(), user);
  const app = await scan(page);
  await enter(page, app());
  await page.getByRole('link', { name: 'I have kept them' }).click();
  await signOut(page, server());
  await signInAsFarAsCode(page, user);
  await enter(page, '000000');
  expect(await problem(page)).toBe(wrongCode);
  await enter(page, app(1));
  await arriveAt(page, 'Your account');
});

test('who comes to the question for a code without a password is sent to sign in', async () => {
  const page = await browse();
  await page.goto(`${server().origin}/account/second-factor`);
  await arriveAt(page, 'Sign in');
  expect(await problem(page)).toBe('This page was open for too long. Please try again.');
  await lookAt(page, 'sign-in-expired');
});

test('right codes spend nobody’s attempts', async () => {
  const { user, app, recovery } = await createEnrolledUser(server());
  for (const code of [...recovery, app()]) {
    const agent = new UserAgent();
    const asked = await agent.signIn(await agent.get(`${server().origin}/account/sign-in`), user);
    const answered = await agent.submit(formOf(asked, '/account/second-factor'), { code });
    expect(headingOf(await agent.follow(answered))).toBe('Your account');
  }
});
