// Passkeys, with an authenticator that Chromium plays (Web Authentication Level 3): added on the account page, used
// by button and from the user name field, removed.

import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { createTestUser } from '../support/user-agent.ts';
import { addAuthenticator } from './support/authenticator.ts';
import {
  arriveAt,
  browsing,
  lookAt,
  openAccount,
  problem,
  signIn,
  signOut,
  testServer,
} from './support/browsing.ts';

const server = testServer();
const browse = browsing();

/** As browsers are that do not offer passkeys in a field; in the others the authenticator would answer at once. */
const withoutAutofill = 'delete window.PublicKeyCredential?.isConditionalMediationAvailable';

const passkeySection = (page: Page) => page.locator('section', { hasText: 'Passkeys' });
const passkeyButton = (page: Page) => page.getByRole('button', { name: 'Sign in with a passkey' });

async function addPasskey(page: Page, name: string): Promise<void> {
  await page.getByLabel('Name of the new passkey').fill(name);
  await page.getByRole('button', { name: 'Add a passkey' }).click();
}

/** Somebody whose authenticator holds a passkey, signed out again, at the sign-in page. */
async function withPasskey(page: Page, name = 'Laptop') {
  const authenticator = await addAuthenticator(page);
  const user = await createTestUser(server());
  await openAccount(page, server(), user);
  await addPasskey(page, name);
  await page.getByRole('status').waitFor();
  await signOut(page, server());
  return { authenticator, user };
}

test.each(['', 'c29tZWJvZHkgZWxzZQ'])('a passkey that names the user %j is not taken', async (userHandle) => {
  const page = await browse();
  await page.addInitScript(withoutAutofill);
  await withPasskey(page);
  await page.route(/\/account\/passkey$/, async (route) => {
    const form = new URLSearchParams(route.request().postData() ?? '');
    const credential = JSON.parse(form.get('credential') ?? '');
    form.set(
      'credential',
      JSON.stringify({ ...credential, response: { ...credential.response, userHandle } }),
    );
    await route.continue({ postData: form.toString() });
  });
  await page.goto(`${server().origin}/account/sign-in`);
  await passkeyButton(page).click();
  await page.waitForURL('**/account/passkey');
  expect(await problem(page)).toBe('The passkey did not work. Try again, or sign in another way.');
  expect(server().log.at(-1)).toMatchObject({ reason: 'passkey_of_another' });
});

test('a passkey is added on the account page, where it has its name and its days', async () => {
  const page = await browse();
  const authenticator = await addAuthenticator(page);
  const user = await createTestUser(server());
  await openAccount(page, server(), user);
  expect(await passkeySection(page).innerText()).toContain('You have no passkey yet.');
  await lookAt(page, 'account-empty');
  await addPasskey(page, 'Grace’s <b>laptop</b>');
  expect(await page.getByRole('status').innerText()).toBe('Your passkey was added.');
  const listed = await passkeySection(page).getByRole('listitem').innerText();
  expect(listed).toMatch(/^Grace’s <b>laptop<\/b>\s+Added [A-Z][a-z]+ \d+, \d{4}\s+Never used\s+Remove$/);
  await lookAt(page, 'account-passkey');
  expect(await authenticator.credentials()).toMatchObject([
    { isResidentCredential: true, rpId: 'localhost', userName: user.login },
  ]);
});

test('the button signs in with it, without a password, and the account tells so', async () => {
  const page = await browse();
  await page.addInitScript(withoutAutofill);
  await withPasskey(page);
  await page.goto(`${server().origin}/account/sign-in`);
  await passkeyButton(page).click();
  await arriveAt(page, 'Your account');
  expect(await passkeySection(page).getByRole('listitem').innerText()).toMatch(/Last used [A-Z]/);
  expect(server().log.findLast(({ msg }) => msg === 'signed in')).toMatchObject({
    amr: ['pop', 'user', 'mfa'],
  });
});

test('where the browser offers it in the user name field, choosing it there is enough', async () => {
  const page = await browse();
  await withPasskey(page);
  await page.goto(`${server().origin}/account/sign-in`);
  await arriveAt(page, 'Your account');
});

test('a second passkey on the same device is refused, and told why', async () => {
  const page = await browse();
  await addAuthenticator(page);
  await openAccount(page, server(), await createTestUser(server()));
  await addPasskey(page, 'First');
  await page.getByRole('status').waitFor();
  await addPasskey(page, 'Second');
  expect(await problem(page)).toBe('This device already has a passkey for your account.');
  await lookAt(page, 'account-passkey-exists');
  expect(await passkeySection(page).getByRole('listitem').count()).toBe(1);
});

test('whom the authenticator does not recognise is not signed in, and may use the password', async () => {
  const page = await browse();
  await page.addInitScript(withoutAutofill);
  const { authenticator, user } = await withPasskey(page);
  await authenticator.verifyUser(false);
  await page.goto(`${server().origin}/account/sign-in`);
  await lookAt(page, 'sign-in-passkey');
  await passkeyButton(page).click();
  expect(await problem(page)).toBe('The passkey did not work. Try again, or sign in another way.');
  await lookAt(page, 'sign-in-passkey-failed');
  await signIn(page, user);
  await arriveAt(page, 'Your account');
});

test('a passkey that was removed signs nobody in any more', async () => {
  const page = await browse();
  await page.addInitScript(withoutAutofill);
  const { user } = await withPasskey(page, 'Lost phone');
  await openAccount(page, server(), user);
  await passkeySection(page).getByRole('button', { name: 'Remove' }).click();
  expect(await page.getByRole('status').innerText()).toBe('The passkey was removed.');
  expect(await passkeySection(page).innerText()).toContain('You have no passkey yet.');
  await signOut(page, server());
  await page.goto(`${server().origin}/account/sign-in`);
  await passkeyButton(page).click();
  expect(await problem(page)).toBe('The passkey did not work. Try again, or sign in another way.');
  await lookAt(page, 'sign-in-passkey-unknown');
});

test('without JavaScript nothing is offered that cannot work, and the account says why', async () => {
  const page = await browse({ javaScriptEnabled: false });
  await page.goto(`${server().origin}/account/sign-in`);
  expect(await passkeyButton(page).isVisible()).toBe(false);
  await openAccount(page, server(), await createTestUser(server()));
  expect(await page.getByRole('button', { name: 'Add a passkey' }).isVisible()).toBe(false);
  expect(await passkeySection(page).innerText()).toContain('Passkeys need JavaScript');
});

test('a browser without passkeys is not offered any', async () => {
  const page = await browse();
  await page.addInitScript('delete window.PublicKeyCredential');
  await page.goto(`${server().origin}/account/sign-in`);
  expect(await passkeyButton(page).isVisible()).toBe(false);
  expect(await page.getByText('or', { exact: true }).isVisible()).toBe(false);
});
