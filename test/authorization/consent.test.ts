// Consent (RFC 6749 §10.2, RFC 8252 §8.6): what the user is shown, what is remembered, and how it is taken back.

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { addScope, changeScope } from '../../packages/server/src/admin/scopes.ts';
import { createScope } from '../../packages/server/src/store/tables/scopes.ts';
import { eventually } from '../support/eventually.ts';
import type { Registration } from '../support/registration.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import {
  authorize,
  createTestUser,
  formOf,
  headingOf,
  type Page,
  type TestUser,
  UserAgent,
} from '../support/user-agent.ts';
import { type App, createApp, type Form, lastReason } from './app.ts';

let server: TestServer;
let user: TestUser;
let agent: UserAgent;

beforeAll(async () => {
  const loopback_origins = ['http://localhost:5173', 'http://[::1]:*'];
  server = await startTestServer({ login: { loopback_origins } });
  await createScope(server.instance.store.db, 'standard', 'read', 'See your <b>invoices</b>', Date.now());
});
afterAll(() => server.close());
beforeEach(async () => {
  agent = new UserAgent();
  user = await createTestUser(server);
});

const newApp = (registration: Registration = {}) => createApp(server, 'standard', registration);
const isConsent = (page: Page): boolean => headingOf(page).endsWith('wants to access your account');
const answerOf = ({ location }: Page) => Object.fromEntries(new URL(location ?? 'none:').searchParams);

/** The consent page of a request; signs in where that is needed. */
async function ask(app: App, parameters?: Form, browser = agent): Promise<Page> {
  const page = await browser.get(app.url(parameters));
  const asked = headingOf(page) === 'Sign in' ? await browser.signIn(page, user) : page;
  expect(isConsent(asked), headingOf(asked)).toBe(true);
  return asked;
}
const allow = async (app: App, parameters?: Form, browser = agent): Promise<string> =>
  answerOf(await browser.decide(await ask(app, parameters, browser), 'allow')).code ?? '';
/** Whether the request is answered without a question. */
const isSilent = async (app: App, parameters?: Form, browser = agent): Promise<boolean> =>
  (await browser.get(app.url(parameters))).location !== undefined;

/** The scopes that a page asks for, and those that it says are allowed already. */
const scopesOn = ({ text }: Page): string[][] =>
  text
    .split('<details>')
    .map((part) => [...part.matchAll(/<li>(.*?)<\/li>/g)].map(([, words = '']) => words));

describe('the page', () => {
  test('says who asks, for what, in whose words, and where the user will be sent', async () => {
    const app = await newApp({
      client_name: 'Ledger <i>Pro</i>',
      consent_message: 'We "read" & never write.',
      logo_uri: 'https://app.example/logo.png',
      client_uri: 'https://app.example/',
      policy_uri: 'https://app.example/privacy',
      tos_uri: 'https://app.example/terms?a=1&b="',
    });
    const page = await ask(app, { scope: 'read write openid profile email offline_access' });
    expect(headingOf(page)).toBe('Ledger <i>Pro</i> wants to access your account');
    expect(page.text).toContain('<blockquote>We &quot;read&quot; &amp; never write.</blockquote>');
    expect(page.text).toContain('src="https://app.example/logo.png"');
    expect(page.text).toMatch(new RegExp(`Ann Example</bdi></strong> \\(<bdi>${user.login}</bdi>\\)`));
    expect(page.text).toContain('<a href="https://app.example/terms?a=1&amp;b=&quot;"');
    expect(page.text).toMatch(/Website<.*Privacy policy<.*Terms of service</s);
    expect(page.text).toMatch(/you will be sent to <strong>.*\bapp\.example\b.*<\/strong>/);
    expect(page.text).not.toContain('This app runs on this computer');
    expect(scopesOn(page)).toEqual([
      [
        'See your &lt;b&gt;invoices&lt;/b&gt;',
        'Use the permission <code>write</code>',
        'Know who you are',
        'See your name and profile',
        'See your email address',
        'Keep access while you are away',
      ],
    ]);
  });

  test.for([
    ['http://127.0.0.1/callback', 'http://127.0.0.1:51004/callback', '127.0.0.1:51004'],
    ['http://[::1]/callback', 'http://[::1]:51004/callback', '[::1]:51004'],
    ['http://localhost:3000/callback', 'http://localhost:3000/callback', 'localhost:3000'],
  ] as const)('warns of an app at %s', async ([registered, redirect_uri, host]) => {
    const page = await ask(await newApp({ redirect_uris: [registered] }), { redirect_uri });
    expect(page.text).toMatch(new RegExp(`This app runs on this computer \\(.*${RegExp.escape(host)}.*\\)`));
    expect(page.text).not.toContain('you will be sent to');
  });

  test('names the scheme of an app that has no host', async () => {
    const page = await ask(await newApp({ redirect_uris: ['com.example.app:/callback'] }));
    expect(page.text).toMatch(/you will be sent to <strong>.*com\.example\.app.*<\/strong>/);
  });
});

describe('a scope that the user may leave out', () => {
  /** Posts the form of the page with these scopes ticked. */
  const decide = (page: Page, ticked: readonly string[]) => {
    const { action, fields } = formOf(page, '/account/consent');
    const body = new URLSearchParams({ ...fields, decision: 'allow' });
    for (const name of ticked) body.append('scope', name);
    return agent.fetch(action, { method: 'POST', body, headers: { Origin: server.origin } });
  };
  beforeAll(async () => {
    const { admin } = server.instance;
    await addScope(admin, 'standard', { name: 'contacts', description: 'See contacts', optional: true });
    const sensitive = { name: 'payments', description: 'Make payments', optional: true, sensitive: true };
    await addScope(admin, 'standard', sensitive);
  });
  const scope = ['read', 'contacts', 'payments', 'offline_access'];
  const asked = { scope: scope.join(' ') };

  test('has a box, ticked; one that is sensitive says so', async () => {
    const page = await ask(await newApp({ scope }), asked);
    expect(page.text).toMatch(/<input type="checkbox" name="scope" value="contacts"[^>]* checked>/);
    expect(page.text).toMatch(/Make payments <span class="state sensitive">Sensitive<\/span>/);
    expect(page.text).not.toContain('value="read"');
  });

  test.for([
    { ticked: ['contacts', 'payments'], given: 'read contacts payments offline_access' },
    { ticked: ['payments'], given: 'read payments offline_access' },
    { ticked: [], given: 'read offline_access' },
    // What the page did not ask for is not given, and what it did not offer cannot be left out.
    { ticked: ['write', 'payments'], given: 'read payments offline_access' },
  ])('of which $ticked are ticked: the tokens have $given', async ({ ticked, given }) => {
    const app = await newApp({ scope: [...scope, 'write'] });
    const { code = '' } = answerOf(await decide(await ask(app, asked), ticked));
    const tokens = await app.redeem(code);
    expect(tokens.scope).toBe(given);
    expect((await app.refresh(tokens.refresh_token)).scope).toBe(given);
    expect(await isSilent(app, asked)).toBe(ticked.includes('contacts'));
  });

  test('stays allowed where more is asked for later', async () => {
    const app = await newApp({ scope });
    await decide(await ask(app, { scope: 'read contacts' }), ['contacts']);
    const { code = '' } = answerOf(await decide(await ask(app, asked), []));
    expect((await app.redeem(code)).scope).toBe('read contacts offline_access');
  });

  test('is not given because it is optional no longer when the form comes', async () => {
    const { admin } = server.instance;
    await addScope(admin, 'standard', { name: 'calendar', optional: true });
    const app = await newApp({ scope: ['read', 'calendar'] });
    const page = await ask(app, { scope: 'read calendar' });
    await changeScope(admin, 'standard', 'calendar', { optional: false });
    const { code = '' } = answerOf(await decide(page, []));
    expect((await app.redeem(code)).scope).toBe('read');
  });

  test('of which none is ticked, where all are optional: the app is told no', async () => {
    const app = await newApp({ scope: ['contacts', 'payments'] });
    const page = await ask(app, { scope: 'contacts payments' });
    expect(answerOf(await decide(page, []))).toMatchObject({ error: 'access_denied' });
  });
});

describe('what is allowed', () => {
  test('is remembered, in every browser of the user, for less and for the same', async () => {
    const app = await newApp();
    await allow(app, { scope: 'read write' });
    expect(await isSilent(app, { scope: 'write read' })).toBe(true);
    const other = new UserAgent();
    const { searchParams } = new URL(
      (await other.signIn(await other.get(app.url({ scope: 'read' })), user)).location ?? 'none:',
    );
    expect(searchParams.has('code')).toBe(true);
  });

  test('is not asked for again where more is, and the whole is what the tokens have', async () => {
    const app = await newApp();
    await allow(app, { scope: 'openid email' });
    const page = await ask(app, { scope: 'openid email profile' });
    expect(scopesOn(page)).toEqual([
      ['See your name and profile'],
      ['Know who you are', 'See your email address'],
    ]);
    const { code = '' } = answerOf(await agent.decide(page, 'allow'));
    expect((await app.redeem(code)).scope).toBe('openid email profile');
    expect(await isSilent(app, { scope: 'profile' })).toBe(true);
  });

  test('is of one user and of one app', async () => {
    const [app, other_app] = [await newApp(), await newApp()];
    await allow(app);
    expect(await isSilent(other_app)).toBe(false);
    const [other, other_user] = [new UserAgent(), await createTestUser(server)];
    expect(isConsent(await other.signIn(await other.get(app.url()), other_user))).toBe(true);
  });

  test('is not remembered of an app that was only asked about', async () => {
    const app = await newApp();
    await ask(app);
    expect(await isSilent(app)).toBe(false);
  });
});

describe('an app that proves nothing', () => {
  const cases: [what: string, uri: string, registration: Registration, everyTime: boolean][] = [
    ['without a secret, on a loopback address', 'http://127.0.0.1/callback', { public: true }, true],
    ['without a secret, on localhost', 'http://localhost:3000/callback', { public: true }, true],
    ['without a secret, by a scheme of its own', 'com.example.app:/callback', { public: true }, true],
    ['without a secret, on https', 'https://app.example/callback', { public: true }, false],
    ['without a secret, at an origin that is named', 'http://localhost:5173/app', { public: true }, false],
    ['without a secret, at a host that is named', 'http://[::1]:4711/app', { public: true }, false],
    ['without a secret, at another port of it', 'http://localhost:5174/app', { public: true }, true],
    ['without a secret, at another host', 'http://127.0.0.1:5173/app', { public: true }, true],
    ['with a secret, on a loopback address', 'http://127.0.0.1/callback', {}, false],
  ];
  test.for(cases)('%s', async ([, uri, registration, everyTime]) => {
    const app = await newApp({ redirect_uris: [uri], ...registration });
    await allow(app);
    expect(await isSilent(app)).toBe(!everyTime);
    const quiet = await agent.fetch(app.url({ prompt: 'none' }));
    expect(answerOf(quiet).error).toBe(everyTime ? 'consent_required' : undefined);
    if (!everyTime) return;
    expect(lastReason(server)).toBe('client_could_be_anybody');
    // What it says is for developers, in the characters of RFC 6749 §4.1.2.1.
    expect(answerOf(quiet).error_description).toMatch(/^[ !#-[\]-~]*login\.loopback_origins\.$/);
  });
});

describe('no', () => {
  test.for(['deny', '', 'ALLOW'])('as %j is access_denied, and nothing is remembered', async (decision) => {
    const app = await newApp();
    const page = await agent.submit(formOf(await ask(app), '/account/consent'), { decision });
    const { error, state, iss, code } = answerOf(page);
    expect([error, state, iss, code]).toEqual(['access_denied', 'a state', server.origin, undefined]);
    expect(await isSilent(app)).toBe(false);
  });

  test('takes back nothing that was allowed before', async () => {
    const app = await newApp();
    await allow(app, { scope: 'read' });
    await agent.decide(await ask(app, { scope: 'read write' }), 'deny');
    expect(await isSilent(app, { scope: 'read' })).toBe(true);
  });
});

test('a yes that comes after signing out is not one', async () => {
  const app = await newApp();
  const page = await ask(app);
  await agent.submit(formOf(await agent.get(`${server.origin}/account`), '/sign-out'));
  const late = await agent.follow(await agent.decide(page, 'allow'));
  expect([late.status, late.location, headingOf(late)]).toEqual([200, undefined, 'Sign in']);
  expect(late.text).toContain('This page was open for too long.');
});

describe('the account page', () => {
  const accountPage = () => agent.get(`${server.origin}/account`);
  const apps = ({ text }: Page) =>
    [...text.matchAll(/<h3 id="app-[^>]*>(.*?)<\/h3>/g)].map(([, name = '']) => name.replace(/<[^>]*>/g, ''));

  test('lists the apps by name, with what they may do, and no one else’s', async () => {
    await allow(await newApp({ client_name: 'Zebra' }), { scope: 'email' });
    await allow(await newApp({ client_name: 'Ant & co' }), { scope: 'write' });
    const page = await accountPage();
    expect(apps(page)).toEqual(['Ant &amp; co', 'Zebra']);
    expect(scopesOn(page).flat()).toContain('See your email address');
    [agent, user] = [new UserAgent(), await createTestUser(server)];
    const other = await newApp({ client_name: 'Other' });
    await authorize(agent, other.url(), user);
    expect(apps(await accountPage())).toEqual(['Other']);
  });

  test('disconnects one: its tokens stop, it asks again, and the others go on', async () => {
    const [app, other] = [await newApp({ client_name: 'Gone' }), await newApp({ client_name: 'Stays' })];
    const [lost, remaining] = [await app.redeem(await allow(app)), await other.redeem(await allow(other))];
    const page = await agent.follow(await agent.submit(formOf(await accountPage(), '/disconnect')));
    expect(page.text).toContain('The app is disconnected.');
    expect(apps(page)).toEqual(['Stays']);
    for (const token of [lost.access_token, lost.refresh_token])
      await eventually(async () => (await app.introspect(token)).active === false);
    expect((await app.refresh(lost.refresh_token)).error).toBe('invalid_grant');
    expect(await isSilent(app)).toBe(false);
    expect((await other.introspect(remaining.access_token)).active).toBe(true);
    expect(await isSilent(other)).toBe(true);
  });

  test('is for who is signed in alone', async () => {
    expect(headingOf(await agent.follow(await accountPage()))).toBe('Sign in');
  });
});
