// What is believed of what an upstream provider says (OpenID Connect Core 1.0 §2, §3.1.2.1, §5.1), and what it costs where
// a provider does not answer.

import { decodeJwt } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type App, createApp, lastReason } from '../authorization/app.ts';
import { eventually } from '../support/eventually.ts';
import type { TestServer } from '../support/server.ts';
import { headingOf, type Page, UserAgent } from '../support/user-agent.ts';
import { type Pretender, startPretender } from './pretender.ts';
import { startUpstreams, type Upstreams } from './upstreams.ts';

let pretender: Pretender;
let slow: Pretender;
let upstreams: Upstreams;
let server: TestServer;
let app: App;
beforeAll(async () => {
  [pretender, slow] = [await startPretender(), await startPretender()];
  upstreams = await startUpstreams({ odd: pretender.issuer, slow: slow.issuer });
  server = upstreams.server;
  app = await createApp(server, 'standard');
});
afterAll(async () => {
  await upstreams.close();
  pretender.close();
  slow.close();
});
beforeEach(() => {
  pretender.id_token = {};
  pretender.userinfo = {};
});

const now = () => Math.floor(Date.now() / 1000);
/** The way back from the provider, which asked nothing. */
function backFrom(target: string): string {
  const { searchParams } = new URL(target);
  const back = new URL(searchParams.get('redirect_uri') ?? '');
  back.searchParams.set('code', searchParams.get('nonce') ?? '');
  back.searchParams.set('state', searchParams.get('state') ?? '');
  return back.href;
}

async function comeBack(parameters: Record<string, string> = {}, agent = new UserAgent()): Promise<Page> {
  const url = app.url({ scope: 'openid profile email', ...parameters });
  const page = await agent.follow(await agent.get(backFrom(await upstreams.start('odd', url, agent))));
  return page.location === undefined && page.text.includes('/account/consent')
    ? agent.decide(page, 'allow')
    : page;
}

async function idToken(parameters: Record<string, string> = {}): Promise<Record<string, unknown>> {
  const { location = '' } = await comeBack(parameters);
  const tokens = await app.redeem(new URL(location).searchParams.get('code') ?? '');
  const headers = { authorization: `Bearer ${tokens.access_token}` };
  const userinfo = await (await fetch(`${server.origin}/oauth2/userinfo`, { headers })).json();
  return { ...decodeJwt(tokens.id_token), userinfo };
}

describe('an email address is verified by the document that names it', () => {
  const a = 'ann@example.com';
  const b = 'boss@example.com';
  test.each<[what: string, id_token: object, userinfo: object, email: string, verified: boolean]>([
    ['of two, the one that is', { email: a }, { email: b, email_verified: true }, b, true],
    ['not by a word about another', { email: b }, { email_verified: true }, b, false],
    ['nor the other way round', { email_verified: true }, { email: b }, b, false],
    [
      'the signed one first',
      { email: a, email_verified: false },
      { email: b, email_verified: true },
      a,
      false,
    ],
    ['as text', { email: a, email_verified: 'true' }, {}, a, true],
    ['as text, in userinfo', {}, { email: a, email_verified: 'true' }, a, true],
    ['but no other text', { email: a, email_verified: 'yes' }, {}, a, false],
    ['nor a number', { email: a, email_verified: 1 }, {}, a, false],
  ])('%s', async (what, id_token, userinfo, email, email_verified) => {
    Object.assign(pretender, { id_token: { sub: what, ...id_token }, userinfo });
    expect((await idToken()).userinfo).toMatchObject({ email, email_verified });
  });
});

describe('when the user signed in', () => {
  test.each<[what: string, claims: () => object, expected: () => unknown]>([
    ['is what the provider says', () => ({ auth_time: now() - 500 }), () => expect.closeTo(now() - 500, -1)],
    ['is not made up where it says nothing', () => ({}), () => undefined],
    ['and is no time to come', () => ({ auth_time: now() + 5000 }), () => expect.closeTo(now(), -1)],
  ])('%s', async (_what, claims, expected) => {
    pretender.id_token = { ...claims() };
    expect((await idToken()).auth_time).toEqual(expected());
  });

  test.each<[what: string, asked: Record<string, string>, claims: () => object, granted: boolean]>([
    ['prompt=login, signed in now', { prompt: 'login' }, () => ({ auth_time: now() }), true],
    ['prompt=login, signed in before', { prompt: 'login' }, () => ({ auth_time: now() - 60 }), false],
    ['prompt=login, and no word of it', { prompt: 'login' }, () => ({}), false],
    ['max_age, signed in since', { max_age: '100' }, () => ({ auth_time: now() - 50 }), true],
    ['max_age, signed in before', { max_age: '100' }, () => ({ auth_time: now() - 150 }), false],
    ['max_age, and no word of it', { max_age: '100' }, () => ({}), false],
    ['max_age=0', { max_age: '0' }, () => ({ auth_time: now() - 60 }), false],
    ['prompt=select_account asks for no time', { prompt: 'select_account' }, () => ({}), true],
  ])('%s', async (_what, asked, claims, granted) => {
    pretender.id_token = { ...claims() };
    const agent = new UserAgent();
    const { location = '' } = await comeBack(asked, agent);
    const answer = new URL(location).searchParams;
    expect([answer.get('error'), answer.get('state')]).toEqual([
      granted ? null : 'login_required',
      'a state',
    ]);
    expect(agent.cookies.has('tessera-session')).toBe(granted);
    if (!granted) expect(lastReason(server)).toBe('sign_in_not_recent');
  });

  test('the provider is asked for it', async () => {
    const target = async (asked: Record<string, string>) =>
      new URL(await upstreams.start('odd', app.url(asked), new UserAgent())).searchParams;
    const login = await target({ prompt: 'login', max_age: '500' });
    expect([login.get('prompt'), login.get('max_age')]).toEqual(['login', '0']);
    expect((await target({ max_age: '500' })).get('max_age')).toBe('500');
  });
});

describe('what is too long, or no text', () => {
  test.each<[what: string, sub: string, taken: boolean]>([
    ['255 characters', 'x'.repeat(255), true],
    ['256 characters', 'x'.repeat(256), false],
    ['100,000 characters', 'x'.repeat(100_000), false],
    ['a control character', 'a\u0000b', false],
  ])('a subject of %s', async (_what, sub, taken) => {
    pretender.id_token = { sub };
    const page = await comeBack();
    expect(page.location !== undefined).toBe(taken);
    if (!taken) expect([page.status, headingOf(page)]).toEqual([502, 'Sign in']);
  });

  test('methods of authentication are ten short names at most', async () => {
    const amr = ['pwd', 5, '', 'y'.repeat(51), 'a\u0007', null, ...Array.from({ length: 1000 }, () => 'otp')];
    pretender.id_token = { amr };
    expect((await idToken()).amr).toEqual(['pwd', ...Array.from({ length: 9 }, () => 'otp')]);
    pretender.id_token = { amr: 'pwd' };
    expect((await idToken()).amr).toBeUndefined();
  });
});

// In this order: once its configuration is known, it is not asked for again.
describe('a provider that hangs', { shuffle: false }, () => {
  const release: (() => void)[] = [];
  const hang = (path: string) => slow.wait.set(path, new Promise((resolve) => release.push(resolve)));
  const letGo = () => {
    slow.wait.clear();
    for (const go of release.splice(0)) go();
  };
  const requestsFor = (path: string) => slow.seen.filter((each) => each === path).length;

  test('is asked for its configuration once by all who wait, and holds a small part of the places', async () => {
    hang('/.well-known/openid-configuration');
    const agent = new UserAgent();
    const link = `${server.origin}/account/upstream/slow`;
    await agent.get(app.url());
    const starts = Array.from({ length: 40 }, () => agent.get(link));
    await eventually(() => server.log.filter(({ reason }) => reason === 'upstream_busy').length >= 8);
    expect((await fetch(`${server.origin}/.well-known/openid-configuration`)).status).toBe(200);
    letGo();
    const statuses = (await Promise.all(starts)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 303)).toHaveLength(32);
    expect(statuses.filter((status) => status === 503)).toHaveLength(8);
    expect(requestsFor('/.well-known/openid-configuration')).toBe(1);
  });

  test('is asked once for one state, however often the browser comes back with it', async () => {
    const agent = new UserAgent();
    const back = backFrom(await upstreams.start('slow', app.url(), agent));
    hang('/token');
    const pages = Array.from({ length: 20 }, () => agent.get(back));
    await eventually(() => requestsFor('/token') === 1);
    await eventually(() => server.log.filter(({ reason }) => reason === 'upstream_state').length >= 19);
    letGo();
    await Promise.all(pages);
    expect(requestsFor('/token')).toBe(1);
    expect(agent.cookies.has('tessera-session')).toBe(true);
  });
});
