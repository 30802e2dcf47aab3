import { expect, test } from 'vitest';
import { codePage, errorPage, type PageContext, recoveryCodesPage, signInPage } from './index.ts';

const bare: PageContext = { language: 'en', theme: { name: 'auth.example' }, base: '/account' };
const themed: PageContext = {
  ...bare,
  theme: {
    name: 'Acme',
    brand: 'Acme',
    logo_uri: 'https://cdn.example/light.svg',
    logo_uri_dark: 'https://cdn.example/dark.svg',
    support_url: 'https://acme.example/help',
    privacy_url: 'https://acme.example/privacy',
    terms_url: 'https://acme.example/terms',
    forgot_password_url: 'https://acme.example/forgot',
  },
};
const signIn = (c: PageContext, issuer = 'https://id.example') =>
  signInPage(c, {
    action: '/',
    csrf: 'x',
    upstreams: [{ label: 'Work', href: '/up', issuer }],
    password: true,
  });
const error = (c: PageContext) => errorPage(c, { status: 404, description: '', request_id: 'x' });

test('what the operator has beside the pages is below each of them', () => {
  for (const page of [signIn(themed), error(themed)])
    for (const path of ['help', 'privacy', 'terms'])
      expect(page).toContain(`<a href="https://acme.example/${path}" referrerpolicy="no-referrer">`);
  expect(error(bare)).not.toContain('<footer>');
});

test('a forgotten password leads elsewhere, where there is an elsewhere', () => {
  expect(signIn(themed)).toContain('<a href="https://acme.example/forgot"');
  expect(signIn(bare)).not.toContain('Forgot');
});

test('a dark page has the dark logo, and the name where neither loads', () => {
  expect(error(themed)).toMatch(
    /<source srcset="https:\/\/cdn\.example\/dark\.svg" media="\(prefers-color-scheme:dark\)"><img src="https:\/\/cdn\.example\/light\.svg" alt="Acme"/,
  );
});

test.each([
  ['https://accounts.google.com', 'svg'],
  ['https://login.microsoftonline.com/tenant/v2.0', 'svg'],
  ['https://acme.okta.com', 'svg'],
  ['https://okta.com.evil.example', 'letter'],
  ['https://notokta.com', 'letter'],
  ['https://id.example', 'letter'],
])('the button of %s has a %s', (issuer, mark) => {
  const page = signIn(bare, issuer);
  expect(page.includes('<svg class="mark"')).toBe(mark === 'svg');
  expect(page.includes('<span class="mark" aria-hidden="true">W</span>')).toBe(mark === 'letter');
});

test('digits are asked for first; what looked like a recovery code is asked for again as one', () => {
  const first = codePage(bare, { action: '/', csrf: 'x', again_href: '/' });
  expect(first).toMatch(/<input id="code"[^>]* inputmode="numeric"[^>]* autofocus/);
  expect(first).toContain('<details>');
  const again = codePage(bare, { action: '/', csrf: 'x', again_href: '/', problem: 'wrong', recovery: true });
  expect(again).toContain('<details open>');
  expect(again).toMatch(/<input id="recovery-code"[^>]* autofocus aria-invalid="true"/);
});

test('recovery codes can be kept in a file, also without JavaScript', () => {
  const page = recoveryCodesPage(bare, { codes: ['ab-cd', 'ef-gh'], continue_href: '/account' });
  const [, file = ''] =
    /download="recovery-codes\.txt" href="data:text\/plain;charset=utf-8,([^"]*)"/.exec(page) ?? [];
  expect(decodeURIComponent(file)).toBe('ab-cd\nef-gh\n');
});
