// Tickets for the company's own sign-in page: what they say, that they are nothing else (RFC 8725 §3.11), and that what
// comes of them counts once, in the browser that was sent (RFC 9700 §4.7).

import { createRemoteJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { setDisabled } from '../../../packages/server/src/store/tables/users.ts';
import { type App, callback, createApp, lastReason } from '../../authorization/app.ts';
import { urlOf } from '../../support/endpoints.ts';
import { asOperator } from '../../support/operator.ts';
import { createTestUser, didNothing, type Page, UserAgent } from '../../support/user-agent.ts';
import { answer, type PageServer, passThrough, readTicket, startPageServer, ticketOf } from './page.ts';

const url = 'https://www.example.com/sign-in?brand=a';
const known = { subject: 'customer-1', scope: ['read', 'openid'] };

let server: PageServer;
let app: App;
beforeAll(async () => {
  server = await startPageServer(url);
  app = await createApp(server, 'standard', { client_name: 'Ledger', logo_uri: 'https://app.example/l.png' });
});
afterAll(() => server.close());
afterEach(() => void vi.useRealTimers());

const later = (seconds: number) =>
  vi.useFakeTimers({ toFake: ['Date'] }).setSystemTime(Date.now() + seconds * 1000);
const paramsOf = ({ location = '' }: Page) => Object.fromEntries(new URL(location).searchParams);
const request = (more: Record<string, string> = {}) => app.url({ scope: 'read openid', ...more });

describe('a ticket', () => {
  test('says who asks for what, and is signed for the page by a key of the key set', async () => {
    const agent = new UserAgent();
    const sent = request({ prompt: 'login consent', max_age: '300', login_hint: 'ann', ui_locales: 'de' });
    const { location = '', headers } = await agent.get(sent);
    expect(location).toMatch(/^https:\/\/www\.example\.com\/sign-in\?brand=a&ticket=[\w.-]+$/);
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    const ticket = new URL(location).searchParams.get('ticket') ?? '';
    const keySet = createRemoteJWKSet(new URL(urlOf(server, 'standard', 'jwks')));
    const expected = { issuer: server.origin, audience: url, typ: 'login-ticket+jwt' };
    const { iat = 0, ...claims } = (await jwtVerify(ticket, keySet, expected)).payload;
    expect(claims).toEqual({
      iss: server.origin,
      aud: url,
      exp: iat + 600,
      jti: expect.stringMatching(/^[\w-]{22}$/),
      ask: 'sign_in',
      client: {
        client_id: app.client_id,
        client_name: 'Ledger',
        logo_uri: 'https://app.example/l.png',
        consent_message: null,
      },
      request: {
        scope: ['read', 'openid'],
        redirect_uri: callback,
        prompt: 'login consent',
        max_age: 300,
        login_hint: 'ann',
        ui_locales: 'de',
      },
      answer_uri: `${server.origin}/account/tickets`,
      state: expect.stringMatching(/^[\w-]+$/),
    });
  });

  test('names the session and what was allowed before, where there is one', async () => {
    const agent = new UserAgent();
    await passThrough(server, agent, request(), { ...known, auth_time: 1_700_000_000 });
    const {
      ask,
      session,
      request: asked,
    } = readTicket(await ticketOf(agent, app.url({ scope: 'write read' })));
    expect({ ask, session }).toEqual({
      ask: 'consent',
      session: { subject: 'customer-1', auth_time: 1_700_000_000 },
    });
    expect(asked).toMatchObject({ scope: ['write', 'read'], remembered: ['read'] });
  });

  test('is no access token, here or for an API that reads no more than scope and sub', async () => {
    const ticket = await ticketOf(new UserAgent(), request());
    expect(await app.introspect(ticket)).toEqual({ active: false });
    expect(decodeProtectedHeader(ticket).typ).toBe('login-ticket+jwt');
    for (const name of ['scope', 'sub', 'client_id']) expect(decodeJwt(ticket)).not.toHaveProperty(name);
  });
});

describe('what comes back', () => {
  const redirectTo = async (agent: UserAgent, answered: object = known) => {
    const ticket = await ticketOf(agent, request());
    return (await answer(server, { ticket, ...answered })).redirect_to;
  };
  /** Nobody is signed in, and the browser goes back to where it is asked anew. */
  const expectNothing = (page: Page, reason: string, path = '/oauth2/authorize') => {
    expect([didNothing(page), new URL(page.location ?? '').pathname]).toEqual([true, path]);
    expect(lastReason(server)).toBe(reason);
  };

  test('counts once', async () => {
    const agent = new UserAgent();
    const back = await redirectTo(agent);
    expect(paramsOf(await agent.get(back)).code).toBeDefined();
    expectNothing(await agent.get(back), 'ticket_result_used');
  });

  test('counts once, also where the browser comes five times at once', async () => {
    const agent = new UserAgent();
    const back = await redirectTo(agent);
    const pages = await Promise.all(Array.from({ length: 5 }, () => agent.get(back)));
    expect(pages.filter((page) => paramsOf(page).code !== undefined)).toHaveLength(1);
    for (const page of pages) expect(page.status).toBe(303);
  });

  test('does not count in another browser, be it new or signed in, nor with another issuer', async () => {
    const back = await redirectTo(new UserAgent());
    const other = new UserAgent();
    expectNothing(await new UserAgent().get(back), 'ticket_result_foreign');
    await passThrough(server, other, request(), { ...known, subject: 'customer-2' });
    expectNothing(await other.get(back), 'ticket_result_foreign');
    const agent = new UserAgent();
    const elsewhere = (await redirectTo(agent)).replace('/account/', '/trelica/account/');
    expectNothing(await agent.get(elsewhere), 'ticket_result_foreign', '/trelica/account');
  });

  test('does not count after two minutes', async () => {
    const agent = new UserAgent();
    const back = await redirectTo(agent);
    later(119);
    const other = new UserAgent();
    const [first, second] = [await redirectTo(other), await agent.get(back)];
    expect(second.status).toBe(303);
    later(121);
    expectNothing(await other.get(first), 'ticket_result_foreign');
  });

  test('is not a ticket, and what is no result is refused alike', async () => {
    const agent = new UserAgent();
    const { state } = decodeJwt(await ticketOf(agent, request()));
    for (const result of ['', 'x', String(state)])
      expectNothing(
        await agent.get(`${server.origin}/account/resume?result=${result}`),
        'ticket_result_foreign',
        '/account',
      );
  });

  test('begins a session under a name that was not known before', async () => {
    const agent = new UserAgent();
    await passThrough(server, agent, request(), known);
    const before = agent.cookies.get('tessera-session');
    await passThrough(server, agent, request({ prompt: 'login' }), known);
    const after = agent.cookies.get('tessera-session');
    expect(before).toBeDefined();
    expect(after).not.toBe(before);
    agent.cookies.set('tessera-session', before ?? '');
    expect(paramsOf(await agent.get(request({ prompt: 'none' }))).error).toBe('login_required');
  });

  test('does not let in a user who was disabled, not even with a session of before', async () => {
    const agent = new UserAgent();
    const user = { ...known, subject: 'customer-9' };
    await passThrough(server, agent, request(), user);
    const setTo = (disabled: boolean) =>
      asOperator(server, ({ admin: { db } }) => setDisabled(db, user.subject, disabled, Date.now()));
    await setTo(true);
    expect(paramsOf(await agent.get(request({ prompt: 'none' }))).error).toBe('login_required');
    const page = await passThrough(server, agent, request(), user);
    expect({ status: page.status, session: page.headers.getSetCookie() }).toEqual({
      status: 403,
      session: [],
    });
    expect(page.text).toContain('This account is disabled.');
    await setTo(false);
    expect(paramsOf(await passThrough(server, agent, request(), user)).code).toBeDefined();
  });
});

test('nobody signs in with a password of this server, though there are users who have one', async () => {
  const agent = new UserAgent();
  const { login, password } = await createTestUser(server);
  const { location } = await agent.get(`${server.origin}/account/sign-in`);
  expect(location).toMatch(/^https:\/\/www\.example\.com\/sign-in\?brand=a&ticket=/);
  // Where passwords are on, this page has a form, and the token that goes with it.
  const browser = agent.cookies.get('tessera-browser') ?? '';
  const csrf = server.instance.login.forms.csrf(['sign_in', 'standard', browser, '', '']);
  const page = await agent.post(`${server.origin}/account/sign-in`, { csrf, login, password });
  expect({ status: page.status, cookies: page.headers.getSetCookie() }).toEqual({ status: 403, cookies: [] });
});
