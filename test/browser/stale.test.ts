// Two tabs of one browser, the back button, and a provider that does not answer, with a real browser's cookies and forms:
// none of them is a dead end (docs/decisions/0008).

import type { Page } from 'playwright-core';
import { beforeAll, beforeEach, expect, test } from 'vitest';
import { type App, createApp } from '../authorization/app.ts';
import { createTestUser, type TestUser } from '../support/user-agent.ts';
import {
  answerToApp,
  appCallback,
  arriveAt,
  browsing,
  problem,
  signIn,
  signOut,
  testServer,
} from './support/browsing.ts';
import { answerFor } from './support/elsewhere.ts';

const server = testServer();
const browse = browsing();
let app: App;
let user: TestUser;
beforeAll(async () => {
  app = await createApp(server(), 'standard', { client_name: 'The app', redirect_uris: [appCallback] });
});
// What somebody has allowed in one test is not asked again in another.
beforeEach(async () => {
  user = await createTestUser(server());
});

const consent = 'The app wants to access your account';
const allow = (page: Page) => page.getByRole('button', { name: 'Allow' }).click();
async function anotherTab(page: Page): Promise<Page> {
  const tab = await page.context().newPage();
  await answerFor(tab, new URL(appCallback).origin);
  return tab;
}

test('two tabs ask to sign in: after the first, the second goes on without a word', async () => {
  const first = await browse();
  const second = await anotherTab(first);
  await first.goto(app.url());
  await second.goto(app.url({ state: 'the second' }));
  await signIn(first, user);
  await arriveAt(first, consent);
  await signIn(second, user);
  await arriveAt(second, consent);
  await allow(first);
  expect((await answerToApp(first)).get('code')).not.toBeNull();
  await allow(second);
  expect(Object.fromEntries(await answerToApp(second))).toMatchObject({
    state: 'the second',
    code: expect.any(String),
  });
});

test('consent, while another tab signed in anew: the question again', async () => {
  const page = await browse();
  await page.goto(app.url({ prompt: 'consent' }));
  await signIn(page, user);
  await arriveAt(page, consent);
  const tab = await anotherTab(page);
  await tab.goto(app.url({ prompt: 'login' }));
  await signIn(tab, user);
  await allow(page);
  await arriveAt(page, consent);
  await allow(page);
  expect((await answerToApp(page)).get('code')).not.toBeNull();
});

test('a tab that was left open while the user signed out says so, and signs in', async () => {
  const page = await browse();
  await page.goto(app.url({ prompt: 'consent' }));
  await signIn(page, user);
  await arriveAt(page, consent);
  await signOut(await anotherTab(page), server());
  await allow(page);
  expect(await problem(page)).toBe('This page was open for too long. Please try again.');
  await signIn(page, user);
  await arriveAt(page, consent);
});

test('back from the consent page leads to the question that is open, and so does Enter in the address bar', async () => {
  const page = await browse();
  await page.goto(app.url({ prompt: 'consent' }));
  await page.getByLabel('Email or user name').fill(user.login);
  await page.getByLabel('Password').fill('wrong');
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await problem(page);
  await page.goto(page.url());
  await arriveAt(page, 'Sign in');
  expect(await page.getByText('The app').count()).toBeGreaterThan(0);
  await signIn(page, user);
  await arriveAt(page, consent);
  await page.goBack();
  await arriveAt(page, consent);
});
