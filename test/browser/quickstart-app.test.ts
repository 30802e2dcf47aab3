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
  await arriveAt(page, 'Demo app');
  await page.getByRole('link', { name: dialect }).click();
}

const shown = async (page: Page): Promise<Record<string, unknown>[]> =>
  (await page.locator('pre').allInnerTexts()).map((text) => JSON.parse(text));

test('the link leads to a choice of the two dialects in which users sign in', async () => {
  const page = await browse();
  await page.goto(link);
  expect(await page.getByRole('listitem').allInnerTexts()).toEqual([
    'in the dialect standard',
    'in the dialect trelica',
  ]);
  await lookAt(page, 'demo');
});

for (const { dialect, scopes, access } of [
  { dialect: 'standard', scopes: ['Read invoices'], access: { aud: 'https://api.example.com' } },
  { dialect: 'trelica', scopes: ['Read apps'], access: { scope: expect.arrayContaining(['Apps.Read']) } },
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
    await arriveAt(page, 'That did not work');
    expect(await page.getByRole('main').innerText()).toContain('access_denied: The user refused.');
    if (dialect === 'standard') await lookAt(page, 'demo-denied');
    await page.getByRole('link', { name: 'Back' }).click();
    await start(page, dialect);
    await arriveAt(page, asks);
    await page.getByRole('button', { name: 'Allow' }).click();
    await arriveAt(page, `Tokens from ${dialect}`);
    const [tokens, accessToken, idToken] = await shown(page);
    expect(tokens).toMatchObject({ token_type: 'Bearer', refresh_token: expect.stringMatching(/.{20}/) });
    expect(accessToken).toMatchObject(access);
    expect(idToken).toMatchObject({ sub: expect.stringMatching(/./), amr: ['pwd'] });
    await lookAt(page, `demo-tokens-${dialect}`);
    // Signed in, and allowed before.
    await page.getByRole('link', { name: 'Once more' }).click();
    await start(page, dialect);
    await arriveAt(page, `Tokens from ${dialect}`);
  });

test('an answer that nobody asked for is not taken', async () => {
  const page = await browse();
  await page.goto(new URL('/callback?code=stolen&state=unknown', link).toString());
  await arriveAt(page, 'That did not work');
});
