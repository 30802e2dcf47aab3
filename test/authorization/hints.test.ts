// Hints of an app to a sign-in (OpenID Connect Core 1.0 §3.1.2.1): who the user may be, and in which language to ask.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../support/server.ts';
import { authorize, createTestUser, headingOf, type TestUser, UserAgent } from '../support/user-agent.ts';
import { type App, createApp, type Form } from './app.ts';

let server: TestServer;
let app: App;
let user: TestUser;
let other: TestUser;
const agent = new UserAgent();

beforeAll(async () => {
  server = await startTestServer();
  app = await createApp(server, 'standard');
  [user, other] = [await createTestUser(server), await createTestUser(server)];
  await authorize(agent, url(), user);
});
afterAll(() => server.close());

const url = (parameters: Form = {}) => app.url({ scope: 'openid read', ...parameters });
const ask = async (parameters: Form) => (await authorize(agent, url(parameters), user)).searchParams;

describe('id_token_hint', () => {
  const idToken = async (who: TestUser, from = app) => {
    const code = await from.code(new UserAgent(), who, { scope: 'openid read' });
    return (await from.redeem(code)).id_token;
  };

  test('of the user who is signed in is silent', async () => {
    const id_token_hint = await idToken(user);
    expect((await ask({ id_token_hint, prompt: 'none' })).has('code')).toBe(true);
  });

  test('of another user asks that user to sign in', async () => {
    const id_token_hint = await idToken(other);
    expect((await ask({ id_token_hint, prompt: 'none' })).get('error')).toBe('login_required');
    const browser = new UserAgent();
    await authorize(browser, url(), user);
    const page = await browser.get(url({ id_token_hint }));
    expect(headingOf(page)).toBe('Sign in');
    const code = new URL((await browser.signIn(page, other)).location ?? 'none:').searchParams.get('code');
    expect((await app.redeem(code ?? '')).status).toBe(200);
  });

  // OpenID Connect Core 1.0 §3.1.2.1: otherwise it SHOULD return an error, such as login_required.
  test('of another user than the one who then signs in is login_required', async () => {
    const browser = new UserAgent();
    const page = await browser.get(url({ id_token_hint: await idToken(other) }));
    const { location } = await browser.signIn(page, user);
    expect(new URL(location ?? 'none:').searchParams.get('error')).toBe('login_required');
  });

  test.for([
    ['no token', async () => 'garbage'],
    ['an access token', async () => (await app.redeem(await app.code(agent, user))).access_token],
    ['an ID token of another issuer', async () => idToken(user, await createApp(server, 'trelica'))],
    ['an ID token that was changed', async () => (await idToken(user)).replace(/\.[\w-]{4}/, '.AAAA')],
  ] satisfies [string, () => Promise<string>][])('that is %s hints at nobody', async ([, make]) => {
    const id_token_hint = await make();
    expect((await ask({ id_token_hint, prompt: 'none' })).has('code')).toBe(true);
    const { searchParams } = await authorize(new UserAgent(), url({ id_token_hint }), user);
    expect(searchParams.has('code')).toBe(true);
  });
});

describe('login_hint', () => {
  const login = async (login_hint: string) => {
    const { text } = await new UserAgent().get(url({ login_hint }));
    return /<input[^>]* name="login"[^>]* value="([^"]*)"/.exec(text)?.[1];
  };

  test('stands in the form', async () => {
    expect(await login(user.login)).toBe(user.login);
  });

  test('is text, whatever it holds', async () => {
    expect(await login('"><script>alert(1)</script>')).toBe(
      '&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;',
    );
  });

  test('tells nobody who exists', async () => {
    const length = async (login_hint: string) =>
      (await new UserAgent().get(url({ login_hint }))).text.replaceAll(login_hint, '').length;
    const unknown = user.login.replace(/^./, 'x');
    expect(await length(unknown)).toBe(await length(user.login));
  });
});

describe('ui_locales', () => {
  const language = async (parameters: Form, accepted?: string) => {
    const browser = new UserAgent(accepted === undefined ? {} : { 'accept-language': accepted });
    return /<html lang="(\w+)"/.exec((await browser.get(url(parameters))).text)?.[1];
  };

  test.for([
    ['de', undefined, 'de'],
    ['en', 'de', 'en'],
    ['fr-CA de-AT en', undefined, 'de'],
    ['fr', 'de-CH, en;q=0.5', 'de'],
    ['xx', undefined, 'en'],
    [undefined, 'de', 'de'],
    [undefined, undefined, 'en'],
  ] as const)('%j, with Accept-Language %j, is answered in %s', async ([ui_locales, accepted, expected]) => {
    expect(await language({ ui_locales }, accepted)).toBe(expected);
  });
});
