// What a file of browser tests shares: a server, a browser, and people at it, whose pages must not complain.

import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { startTestServer, type TestServer } from '../../support/server.ts';
import type { TestUser } from '../../support/user-agent.ts';
import { expectAccessible } from './accessibility.ts';
import { launchBrowser } from './browser.ts';
import { collectComplaints } from './complaints.ts';
import { answerFor } from './elsewhere.ts';
import { screenshot } from './screenshot.ts';

/** The app that the tests sign in to. */
export const appOrigin = 'https://app.example';
export const appCallback = `${appOrigin}/callback`;

/** A browser of somebody's own, with an empty page; after the test it must have had nothing to complain about. */
export function browsing() {
  let browser: Browser;
  const open: { context: BrowserContext; complaints: readonly string[] }[] = [];
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterEach(async () => {
    const closed = open.splice(0);
    for (const { context } of closed) await context.close();
    expect(closed.flatMap(({ complaints }) => complaints)).toEqual([]);
  });
  afterAll(() => browser?.close());
  return async (options: BrowserContextOptions = {}): Promise<Page> => {
    const context = await browser.newContext(options);
    context.setDefaultTimeout(20_000);
    open.push({ context, complaints: await collectComplaints(context) });
    const page = await context.newPage();
    await answerFor(page, appOrigin);
    return page;
  };
}

/** A server for a file, at http://localhost: passkeys are for names, not for addresses. */
export function testServer(config: Record<string, unknown> = {}): () => TestServer {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer({ listen: { host: 'localhost', port: 0 }, ...config });
  });
  afterAll(() => server?.close());
  return () => server;
}

/** For a page that a test has come to: axe finds nothing, a phone shows it whole; pictures are made where wanted. */
export async function lookAt(page: Page, name: string): Promise<void> {
  await expectAccessible(page);
  await expectToFitPhone(page);
  await screenshot(page, name);
}

/** WCAG 2.2, success criterion 1.4.10: nobody scrolls sideways at a width of 320 pixels. */
async function expectToFitPhone(page: Page): Promise<void> {
  const before = page.viewportSize();
  await page.setViewportSize({ width: 320, height: 640 });
  expect(await page.evaluate('document.documentElement.scrollWidth'), `width of ${page.url()}`).toBe(320);
  if (before !== null) await page.setViewportSize(before);
}

/** Waits for the page of this heading; fails where it does not come. */
export async function arriveAt(page: Page, heading: string): Promise<void> {
  const arrived = page.getByRole('heading', { level: 1, name: heading, exact: true }).waitFor();
  await expect(arrived, `a page with the heading "${heading}"`).resolves.toBeUndefined();
}

/** The words of the page's message of what went wrong; waits for it. */
export const problem = (page: Page): Promise<string> => page.getByRole('alert').innerText();

/** Waits until the field of this name has the focus. */
export const untilFocused = (page: Page, field: string): Promise<void> =>
  page.locator(`[name="${field}"]:focus`).waitFor();

/** Fills in the sign-in page, in English, and sends it. */
export async function signIn(page: Page, { login, password }: Pick<TestUser, 'login' | 'password'>) {
  await page.getByLabel('Email or user name').fill(login);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
}

/** Signs a user in to their own account. */
export async function openAccount(page: Page, server: TestServer, user: TestUser): Promise<void> {
  await page.goto(`${server.origin}/account`);
  await signIn(page, user);
  await page.waitForURL(`${server.origin}/account`);
}

export async function signOut(page: Page, server: TestServer): Promise<void> {
  await page.goto(`${server.origin}/account`);
  await page.getByRole('button', { name: 'Sign out' }).first().click();
  await page.waitForURL('**/signed-out');
}

/** What the app is sent at the end: waits for it. */
export async function answerToApp(page: Page, origin = appOrigin): Promise<URLSearchParams> {
  await page.waitForURL(`${origin}/**`);
  return new URL(page.url()).searchParams;
}
