// Cross-site request forgery on consent (RFC 9700 §4.7, RFC 6749 §10.12) and on the account: a form that the attacker
// makes the victim's browser send decides nothing, and what was shown is what is allowed.
//
// The attacker's page is on a sibling host (evil.example.com beside auth.example.com), so that SameSite=Lax keeps no
// cookie back.

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type App, callback, createApp } from '../authorization/app.ts';
import { eventually } from '../support/eventually.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import {
  createTestUser,
  didNothing,
  formOf,
  headingOf,
  type TestUser,
  UserAgent,
} from '../support/user-agent.ts';

let server: TestServer;
let ann: TestUser;
let mallory: TestUser;
const victim = new UserAgent();
const attacker = new UserAgent();
beforeAll(async () => {
  server = await startTestServer();
  [ann, mallory] = [await createTestUser(server), await createTestUser(server)];
  const page = `${server.origin}/account/sign-in`;
  await victim.signIn(await victim.get(page), ann);
  await attacker.signIn(await attacker.get(page), mallory);
});
afterAll(() => server.close());

const redirect_uri = 'https://evil.example/callback';
let app: App;
/** The attacker's own, or one whose codes he can read. */
let evil: App;
beforeEach(async () => {
  app = await createApp(server, 'standard', { client_name: 'Good app' });
  evil = await createApp(server, 'standard', { client_name: 'Evil app', redirect_uris: [redirect_uri] });
});

const consentOf = async (agent: UserAgent, url: string) => formOf(await agent.get(url), '/account/consent');
/** Whether the app has the victim's consent. */
const isAllowed = async (of: App) =>
  !(await victim.get(of.url({ prompt: 'none' }))).location?.includes('error=consent_required');

describe('consent', () => {
  // The check: `isCurrent` in `decideConsent`, and what the token is bound to.
  const tokens: Record<string, () => Promise<string>> = {
    'no token': async () => '',
    'an invented token': async () => Buffer.alloc(32).toString('base64url'),
    'the token of the attacker, for the same request': async () =>
      (await consentOf(attacker, evil.url())).fields.csrf ?? '',
    'the token of the attacker, who planted his name of a browser': async () => {
      const planted = new UserAgent();
      for (const [name, value] of attacker.cookies) planted.cookies.set(name, value);
      planted.cookies.set('tessera-browser', victim.cookies.get('tessera-browser') ?? '');
      return (await consentOf(planted, evil.url())).fields.csrf ?? '';
    },
    'the token of the victim, for another app': async () =>
      (await consentOf(victim, app.url())).fields.csrf ?? '',
    'the token of the victim, for less': async () =>
      (await consentOf(victim, evil.url({ scope: 'read' }))).fields.csrf ?? '',
    'the token of the victim, for her account': async () =>
      formOf(await victim.get(`${server.origin}/account`), '/sign-out').fields.csrf ?? '',
  };

  test.each(Object.keys(tokens))('is not given by a form with %s', async (kind) => {
    const { action, fields } = await consentOf(victim, evil.url());
    const csrf = (await tokens[kind]?.()) ?? '';
    const forged = await victim.post(action, { csrf, decision: 'allow' });
    expect(didNothing(forged), forged.location).toBe(true);
    expect((await victim.follow(forged)).location).toBeUndefined();
    expect(await isAllowed(evil)).toBe(false);
    // The token was all that the form had wrong.
    const { location } = await victim.post(action, { ...fields, decision: 'allow' });
    expect(location).toMatch(/^https:\/\/evil\.example\/callback\?code=/);
    expect(await isAllowed(evil)).toBe(true);
  });

  // The check: the token is bound to the request (what `formParts` has of it), of which the page showed everything.
  test.each([
    ['more scopes', { scope: 'read write' }],
    ['another page of the app', { redirect_uri: 'https://app.example/leaky' }],
    ['another challenge', { code_challenge: 'A'.repeat(43) }],
  ])('is not given for %s than the page has shown', async (_what, change) => {
    const two = await createApp(server, 'standard', {
      redirect_uris: [callback, 'https://app.example/leaky'],
    });
    const shown = await consentOf(victim, two.url({ scope: 'read' }));
    const wider = new URL(shown.action);
    for (const [name, value] of Object.entries(change)) wider.searchParams.set(name, value);
    const forged = await victim.post(wider, { ...shown.fields, decision: 'allow' });
    expect(didNothing(forged), forged.location).toBe(true);
    expect(headingOf(await victim.follow(forged))).not.toBe('');
    expect((await victim.post(shown.action, { ...shown.fields, decision: 'allow' })).location).toMatch(
      /code=/,
    );
  });

  // The check: one reading of a request, whatever the page shows and its form leads to (`authorize` in routes.ts).
  test('is for the app that the page names, where a POST has one request in its URL and another in its body', async () => {
    const body = Object.fromEntries(new URL(app.url()).searchParams);
    const page = await victim.follow(await victim.post(evil.url(), body));
    expect(headingOf(page)).toContain('Good app');
    const { location } = await victim.decide(page, 'allow');
    expect(location).toMatch(/^https:\/\/app\.example\/callback\?code=/);
    expect(await isAllowed(evil)).toBe(false);
  });

  // The check: a GET only asks. A link comes with cookies from everywhere (SameSite=Lax).
  test('is not given by a link', async () => {
    const { action, fields } = await consentOf(victim, evil.url());
    const link = new URL(action);
    for (const [name, value] of Object.entries({ ...fields, decision: 'allow' }))
      link.searchParams.set(name, value);
    expect(headingOf(await victim.follow(await victim.get(link)))).toContain('Evil app');
    expect(await isAllowed(evil)).toBe(false);
  });
});

// The check: `isCurrent` in `accountEndpoint`, in `selectAccount` and in `confirmSignOut`.
describe('a form of the account', () => {
  const paths = [
    'disconnect',
    'sessions/end',
    'passkeys/add',
    'passkeys/remove',
    'totp/start',
    'totp/confirm',
    'totp/off',
  ];
  const tokens = {
    no: async () => '',
    'the attacker’s': async () =>
      formOf(await attacker.get(`${server.origin}/account`), '/sign-out').fields.csrf ?? '',
  };

  describe.each(Object.entries(tokens))('with %s token', (_whose, token) => {
    test.each([...paths, 'password', 'sign-out', 'sign-out/confirm', 'select'])(
      'does no %s',
      async (path) => {
        const url = `${server.origin}/account/${path}`;
        expect(didNothing(await victim.post(url, { csrf: await token() }))).toBe(true);
        expect(server.log.at(-1)?.reason).toMatch(/^form_(forged|stale)$/);
        expect((await victim.follow(await victim.get(url))).status).toBe(200);
        expect(headingOf(await victim.get(`${server.origin}/account`))).toBe('Your account');
      },
    );
  });

  test('disconnects no app', async () => {
    const tokens = await app.redeem(await app.code(victim, ann));
    const form = formOf(await victim.get(`${server.origin}/account`), '/disconnect');
    const target = { issuer: 'standard', client_id: app.client_id };
    await victim.post(form.action, { ...target, csrf: '' });
    expect(await app.introspect(tokens.access_token)).toMatchObject({ active: true });
    await victim.post(form.action, { ...target, csrf: form.fields.csrf ?? '' });
    await eventually(async () => !(await app.introspect(tokens.access_token)).active);
  });
});

// OpenID Connect RP-Initiated Logout 1.0 §6: the checks are that `endSession` asks unless the hint is of this session.
describe('a link to sign out', () => {
  const isSignedIn = async () => headingOf(await victim.get(`${server.origin}/account`)) === 'Your account';

  test.each(['no hint', 'a hint of the attacker’s', 'a hint of an earlier session'])(
    'signs nobody out without asking, with %s',
    async (kind) => {
      const hints: Record<string, () => Promise<string>> = {
        'no hint': async () => '',
        'a hint of the attacker’s': () => idToken(attacker, mallory),
        'a hint of an earlier session': () => idToken(new UserAgent(), ann),
      };
      const id_token_hint = (await hints[kind]?.()) ?? '';
      const page = await victim.get(
        `${server.origin}/oauth2/logout?${new URLSearchParams({ id_token_hint })}`,
      );
      expect(page).toMatchObject({ status: 200, location: undefined });
      expect(await isSignedIn()).toBe(true);
      // Nor does the attacker say yes to it.
      await victim.post(formOf(page, '/sign-out').action, { csrf: '' });
      expect(await isSignedIn()).toBe(true);
    },
  );

  const idToken = async (agent: UserAgent, user: TestUser) =>
    (await app.redeem(await app.code(agent, user, { scope: 'openid' }))).id_token;
});
