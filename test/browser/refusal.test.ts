// What a person is told where nobody may be sent anywhere (RFC 6749 §4.1.2.1): an unknown app, a foreign address.

import { expect, test } from 'vitest';
import { issuerOf } from '../support/endpoints.ts';
import { authorizationUrl, pkce } from '../support/user-agent.ts';
import { appCallback, arriveAt, browsing, lookAt, testServer } from './support/browsing.ts';

const server = testServer();
const browse = browsing();
const { code_verifier, ...challenge } = pkce();

async function requestTo(redirect_uri: string, more: Record<string, string> = {}): Promise<string> {
  const { client_id } = await server().register('standard', { redirect_uris: [appCallback] });
  const parameters = { client_id, redirect_uri, scope: 'read', ...challenge, ...more };
  return authorizationUrl(issuerOf(server(), 'standard'), parameters);
}

test('an app that is not known is told as such, with what its makers need to know', async () => {
  const page = await browse();
  const response = await page.goto(await requestTo(appCallback, { client_id: 'nobody' }));
  await arriveAt(page, 'This app is not known here');
  expect(response?.status()).toBe(400);
  expect(await page.getByRole('definition').allInnerTexts()).toEqual([
    'No app is registered by this client_id.',
    response?.headers()['x-request-id'],
  ]);
  await lookAt(page, 'error-client');
});

test('an address that the app has not registered is not gone to, nor linked to', async () => {
  const page = await browse();
  await page.goto(await requestTo('https://evil.example/callback'));
  await arriveAt(page, 'This link is not safe to follow');
  expect(await page.content()).not.toContain('evil.example');
  await lookAt(page, 'error-redirect');
});

test('a German reads it in German, also where the app says so', async () => {
  const german = await browse({ locale: 'de-DE' });
  await german.goto(await requestTo('https://evil.example/callback'));
  await arriveAt(german, 'Dieser Link ist nicht sicher');
  const told = await browse();
  await told.goto(await requestTo('https://evil.example/callback', { ui_locales: 'de' }));
  await arriveAt(told, 'Dieser Link ist nicht sicher');
});

test('an answer that is posted passes a page in the language of the person', async () => {
  const page = await browse({ locale: 'de-DE', javaScriptEnabled: false });
  await page.goto(await requestTo(appCallback, { response_mode: 'form_post', prompt: 'none' }));
  await arriveAt(page, 'Einen Moment');
  await page.getByRole('button', { name: 'Weiter' }).click();
  await page.waitForURL(appCallback);
});
