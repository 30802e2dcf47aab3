// The link that quickstart prints, followed to the tokens: its demo app, in every dialect where users take part.

import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cleanUp, serveText, temporaryFolder } from '../command-line/program.ts';
import { arriveAt, browsing, lookAt, signIn } from './support/browsing.ts';

const browse = browsing();
const asks = 'Demo app wants to access your account';
let link: string;
let user: { login: string; password: string };
let end: () => Promise<unknown>;
beforeAll(async () => {
  const data = join(await temporaryFolder(), 'data');
  const served = await serveText(['quickstart', '--port', '0', '--data', data], {}, /Stop with/);
  end = served.end;
  const printed = (name: string) => new RegExp(`^ +${name} +(\\S+)$`, 'm').exec(served.stdout())?.[1] ?? '';
  link = printed('open');
  user = { login: printed('login'), password: printed('password') };
});
afterAll(async () => {
  await end?.();
  await cleanUp();
});

async function start(page: Page, dialect: string): Promise<void> {
  await arriveAt(page, 'From sign-in to API in one minute');
  await page.getByRole('button', { name: `Sign in at ${dialect}` }).click();
}

/** The terms of a list on the page, with what stands beside them. */
const valuesIn = async (list: ReturnType<Page['locator']>): Promise<Record<string, string>> => {
  const [names, values] = [list.locator('dt > code'), list.locator('dd')];
  const texts = await values.allTextContents();
  return Object.fromEntries((await names.allTextContents()).map((name, index) => [name, texts[index] ?? '']));
};
const step = (page: Page, number: number) => page.locator(`#step-${number}`);
const answerIn = async (page: Page, number: number) =>
  JSON.parse((await step(page, number).locator('pre').textContent()) ?? '');

test('the link leads to a choice of the two dialects in which users sign in', async () => {
  const page = await browse();
  await page.goto(link);
  expect(await page.getByRole('button').allInnerTexts()).toEqual([
    'Sign in at standard',
    'Sign in at trelica',
  ]);
  await lookAt(page, 'demo');
});

for (const { dialect, scopes, access } of [
  { dialect: 'standard', scopes: ['Read invoices'], access: { aud: 'https://api.example.com' } },
  { dialect: 'trelica', scopes: ['Read apps'], access: { scope: expect.stringContaining('Apps.Read') } },
])
  test(`in the dialect ${dialect} one signs in, denies, is told so, allows, and sees the tokens`, async () => {
    const page = await browse();
    await page.goto(link);
    await start(page, dialect);
    await signIn(page, user);
    await arriveAt(page, asks);
    expect(await page.getByRole('listitem').allInnerTexts()).toEqual(expect.arrayContaining(scopes));
    await lookAt(page, `demo-consent-${dialect}`);
    await page.getByRole('button', { name: 'Deny' }).click();
    await arriveAt(page, 'No tokens this time');
    expect(await page.getByRole('main').innerText()).toContain('access_denied: The user refused.');
    if (dialect === 'standard') await lookAt(page, 'demo-denied');
    await page.getByRole('link', { name: 'Start again' }).click();
    await start(page, dialect);
    await arriveAt(page, asks);
    await page.getByRole('button', { name: 'Allow' }).click();
    await arriveAt(page, `Tokens from ${dialect}`);
    expect(await valuesIn(step(page, 1))).toMatchObject({
      response_type: 'code',
      code_challenge_method: 'S256',
    });
    expect(await valuesIn(step(page, 3))).toMatchObject({ Authorization: expect.stringMatching(/:•••$/) });
    expect(await answerIn(page, 3)).toMatchObject({ token_type: 'Bearer', refresh_token: expect.anything() });
    expect(await valuesIn(page.locator('#access_token'))).toMatchObject(access);
    expect(await valuesIn(page.locator('#id_token'))).toMatchObject({
      sub: expect.stringMatching(/./),
      amr: '["pwd"]',
    });
    await page.getByRole('button', { name: 'Call the API' }).click();
    await page.waitForURL('**#step-4');
    expect(await answerIn(page, 4)).toMatchObject({
      message: expect.stringContaining('This token is valid'),
    });
    const sent = () => page.locator('#access_token .token').textContent();
    const first = await sent();
    await page.getByRole('button', { name: 'Refresh' }).click();
    await page.waitForURL('**#step-5');
    expect(await answerIn(page, 5)).toMatchObject({ token_type: 'Bearer', refresh_token: expect.anything() });
    expect(await sent()).not.toBe(first);
    await lookAt(page, `demo-tokens-${dialect}`);
    await page.getByRole('link', { name: 'See it at your account' }).click();
    await arriveAt(page, 'Your account');
    await page.getByRole('button', { name: 'Disconnect' }).first().click();
    await page.goto(link);
    await page.getByRole('link', { name: 'What you did there before' }).last().click();
    await page.getByRole('button', { name: 'Refresh' }).click();
    await page.getByText('A step was refused').waitFor();
    // Signed in still, and asked again.
    await page.getByRole('link', { name: 'Once more' }).click();
    await start(page, dialect);
    await arriveAt(page, asks);
  });

test('an answer that nobody asked for is not taken', async () => {
  const page = await browse();
  await page.goto(new URL('/callback?code=stolen&state=unknown', link).toString());
  await arriveAt(page, 'No tokens this time');
});
