// A rolling upgrade (docs/operations/upgrading.md): a sign-in that left by a server of the previous release comes back to
// one of this release, and the reverse. What is sealed on the way has the purpose and the shape of the previous release.

import { randomUUID } from 'node:crypto';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type App, callback, createApp, lastReason } from '../authorization/app.ts';
import type { TestServer } from '../support/server.ts';
import { didNothing, UserAgent } from '../support/user-agent.ts';
import { answer, type PageServer, startPageServer, ticketOf } from './own-page/page.ts';
import { startUpstreams, type Upstreams } from './upstreams.ts';

/** As the previous release seals and opens. */
const seal = ({ instance }: TestServer, value: object, purpose: string) =>
  instance.login.forms.sealState(value, purpose, Date.now() + 60_000);
const open = ({ instance }: TestServer, sealed: unknown, purpose: string) =>
  instance.login.forms.openState<object>(String(sealed), purpose, Date.now());

const queryOf = (url: string) => new URL(url).search.slice(1);
const browserOf = (agent: UserAgent) => agent.cookies.get('tessera-browser');
const kinds = ['an authorization request', 'the account page'] as const;

describe('at an upstream provider', () => {
  let upstreams: Upstreams;
  let server: TestServer;
  let app: App;
  beforeAll(async () => {
    upstreams = await startUpstreams();
    server = upstreams.server;
    app = await createApp(server, 'standard');
  });
  afterAll(() => upstreams.close());

  const startOf = (kind: (typeof kinds)[number]) =>
    kind === 'the account page' ? `${server.origin}/account/sign-in` : app.url();

  test.each(kinds)('the previous release understands what is sealed for %s', async (kind) => {
    const agent = new UserAgent();
    const target = await upstreams.start('corp', startOf(kind), agent);
    const sealed = new URL(target).searchParams.get('state');
    expect(open(server, sealed, 'upstream')).toMatchObject({
      upstream: 'corp',
      browser: browserOf(agent),
      query: queryOf(startOf(kind)),
      nonce: new URL(target).searchParams.get('nonce'),
      code_verifier: expect.stringMatching(/^[\w-]{43}$/),
    });
  });

  test.each(kinds)('what the previous release has sealed for %s is understood', async (kind) => {
    const agent = new UserAgent();
    const target = new URL(await upstreams.start('corp', startOf(kind), agent));
    const pending = open(server, target.searchParams.get('state'), 'upstream');
    const query = queryOf(kind === 'the account page' ? server.origin : app.url({ state: 'of before' }));
    target.searchParams.set('state', seal(server, { ...pending, query }, 'upstream'));
    const back = await upstreams.signIn('corp', target.href, new UserAgent());
    const page = await agent.follow(await agent.get(back));
    if (kind === 'the account page') {
      expect([page.status, page.url]).toEqual([200, `${server.origin}/account`]);
    } else {
      const { location = '' } = await agent.decide(page, 'allow');
      expect(new URL(location).searchParams.get('state')).toBe('of before');
    }
  });

  test('nothing of another purpose is understood', async () => {
    const agent = new UserAgent();
    const target = new URL(await upstreams.start('corp', startOf('an authorization request'), agent));
    const pending = open(server, target.searchParams.get('state'), 'upstream');
    target.searchParams.set('state', seal(server, { ...pending }, 'ticket/standard'));
    const back = await upstreams.signIn('corp', target.href, new UserAgent());
    expect(didNothing(await agent.get(back))).toBe(true);
  });
});

describe('at the company’s own page', () => {
  let server: PageServer;
  let app: App;
  beforeAll(async () => {
    server = await startPageServer('https://www.example.com/sign-in');
    app = await createApp(server, 'standard');
  });
  afterAll(() => server.close());

  const startOf = (kind: (typeof kinds)[number]) =>
    kind === 'the account page' ? `${server.origin}/account/sign-in` : app.url({ scope: 'read' });
  const scopeOf = (kind: (typeof kinds)[number]) => (kind === 'the account page' ? [] : ['read']);
  const given = (kind: (typeof kinds)[number]) => ({ subject: 'customer-1', scope: scopeOf(kind) });

  /** The same ticket with another state, signed by the issuer. */
  async function withState(ticket: string, state: string): Promise<string> {
    const key = server.instance.keyring.signingKey('standard');
    const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const input = `${encode(decodeProtectedHeader(ticket))}.${encode({ ...decodeJwt(ticket), state })}`;
    return `${input}.${Buffer.from(await key.sign(input)).toString('base64url')}`;
  }

  const resultOf = (redirect_to: string) => new URL(redirect_to).searchParams.get('result');
  async function expectBack(agent: UserAgent, url: string, kind: (typeof kinds)[number]): Promise<void> {
    const { location = '' } = await agent.get(url);
    if (kind === 'the account page') expect(location).toBe(`${server.origin}/account`);
    else {
      expect(location.startsWith(`${callback}?`)).toBe(true);
      expect(new URL(location).searchParams.get('code')).not.toBeNull();
    }
    expect(agent.cookies.has('tessera-session')).toBe(true);
  }

  test.each(kinds)('the previous release understands ticket and answer for %s', async (kind) => {
    const agent = new UserAgent();
    const ticket = await ticketOf(agent, startOf(kind));
    const { state, jti } = decodeJwt(ticket);
    const sealed = { ask: 'sign_in', browser: browserOf(agent), query: queryOf(startOf(kind)) };
    expect(open(server, state, 'ticket/standard')).toEqual(sealed);
    const { redirect_to } = await answer(server, { ticket, ...given(kind) });
    const result = open(server, resultOf(redirect_to), 'ticket result/standard');
    expect(result).toEqual({ ...sealed, id: jti, answer: { ...given(kind), amr: [] } });
  });

  test.each(kinds)('a ticket that the previous release has sealed for %s is understood', async (kind) => {
    const agent = new UserAgent();
    const ticket = await ticketOf(agent, startOf(kind));
    const sealed = { ask: 'sign_in', browser: browserOf(agent), query: queryOf(startOf(kind)) };
    const before = await withState(ticket, seal(server, sealed, 'ticket/standard'));
    const { redirect_to } = await answer(server, { ticket: before, ...given(kind) });
    await expectBack(agent, redirect_to, kind);
  });

  // Only a row that the page's answer has made signs somebody in: what is sealed alone may be of a stolen master key.
  test.each(kinds)('what is sealed alone signs nobody in for %s, and is asked again', async (kind) => {
    const agent = new UserAgent();
    await ticketOf(agent, startOf(kind));
    const sealed = {
      ask: 'sign_in',
      browser: browserOf(agent),
      query: queryOf(startOf(kind)),
      id: randomUUID(),
      answer: { ...given(kind), amr: ['pwd'] },
    };
    const result = seal(server, sealed, 'ticket result/standard');
    const page = await agent.get(`${server.origin}/account/resume?result=${result}`);
    expect([didNothing(page), lastReason(server)]).toEqual([true, 'ticket_result_used']);
    const { location = '' } = await agent.follow(page);
    expect(location.startsWith('https://www.example.com/sign-in?ticket=')).toBe(true);
    expect(agent.cookies.has('tessera-session')).toBe(false);
  });
});
