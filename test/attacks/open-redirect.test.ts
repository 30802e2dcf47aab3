// Open redirection (RFC 9700 §4.11): a link to this server, which people trust, does not lead to a page of the
// attacker's. It leads on to what an app registered, or nowhere.

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type App, createApp } from '../authorization/app.ts';
import { exchange, rawRequest } from '../support/raw-http.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { createTestUser, formOf, type Page, type TestUser, UserAgent } from '../support/user-agent.ts';

const evil = 'https://evil.example/';
const signedOutPage = 'https://app.example/signed-out';

let server: TestServer;
let ann: TestUser;
let app: App;
let victim: UserAgent;
beforeAll(async () => {
  server = await startTestServer();
  ann = await createTestUser(server);
  app = await createApp(server, 'standard', { post_logout_redirect_uris: [signedOutPage] });
});
afterAll(() => server.close());
beforeEach(async () => {
  victim = new UserAgent();
});

const signIn = async () => victim.signIn(await victim.get(`${server.origin}/account/sign-in`), ann);
const isOwn = (location: string | undefined) =>
  location === undefined || new URL(location).origin === server.origin;

describe('an authorization request', () => {
  // RFC 9700 §4.11.2. The checks: `findRecipient` comes first; until it is through, `answer` redirects nobody.
  test.each([
    ['and nothing else', {}],
    ['and an unknown response_type', { response_type: 'token' }],
    ['and a scope that is unknown', { scope: 'beyond' }],
    ['and prompt=none', { prompt: 'none' }],
    ['and an answer by form', { response_mode: 'form_post' }],
    ['and an unknown client_id', { client_id: 'nobody' }],
    ['and no client_id', { client_id: undefined }],
    ['and no PKCE', { code_challenge: undefined }],
  ])('with a redirect_uri of the attacker’s %s leads nowhere', async (_what, change) => {
    const page = await victim.get(app.url({ redirect_uri: evil, ...change }));
    expect(page).toMatchObject({ status: 400, location: undefined });
    // Nor has the page a link or a form to it.
    expect(page.text).not.toContain('evil.example');
    expect(page.headers.get('content-security-policy')).not.toContain('evil.example');
  });

  // Where the app is unknown, even the URI that it had registered is anybody's.
  test('of an unknown app leads nowhere', async () => {
    expect(await victim.get(app.url({ client_id: 'nobody' }))).toMatchObject({
      status: 400,
      location: undefined,
    });
  });
});

/** What attackers put into links that lead on. */
const names = ['redirect_uri', 'continue', 'return_to', 'returnUrl', 'next', 'url', 'redirect_to', 'goal'];
const everyName = new URLSearchParams(names.map((name) => [name, evil])).toString();

describe('signing in', () => {
  // The check: `whereTo` leads back to the authorization endpoint alone, which judges the request anew.
  test.each([
    ['', (query: string) => query],
    ['a client_id and ', (query: string) => `client_id=${app.client_id}&response_type=code&${query}`],
  ])('with a link of %sall that leads on does not lead away', async (_what, queryOf) => {
    const query = queryOf(everyName);
    const link = `${server.origin}/account/sign-in?${query}`;
    const { login, password } = ann;
    const forms = [await victim.follow(await victim.get(link))];
    for (const to of ['', `?${query}`]) {
      const { fields } = formOf(await victim.get(`${server.origin}/account/sign-in`));
      forms.push(await victim.post(`${server.origin}/account/sign-in${to}`, { ...fields, login, password }));
      victim = new UserAgent();
    }
    for (const form of forms) {
      expect(isOwn(form.location)).toBe(true);
      expect(isOwn((await victim.follow(form)).location)).toBe(true);
    }
  });

  test('for a request leads to the URI that the app registered, whatever else is in it', async () => {
    const request = `${app.url()}&${everyName.replace('redirect_uri', 'redirect_url')}`;
    const consent = await victim.signIn(await victim.get(request), ann);
    expect(consent.location).toBeUndefined();
    const { location = '' } = await victim.decide(consent, 'allow');
    expect(location).toMatch(/^https:\/\/app\.example\/callback\?code=/);
  });

  // The check: a query becomes a query, and never the beginning of an address.
  test.each([
    '//evil.example',
    '/\\evil.example',
    'https://evil.example/',
    '%0d%0aLocation:%20https://evil.example/',
  ])('with the query %s does not lead away', async (query) => {
    const { csrf = '' } = formOf(await victim.get(`${server.origin}/account/sign-in`)).fields;
    await signIn();
    const posted = await victim.post(`${server.origin}/account/select?${query}`, { csrf });
    expect(isOwn(posted.location)).toBe(true);
    const authorized = await new UserAgent().post(`${server.origin}/oauth2/authorize`, { x: query });
    expect(isOwn(authorized.location)).toBe(true);
  });
});

describe('the account', () => {
  const open: Record<string, (query: string) => Promise<Page>> = {
    'its page': (query) => victim.get(`${server.origin}/account?${query}`),
    'its page, for who is not signed in': (query) => new UserAgent().get(`${server.origin}/account?${query}`),
    'the page of who has signed out': (query) => victim.get(`${server.origin}/account/signed-out?${query}`),
    'the answer of another page': (query) => victim.get(`${server.origin}/account/resume?result=x&${query}`),
    'disconnecting an app': (query) => submit('/disconnect', query),
    'signing out': (query) => submit('/sign-out', query),
  };
  const submit = async (part: string, query: string) => {
    const form = formOf(await victim.get(`${server.origin}/account`), part);
    return victim.post(`${form.action}?${query}`, form.fields);
  };

  test.each(Object.entries(open))('%s leads nowhere else', async (_what, visit) => {
    await createApp(server, 'standard').then((other) => other.code(victim, ann));
    const page = await visit(everyName);
    expect(isOwn(page.location)).toBe(true);
    expect(page.text).not.toContain('evil.example');
  });

  // The check: redirects are paths, so that no Host header makes them addresses of another server.
  test.each(['/account', '/oauth2/logout'])(
    '%s does not lead to a host that the request made up',
    async (path) => {
      const headers = ['X-Forwarded-Host: evil.example', 'Forwarded: host=evil.example'];
      const request = rawRequest(path, { method: 'GET', headers }).toString('latin1');
      const { answers } = await exchange(
        server.port,
        request.replace('Host: localhost', 'Host: evil.example'),
      );
      expect(answers[0]?.status).toBe(303);
      expect(answers[0]?.headers.location).toMatch(/^\/account\/(sign-in|signed-out)$/);
    },
  );
});

// OpenID Connect RP-Initiated Logout 1.0 §3. The check: `readEndSessionRequest` compares with what the app registered.
describe('signing out', () => {
  const request = async (parameters: Record<string, string>) =>
    victim.get(`${server.origin}/oauth2/logout?${new URLSearchParams(parameters)}`);

  /** Neither at once, nor when the user says yes. */
  const expectNowhere = async (page: Page) => {
    const asked = await victim.follow(page);
    const out = asked.text.includes('/sign-out/confirm') ? await victim.submit(formOf(asked)) : asked;
    expect((await victim.follow(out)).url).toBe(`${server.origin}/account/signed-out`);
  };

  test('leads to a page that the app registered', async () => {
    await signIn();
    const parameters = { client_id: app.client_id, post_logout_redirect_uri: signedOutPage, state: 'x' };
    const { location } = await victim.submit(formOf(await request(parameters), '/sign-out'));
    expect(location).toBe(`${signedOutPage}?state=x`);
    // Without a session there is nothing to ask.
    expect((await request(parameters)).location).toBe(`${signedOutPage}?state=x`);
  });

  test.each([
    evil,
    'https://app.example/callback',
    `${signedOutPage}/more`,
    `${signedOutPage}?next=${evil}`,
    `${signedOutPage}#`,
    'https://app.example:443/signed-out',
    'https://app.example/SIGNED-OUT',
    'https://app.example.evil.example/signed-out',
    'https://app.example@evil.example/signed-out',
    '//evil.example/',
    'javascript:alert(1)',
  ])('does not lead to %s', async (post_logout_redirect_uri) => {
    const other = await createApp(server, 'standard', { post_logout_redirect_uris: [evil] });
    const id_token_hint = (await app.redeem(await app.code(victim, ann, { scope: 'openid' }))).id_token;
    for (const who of [{ client_id: app.client_id }, { id_token_hint }, { id_token_hint, ...app }, {}]) {
      const named = Object.fromEntries(Object.entries(who).filter(([, value]) => typeof value === 'string'));
      await expectNowhere(await request({ ...named, post_logout_redirect_uri }));
    }
    // The hint of one app does not open the pages of another.
    const mixed = { client_id: other.client_id, id_token_hint, post_logout_redirect_uri: evil };
    await expectNowhere(await request(mixed));
  });

  // The check: the goal is sealed.
  test('leads nowhere that the form does not come from', async () => {
    await signIn();
    const form = formOf(await request({}), '/sign-out');
    const forged = `${form.action.split('?')[0]}?goal=${encodeURIComponent(evil)}`;
    await expectNowhere(await victim.post(forged, form.fields));
  });
});
