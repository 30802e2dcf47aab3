import { expect, test } from 'vitest';
import { type Language, type PageContext, type SignIn, signInPage } from './index.ts';

const context = (language: Language): PageContext => ({
  language,
  theme: { name: 'Acme' },
  base: '/acme/account',
});
const c = context('en');

const asked: SignIn = {
  action: '/sign-in',
  csrf: 'x',
  client_name: 'x',
  login: 'x',
  problem: 'wrong',
  upstreams: [{ label: 'x', href: '/up/x', issuer: 'https://provider.example' }],
  passkey: { options: JSON.stringify({ challenge: 'x' }), action: '/passkey' },
  password: true,
};
const again: SignIn = { ...asked, login: 'ada' };

test('focuses what is to be filled in next', () => {
  const { login: _, ...fresh } = asked;
  expect(signInPage(c, fresh)).toMatch(/<input id="login"[^>]* autofocus/);
  expect(signInPage(c, again)).toMatch(/<input id="password"[^>]* autofocus/);
});

test('says nothing about which of the two was wrong', () => {
  const document = signInPage(c, again);
  expect(document).toContain('>Wrong user name or password.<');
  expect(document.match(/aria-invalid="true" aria-describedby="problem"/g)).toHaveLength(2);
  expect(document).toContain('<title>Problem: Sign in · Acme</title>');
});

test('tells that a passkey did not do, and blames no field', () => {
  const document = signInPage(c, { ...again, problem: 'passkey' });
  expect(document).toContain('id="problem">The passkey did not work. Try again, or sign in another way.<');
  expect(document).not.toContain('aria-invalid');
});

test.each<[number | undefined, Language, string]>([
  [1, 'en', 'Too many attempts. Try again in 1 second.'],
  [0.2, 'en', 'Too many attempts. Try again in 1 second.'],
  [30, 'de', 'Zu viele Versuche. Versuchen Sie es in 30 Sekunden noch einmal.'],
  [241, 'en', 'Too many attempts. Try again in 5 minutes.'],
  [7200, 'de', 'Zu viele Versuche. Versuchen Sie es in 2 Stunden noch einmal.'],
  [undefined, 'en', 'Too many attempts. Try again in a while.'],
])('tells how long to wait: %j s in %s', (wait_seconds, language, sentence) => {
  const data = { ...again, problem: 'throttled', wait_seconds } as const;
  expect(signInPage(context(language), data)).toContain(sentence);
});

test('without passwords it offers the upstream providers alone', () => {
  const document = signInPage(c, { ...asked, password: false });
  expect(document).not.toMatch(/<form|<input|passkey/);
  expect(document).toMatch(/<a href="\/up\/x"[^>]* autofocus aria-describedby="problem"/);
});

test('without passkeys it asks the browser for none', () => {
  const { passkey: _, ...data } = asked;
  expect(signInPage(c, data)).not.toMatch(/passkey|webauthn/);
});
