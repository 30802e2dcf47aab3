import { expect, test } from 'vitest';
import { type Consent, consentPage, type Language, type PageContext } from './index.ts';

const context = (language: Language): PageContext => ({
  language,
  theme: { name: 'Acme' },
  base: '/acme/account',
});
const c = context('en');

const asked: Consent = {
  action: '/consent',
  csrf: 'x',
  client: { name: 'x', logo_uri: 'https://app.example/l.png', message: 'x' },
  user: { name: 'x' },
  scopes: [
    { name: 'ax', description: '', remembered: false },
    { name: 'b', description: 'bx', remembered: true },
  ],
  redirect_host: 'x',
  loopback: false,
  other_href: '/other',
};

test('says where the user will be sent, and warns of apps on this computer', () => {
  const elsewhere = { ...asked, redirect_host: 'app.example' };
  expect(consentPage(c, elsewhere)).toContain('be sent to <strong><bdi>app.example</bdi></strong>');
  expect(consentPage(c, elsewhere)).not.toContain('this computer');
  const here = consentPage(c, { ...elsewhere, loopback: true, redirect_host: '127.0.0.1:4711' });
  expect(here).toMatch(/warning">This app runs on this computer \(<bdi>127\.0\.0\.1:4711<\/bdi>\)/);
});

test('describes the scopes that everybody knows, in the language of the page, and names the others', () => {
  const scopes = ['openid', 'profile', 'email', 'offline_access', 'constructor'].map((name) => ({
    name,
    description: '',
    remembered: false,
  }));
  const document = consentPage(context('de'), { ...asked, scopes });
  for (const text of [
    'Wissen, wer Sie sind',
    'Ihre E-Mail-Adresse sehen',
    'Die Berechtigung <code>constructor</code> nutzen',
  ]) {
    expect(document).toContain(`<li>${text}</li>`);
  }
  expect(document).not.toContain('<details>');
});

test('sets apart what is allowed already', () => {
  const [anew = '', remembered] = consentPage(c, asked).split('<details>');
  expect(anew).toContain('<li>Use the permission <code>ax</code></li>');
  expect(remembered).toMatch(/Already allowed \(1\).*<li>bx<\/li>/s);
  const nothing = consentPage(c, { ...asked, scopes: asked.scopes.slice(1) });
  expect(nothing).toContain('nothing that you have not allowed');
  expect(consentPage(c, { ...asked, scopes: [] })).toContain('no particular permissions');
});

test('shows a logo over TLS alone, else a letter', () => {
  const logo = (logo_uri: string | null) =>
    consentPage(c, { ...asked, client: { name: 'ledger', logo_uri } });
  expect(logo('https://app.example/l.png')).toContain('L<img src="https://app.example/l.png"');
  for (const uri of ['http://app.example/l.png', 'javascript:alert(1)', null])
    expect(logo(uri)).toContain('<span class="logo" aria-hidden="true">L</span>');
});

test('sends one of two answers', () => {
  const answers = consentPage(c, asked).match(/<button[^>]* name="decision" value="\w+"/g);
  expect(answers?.map((button) => / value="(\w+)"/.exec(button)?.[1])).toEqual(['deny', 'allow']);
});
