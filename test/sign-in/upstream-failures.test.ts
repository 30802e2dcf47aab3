// Signing in elsewhere, where something is wrong: forged, replayed, of another browser, refused or broken at the
// provider (RFC 6749 §10.12, RFC 9207, RFC 9700 §4). The sign-in page says so, the log says why, and nobody is signed in.

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { type App, createApp, lastReason } from '../authorization/app.ts';
import type { TestServer } from '../support/server.ts';
import { formOf, headingOf, type Page, UserAgent } from '../support/user-agent.ts';
import { linkOf, startUpstreams, type Upstreams } from './upstreams.ts';

/** Providers that are none: what they answer to whatever they are asked. */
const broken: Record<string, [status: number, type: string, body: string]> = {
  failing: [500, 'text/plain', 'no'],
  html: [200, 'text/html', '<h1>Welcome</h1>'],
  garbled: [200, 'application/json', '{"issuer": a-secret-that-is-not-for-the-log'],
  other: [200, 'application/json', '{"issuer":"https://evil.example"}'],
  moved: [302, 'text/plain', ''],
};

async function listen(server: Server): Promise<string> {
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

let pretender: Server;
let upstreams: Upstreams;
let server: TestServer;
let app: App;
beforeAll(async () => {
  pretender = createServer((request, response) => {
    const [status, type, body] = broken[request.url?.split('/')[1] ?? ''] ?? [404, 'text/plain', ''];
    response.writeHead(status, { 'content-type': type, location: 'https://evil.example' }).end(body);
  });
  const base = await listen(pretender);
  const gone = createServer();
  const more = Object.keys(broken).map((name) => [name, `${base}/${name}`]);
  upstreams = await startUpstreams({ ...Object.fromEntries(more), gone: await listen(gone) });
  gone.close();
  server = upstreams.server;
  app = await createApp(server, 'standard');
});
afterAll(async () => {
  await upstreams.close();
  pretender.close();
});

let agent: UserAgent;
let at: UserAgent;
/** What went through the browser and is nobody else's business. */
let presented: string[];
beforeEach(() => {
  [agent, at] = [new UserAgent(), new UserAgent()];
  presented = [];
  upstreams.op.account = { sub: 'ann' };
});

/** Whatever went wrong, it is no fault of ours, and nothing secret is in the log. */
afterEach(() => {
  const lines = JSON.stringify(server.log);
  expect(lines).not.toContain('"msg":"fault"');
  expect(lines).not.toMatch(/not-for-the-log|made-up|gave up/);
  const cookies = [...agent.cookies].flatMap(([name, value]) => (name === 'tessera-stale' ? [] : [value]));
  for (const secret of [...upstreams.client_secrets, ...cookies, ...presented])
    expect(lines).not.toContain(secret);
});

/** The way back from the provider, signed in there. */
async function wayBack(change = (_target: URL) => {}): Promise<URL> {
  const target = new URL(await upstreams.start('op', app.url(), agent));
  change(target);
  const back = new URL(await upstreams.signIn('op', target.href, at));
  presented.push(...['code', 'state'].flatMap((name) => back.searchParams.get(name) ?? []));
  return back;
}

interface Expected {
  readonly status: number;
  readonly reason: string;
  readonly cause?: string;
}

/** The sign-in page of the app's request again, with a sentence that says whose fault it is. */
function expectRefused(
  page: Page,
  { status, reason, cause = 'op' }: Expected,
  browser = agent,
  { log } = server,
): void {
  expect([page.status, page.location], page.text).toEqual([status, undefined]);
  expect(page.headers.get('content-type')).toContain('text/html');
  expect(headingOf(page)).toBe('Sign in');
  expect(page.text).toMatch(
    /role="alert" id="problem">[^<]*(not your fault|You have not signed in with The op)/,
  );
  expect(formOf(page, '/account/sign-in').action).toContain('client_id=');
  expect([...browser.cookies.keys()]).not.toContain('tessera-session');
  const line = log.at(-1);
  expect(line).toMatchObject({ msg: 'refused', endpoint: 'upstream', reason });
  expect(line?.cause).toContain(cause);
}

/** Nothing is taken; the browser goes back to the request, and the page says that it was open for too long. */
async function expectAskedAnew(page: Page, path: string, browser = agent): Promise<void> {
  expect([page.status, new URL(page.location ?? '').pathname], page.text).toEqual([303, path]);
  expect(lastReason(server)).toBe('upstream_state');
  expect(browser.cookies.has('tessera-session')).toBe(false);
  const shown = await browser.follow(page);
  expect([shown.status, headingOf(shown)]).toEqual([200, 'Sign in']);
  expect(shown.text).toContain('This page was open for too long. Please try again.');
  expect((await browser.get(shown.url)).text).not.toContain('open for too long');
}

const refused = (cause: string): Expected => ({ status: 502, reason: 'upstream_refused', cause });

test('what comes back unchanged is taken, so that the tests below show what they say', async () => {
  const page = await agent.get(await wayBack());
  expect([page.status, [...agent.cookies.keys()].includes('tessera-session')]).toEqual([303, true]);
});

describe('a way back that was not begun here', () => {
  test.each<[what: string, change: (url: URL) => void]>([
    ['no state', ({ searchParams }) => searchParams.delete('state')],
    ['another state', ({ searchParams }) => searchParams.set('state', 'x'.repeat(40))],
    [
      'a state with one letter changed',
      ({ searchParams }) => {
        const [first = '', ...rest] = (searchParams.get('state') ?? '').slice(10);
        const head = (searchParams.get('state') ?? '').slice(0, 10);
        searchParams.set('state', head + (first === 'A' ? 'B' : 'A') + rest.join(''));
      },
    ],
  ])('%s', async (_what, change) => {
    const back = await wayBack();
    change(back);
    await expectAskedAnew(await agent.get(back), '/account');
  });

  test('in another browser, which an attacker sends it to', async () => {
    const back = await wayBack();
    const victim = new UserAgent();
    await victim.get(app.url());
    for (const browser of [victim, new UserAgent()])
      await expectAskedAnew(await browser.get(back), '/oauth2/authorize', browser);
  });

  test('at another provider (mix-up)', async () => {
    const back = await wayBack();
    back.pathname = back.pathname.replace('/op/', '/corp/');
    await expectAskedAnew(await agent.get(back), '/oauth2/authorize');
  });

  test('too late', async () => {
    const back = await wayBack();
    const late = Date.now() + 10 * 60_000;
    vi.spyOn(Date, 'now').mockReturnValue(late);
    const page = await agent.get(back).finally(() => vi.restoreAllMocks());
    await expectAskedAnew(page, '/oauth2/authorize');
  });

  test('with the name of another provider for its own (RFC 9207)', async () => {
    const back = await wayBack();
    back.searchParams.set('iss', upstreams.corp.origin);
    expectRefused(await agent.get(back), refused('unexpected "iss"'));
    const another = await wayBack();
    another.searchParams.delete('iss');
    expectRefused(await agent.get(another), refused('"iss" (issuer) missing'));
  });
});

describe('what the provider gives', () => {
  test('a code that it does not know', async () => {
    const back = await wayBack();
    back.searchParams.set('code', 'made-up');
    expectRefused(await agent.get(back), refused('invalid_grant'));
  });

  test('a code for another challenge (RFC 7636)', async () => {
    const back = await wayBack(({ searchParams }) => searchParams.set('code_challenge', 'x'.repeat(43)));
    expectRefused(await agent.get(back), refused('invalid_grant'));
  });

  test('an ID token with another nonce', async () => {
    const back = await wayBack(({ searchParams }) => searchParams.set('nonce', 'of-somebody-else'));
    expectRefused(await agent.get(back), refused('nonce'));
  });

  test('an ID token without a nonce', async () => {
    const back = await wayBack(({ searchParams }) => searchParams.delete('nonce'));
    expectRefused(await agent.get(back), refused('nonce'));
  });

  test('no code, since the user gave up', async () => {
    upstreams.op.account = undefined;
    const page = await agent.get(await wayBack());
    expectRefused(page, { status: 403, reason: 'upstream_cancelled', cause: 'access_denied' });
    expect(page.text).not.toContain('gave up');
  });
});

test('a way back that is taken twice, or twice at once, is taken once; the other goes on with what there is', async () => {
  const back = await wayBack();
  const pages = await Promise.all([1, 2, 3].map(() => agent.get(back)));
  const started = pages.filter(({ headers }) =>
    headers.getSetCookie().some((line) => line.includes('-session=')),
  );
  expect(started).toHaveLength(1);
  const session = agent.cookies.get('tessera-session');
  const page = await agent.get(back);
  expect([page.status, page.headers.getSetCookie(), lastReason(server)]).toEqual([303, [], 'upstream_state']);
  expect(headingOf(await agent.follow(page))).toContain('wants to access your account');
  expect(agent.cookies.get('tessera-session')).toBe(session);
});

describe('a provider that cannot be reached', () => {
  test.each([
    ['gone', 'ECONNREFUSED'],
    ['failing', 'unexpected HTTP response status code'],
    ['html', 'unexpected response content-type'],
    ['garbled', 'parsing error occured'],
    ['other', 'discovered metadata issuer does not match'],
    ['moved', 'unexpected HTTP response status code'],
  ])('%s', async (name, cause) => {
    const page = await agent.get(linkOf(await agent.get(app.url()), name));
    expectRefused(page, { status: 502, reason: 'upstream_unreachable', cause: `${name}: ` });
    expect(server.log.at(-1)?.cause).toContain(cause);
  });

  test('any more, when the user comes back', async () => {
    const own = await startUpstreams();
    try {
      own.op.account = { sub: 'ann' };
      const url = (await createApp(own.server, 'standard')).url();
      const back = await own.signIn('op', await own.start('op', url, agent), at);
      await own.op.close();
      const page = await agent.get(back);
      expectRefused(page, refused('ECONNREFUSED'), agent, own.server);
    } finally {
      await own.close();
    }
  });
});
