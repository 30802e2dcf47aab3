// An authorization request is read once: what was judged is what the pages carry and show, it comes back to the client in the
// mode that was asked for, and it is refused at once where it is too long to come back at all.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { issuerOf } from '../support/endpoints.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { createTestUser, type Page, type TestUser, UserAgent } from '../support/user-agent.ts';
import { type App, callback, createApp, lastReason } from './app.ts';

let server: TestServer;
let app: App;
let user: TestUser;
beforeAll(async () => {
  server = await startTestServer();
  app = await createApp(server, 'standard');
  user = await createTestUser(server);
});
afterAll(() => server.close());

const endpoint = () => {
  const { issuer, dialect } = issuerOf(server, 'standard');
  return `${issuer}${dialect.paths.authorization}`;
};
const answerIn = ({ location = '' }: Page) => new URL(location).searchParams;

describe('what a parser of queries could read otherwise', () => {
  // The core reads the first one by another name; a page that reads it as redirect_uri would show another host.
  test.each(['', '/account/sign-in'])('a second question mark at %j', async (page) => {
    const query = new URL(app.url()).search.slice(1);
    const url = page === '' ? endpoint() : server.origin + page;
    const agent = new UserAgent();
    const shown = await agent.follow(await agent.get(`${url}??ui_locales=de&${query}`));
    expect([shown.status, /lang="en"/.test(shown.text)]).toEqual([200, true]);
    const action = /action="([^"]*account\/sign-in[^"]*)"/.exec(shown.text)?.[1] ?? '';
    expect(action).toContain('%3Fui_locales=de');
    expect(action).not.toMatch(/\?\?|&amp;ui_locales/);
  });

  test.each(['?prompt=none', '?id_token_hint=x', '?scope=write'])(
    '%s in front decides nothing',
    async (hidden) => {
      const other = await createApp(server, 'standard');
      const query = new URL(other.url({ scope: 'read' })).search.slice(1);
      const agent = new UserAgent();
      const page = await agent.signIn(await agent.get(`${endpoint()}?${hidden}&${query}`), user);
      const { location = '' } = await agent.decide(page, 'allow');
      const tokens = await other.redeem(new URL(location).searchParams.get('code') ?? '');
      expect(tokens.scope).toBe('read');
    },
  );
});

describe('what is too long', () => {
  const cases: [what: string, parameters: Record<string, string>][] = [
    ['a state of 20 kB', { state: 's'.repeat(20_000) }],
    ['a state of 8 kB', { state: 's'.repeat(8_000) }],
    ['what grows when it is encoded', { state: '~'.repeat(2_500) }],
    ['a login_hint', { login_hint: 'a'.repeat(7_000) }],
    ['a parameter that nobody knows', { more: 'm'.repeat(7_000) }],
    ['a prompt over and over', { prompt: 'login '.repeat(2_000).trim() }],
  ];
  test.each(cases)('%s is refused to the client, before any page', async (_what, parameters) => {
    const { origin, pathname, searchParams } = new URL(app.url(parameters));
    const answer = await new UserAgent().post(origin + pathname, Object.fromEntries(searchParams));
    const page = answer.location?.startsWith(origin) ? await new UserAgent().get(answer.location) : answer;
    expect([page.status, page.location?.split('?')[0]]).toEqual([303, callback]);
    expect(answerIn(page).get('error')).toBe('invalid_request');
    // One that no redirect carries is left out, or the client would not even learn of the error.
    const { state = 'a state' } = parameters;
    expect(answerIn(page).get('state')).toBe(state.length > 7000 ? null : state);
    expect(lastReason(server)).toBe('request_too_long');
  });

  test('by a form, whatever its length', async () => {
    const state = 's'.repeat(20_000);
    const { origin, pathname, searchParams } = new URL(app.url({ state, response_mode: 'form_post' }));
    const page = await new UserAgent().post(origin + pathname, Object.fromEntries(searchParams));
    expect(page.text).toContain(`value="${state}"`);
    expect(page.text).toContain('name="error" value="invalid_request"');
  });

  test('a scope that is left out counts as it would be named', async () => {
    const scope = Array.from({ length: 300 }, (_, index) => `a.rather.long.scope.${index}`);
    const broad = await createApp(server, 'standard', { scope });
    const answer = await new UserAgent().get(broad.url({ scope: undefined }));
    expect(answerIn(answer).get('error')).toBe('invalid_request');
    expect(lastReason(server)).toBe('request_too_long');
  });

  test('just short enough, it goes all the way, by form and by link, with every page between', async () => {
    const room =
      6000 -
      60 -
      new URLSearchParams(new URL(app.url({ prompt: 'login select_account consent' })).search).toString()
        .length;
    const state = '~'.repeat(Math.floor(room / 3));
    const url = new URL(app.url({ state, prompt: 'login select_account consent' }));
    const starts = [
      (agent: UserAgent) => agent.get(url),
      async (agent: UserAgent) =>
        agent.follow(await agent.post(url.origin + url.pathname, Object.fromEntries(url.searchParams))),
    ];
    for (const start of starts) {
      const agent = new UserAgent();
      let page = await agent.signIn(await agent.follow(await start(agent)), user);
      // On from the page that asks for consent, as somebody else: one more prompt.
      const other = /href="([^"]*prompt=login[^"]*)"/.exec(page.text)?.[1]?.replaceAll('&amp;', '&') ?? '';
      page = await agent.signIn(await agent.get(new URL(other, page.url)), user);
      const { location = '' } = await agent.decide(page, 'allow');
      expect(new URL(location).searchParams.get('state')).toBe(state);
    }
  });
});

describe('the way back of a request object', () => {
  const object = (claims: unknown) => `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.`;
  const cases: [what: string, request: string, outside: string | undefined, mode: string][] = [
    ['asked for inside', object({ response_mode: 'form_post' }), undefined, 'form_post'],
    ['asked for inside', object({ response_mode: 'fragment' }), undefined, 'fragment'],
    ['asked for outside', object({ response_mode: 'fragment' }), 'query', 'query'],
    ['unknown', object({ response_mode: 'web_message' }), undefined, 'query'],
    ['no text', object({ response_mode: ['form_post'] }), undefined, 'query'],
    ['in no object', object('form_post'), undefined, 'query'],
    ['nothing', object(null), undefined, 'query'],
    ['in what is no JWT', 'x', undefined, 'query'],
    ['in what is deep', `e30.${Buffer.from('['.repeat(4000)).toString('base64url')}.`, undefined, 'query'],
    ['encrypted', 'a.b.c.d.e', undefined, 'query'],
  ];
  test.each(cases)('%s: %#', async (_what, request, response_mode, mode) => {
    const page = await new UserAgent().get(app.url({ request, response_mode }));
    if (mode === 'form_post') expect(page.text).toContain('name="error" value="request_not_supported"');
    else expect(page.location).toContain(`${mode === 'query' ? '?' : '#'}error=request_not_supported`);
  });

  test('decides nothing else', async () => {
    const request = object({ redirect_uri: 'https://evil.example/', state: 'other', scope: 'write' });
    const { location = '' } = await new UserAgent().get(app.url({ request }));
    expect(location.startsWith(callback)).toBe(true);
    expect(new URL(location).searchParams.get('state')).toBe('a state');
  });
});
