import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Account,
  accountPage,
  type Consent,
  codePage,
  consentPage,
  errorPage,
  formPostPage,
  type Language,
  type PageContext,
  recoveryCodesPage,
  type SignIn,
  selectAccountPage,
  signedOutPage,
  signInPage,
  signOutPage,
  totpSetupPage,
} from './index.ts';
import { languages } from './strings/index.ts';

const context = (language: Language, text = 'Acme'): PageContext => ({
  language,
  theme: {
    name: text,
    brand: text,
    logo_uri: `https://logo.example/${text}`,
    logo_uri_dark: `https://dark.example/${text}`,
    color: '#00796b',
    support_url: `https://support.example/${text}`,
    privacy_url: `https://privacy.example/${text}`,
    terms_url: `https://terms.example/${text}`,
    forgot_password_url: `https://forgot.example/${text}`,
  },
  base: '/acme/account',
});

const signIn = (text: string): SignIn => ({
  action: `/sign-in?${text}`,
  csrf: text,
  client_name: text,
  login: text,
  problem: 'wrong',
  upstreams: [{ label: text, href: `/up/${text}`, issuer: `https://provider.example/${text}` }],
  passkey: { options: JSON.stringify({ challenge: text }), action: `/passkey?${text}` },
  password: true,
});

const consent = (text: string): Consent => ({
  action: `/consent?${text}`,
  csrf: text,
  client: {
    name: text,
    logo_uri: `https://app.example/${text}`,
    message: text,
    site: `https://site.example/${text}`,
    privacy: `https://privacy.example/${text}`,
    terms: `https://terms.example/${text}`,
  },
  user: { name: text, login: `login ${text}` },
  scopes: [
    { name: `a${text}`, description: '', remembered: false },
    { name: 'b', description: `b${text}`, remembered: true },
    { name: `c${text}`, description: text, remembered: false, optional: true, sensitive: true },
  ],
  redirect_host: text,
  loopback: false,
  other_href: `/other?${text}`,
});

const account = (text: string): Account => ({
  csrf: text,
  action_base: `/account/${text}`,
  user: { name: `name ${text}`, login: `login ${text}` },
  apps: [
    {
      issuer: text,
      client_id: text,
      name: text,
      scopes: [
        { name: `a${text}`, description: '' },
        { name: 'b', description: text },
      ],
      since: 0,
    },
  ],
  sessions: [{ id: text, device: text, since: 0, last_seen_at: 0, current: false }],
  passkeys: [{ id: text, name: text, created_at: 0, last_used_at: 1 }],
  totp: true,
  recovery_codes_left: 2,
  passkey_options: JSON.stringify({ challenge: text }),
  local: true,
  notice: 'passkey_added',
  problem: 'too_short',
});

/** Every page, with `text` wherever something comes from outside. */
const pages: Record<string, (c: PageContext, text: string) => string> = {
  signIn: (c, text) => signInPage(c, signIn(text)),
  signInThrottled: (c, text) => signInPage(c, { ...signIn(text), problem: 'throttled', wait_seconds: 30 }),
  signInUpstreams: (c, text) => signInPage(c, { ...signIn(text), password: false }),
  code: (c, text) =>
    codePage(c, { action: text, csrf: text, problem: 'wrong', client_name: text, again_href: `/${text}` }),
  selectAccount: (c, text) =>
    selectAccountPage(c, { action: text, csrf: text, user: text, client_name: text, other_href: `/${text}` }),
  consent: (c, text) => consentPage(c, consent(text)),
  consentLoopback: (c, text) => consentPage(c, { ...consent(text), loopback: true }),
  account: (c, text) => accountPage(c, account(text)),
  accountElsewhere: (c, text) => accountPage(c, { ...account(text), local: false }),
  totpSetup: (c, text) =>
    totpSetupPage(c, {
      action: text,
      csrf: text,
      secret: 'ABCD',
      otpauth_uri: `otpauth://${encodeURIComponent(text)}`,
      qr_svg: text,
    }),
  recoveryCodes: (c, text) => recoveryCodesPage(c, { codes: [text], continue_href: `/${text}` }),
  signOut: (c, text) => signOutPage(c, { action: text, csrf: text, user: text, client_name: text }),
  signedOut: (c) => signedOutPage(c),
  error: (c, text) => errorPage(c, { status: 400, description: `d${text}`, request_id: text }),
  formPost: (c, text) => formPostPage(c, { action: text, parameters: { [text]: text } }),
};

const everyPage = Object.entries(pages).flatMap(([name, page]) =>
  languages.map((language) => [name, language, page] as const),
);

describe.each(everyPage)('%s in %s', (_name, language, page) => {
  const document = page(context(language), 'x');

  test('is a document in its language with one main, one heading and a title', () => {
    expect(document).toMatch(new RegExp(`^<!doctype html>\n<html lang="${language}">`));
    for (const tag of ['h1', 'main', 'title'])
      expect(document.match(new RegExp(`<${tag}[ >]`, 'g'))).toHaveLength(1);
    expect(document).not.toMatch(/undefined|\[object|NaN|Invalid Date/);
  });

  test('has no script, style or handler of its own', () => {
    for (const [tag] of document.matchAll(/<script[^>]*>/g))
      expect(tag).toMatch(/ src="\/acme\/account\/\w+\.js"/);
    expect(document).not.toMatch(/<script[^>]*>[^<]/);
    expect(document).not.toMatch(/<style|\sstyle=|\son\w+=|javascript:/i);
  });

  test('has a label for each field, an id once, and every reference leads somewhere', () => {
    const ids = [...document.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const references = [...document.matchAll(/ (?:for|aria-describedby)="([^"]*)"/g)];
    for (const id of references.flatMap(([, list = '']) => list.split(' '))) expect(ids).toContain(id);
    for (const [input] of document.matchAll(/<input(?![^>]* (?:type="hidden"|hidden))[^>]*>/g)) {
      const [, id] = / id="([^"]*)"/.exec(input) ?? [];
      expect(document).toContain(`<label for="${id}">`);
      expect(input).toMatch(/ autocomplete="/);
    }
    expect(document.match(/ autofocus/g) ?? []).toHaveProperty(
      'length',
      document.includes('role="alert" id=') ? 1 : expect.any(Number),
    );
  });

  test('tells no other site where the user is', () => {
    expect(document).toContain('<meta name="referrer" content="same-origin">');
    for (const [tag] of document.matchAll(/<(?:a|img) [^>]*(?:https|href)[^>]*>/g)) {
      expect(tag).toContain(' referrerpolicy="no-referrer"');
    }
  });

  test('keeps its shape whatever is put into it', () => {
    const shape = (text: string) => text.replace(/[^<>"]/g, '');
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('<', '>', '"', "'", '&', '</p>', '<script>', 'x') }),
        (text) => {
          // A first letter, so that nothing is empty.
          expect(shape(page(context(language, `x${text}`), `x${text}`))).toBe(shape(document));
        },
      ),
      { numRuns: 30 },
    );
  });
});
