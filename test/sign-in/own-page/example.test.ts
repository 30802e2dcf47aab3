// The example of docs/own-sign-in-page.md, as it stands there, walked through by a user: signing in, allowing less,
// refusing, coming again.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { finishConfig } from '../../../packages/server/src/config/load.ts';
import { type App, callback, createApp } from '../../authorization/app.ts';
import { formOf, headingOf, type Page, UserAgent } from '../../support/user-agent.ts';
import { type PageServer, startPageServer } from './page.ts';

const root = join(import.meta.dirname, '../../..');
const example = join(root, 'examples/sign-in-page/server.ts');

let server: PageServer;
let app: App;
let page: ChildProcess;
/** As the example prints it. */
let ann: { login: string; password: string };

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  await once(probe.close(), 'close');
  return port;
}

beforeAll(async () => {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/sign-in`;
  server = await startPageServer(url);
  app = await createApp(server, 'standard', { client_name: 'Ledger' });
  page = spawn(process.execPath, [example], {
    env: { ISSUER: server.origin, PAGE_URL: url, SECRET_FILE: server.secret_file, PORT: String(port) },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  if (page.stdout === null) throw new Error('no stdout');
  const ended = once(page, 'exit').then(([code]) => {
    throw new Error(`the example ended with ${code}`);
  });
  const [line] = await Promise.race([once(createInterface(page.stdout), 'line'), ended]);
  ann = JSON.parse(line);
});
afterAll(async () => {
  page.kill();
  await server.close();
});

/** Whose browser says what its own forms say, as those without `Sec-Fetch-Site` do. */
const visitor = () => new UserAgent({ origin: new URL(server.instance.config.login.url ?? '').origin });

/** Follows redirects until a page, or the app. */
async function travel(agent: UserAgent, start: Page): Promise<Page> {
  let current = start;
  while (current.location !== undefined && !current.location.startsWith(callback))
    current = await agent.get(current.location);
  return current;
}

const open = async (agent: UserAgent, url: string) => travel(agent, await agent.get(url));

/** Sends the form of the page with these boxes ticked. */
async function decide(agent: UserAgent, shown: Page, scope: string, more: Record<string, string> = {}) {
  const { action, fields } = formOf(shown);
  const body = new URLSearchParams({ ...fields, decision: 'allow', ...more });
  for (const each of scope.split(' ')) body.append('scope', each);
  return travel(agent, await agent.fetch(action, { method: 'POST', body }));
}

const answerIn = ({ location = '' }: Page) => Object.fromEntries(new URL(location).searchParams);
const boxesOf = ({ text }: Page) => [...text.matchAll(/value="([\w.]+)" checked/g)].map(([, name]) => name);
const asksForPassword = ({ text }: Page) => text.includes('type="password"');

test('a user signs in there, allows a part, and the app gets tokens for that part alone', async () => {
  const agent = visitor();
  const shown = await open(agent, app.url({ scope: 'read write openid email', nonce: 'n' }));
  expect(headingOf(shown)).toBe('Continue to Ledger');
  expect(boxesOf(shown)).toEqual(['read', 'write', 'openid', 'email']);
  expect(shown.headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
  const { code = '', state, iss } = answerIn(await decide(agent, shown, 'read openid', ann));
  expect({ state, iss }).toEqual({ state: 'a state', iss: server.origin });
  const tokens = await app.redeem(code);
  expect(tokens.scope).toBe('read openid');
  expect(decodeJwt(tokens.access_token)).toMatchObject({ sub: 'customer-1001', scope: 'read openid' });
  expect(decodeJwt(tokens.id_token)).toMatchObject({ sub: 'customer-1001', amr: ['pwd'], nonce: 'n' });
});

test('a wrong password lets nobody in, and the right one still does', async () => {
  const agent = visitor();
  const shown = await open(agent, app.url());
  const again = await decide(agent, shown, 'read', { ...ann, password: 'wrong' });
  expect(again.status).toBe(422);
  expect(again.text).toContain('The email or the password is wrong.');
  expect(answerIn(await decide(agent, again, 'read', ann)).code).toBeDefined();
});

test.each<Record<string, string>>([
  { 'sec-fetch-site': 'cross-site' },
  { 'sec-fetch-site': 'same-site' },
  { origin: 'https://evil.example' },
  { origin: 'null' },
  { origin: '' },
])('a form of another site signs nobody in: %j', async (headers) => {
  const agent = visitor();
  const { action, fields } = formOf(await open(agent, app.url()));
  const body = new URLSearchParams({ ...fields, ...ann, decision: 'allow', scope: 'read' });
  const { status, location } = await agent.fetch(action, { method: 'POST', body, headers });
  expect([status, location, agent.cookies.has('company_session')]).toEqual([400, undefined, false]);
});

test.each([
  ['who cancels', 'read', { decision: 'refuse' }],
  ['who ticks nothing', 'fly', {}],
])('%s: the app is told access_denied, and nobody is signed in', async (_who, scope, more) => {
  const agent = visitor();
  const shown = await open(agent, app.url());
  const { error, state, code } = answerIn(await decide(agent, shown, scope, { ...ann, ...more }));
  expect({ error, state, code }).toEqual({ error: 'access_denied', state: 'a state', code: undefined });
  expect(answerIn(await open(agent, app.url({ prompt: 'none' }))).error).toBe('login_required');
});

test('coming again is silent, and what is new is asked without a password', async () => {
  const agent = visitor();
  // An app of its own: others may have been allowed something by the same user.
  const other = await createApp(server, 'standard');
  const first = await decide(agent, await open(agent, other.url({ scope: 'openid' })), 'openid', ann);
  const before = decodeJwt((await other.redeem(answerIn(first).code ?? '')).id_token);
  expect(answerIn(await agent.get(other.url({ scope: 'openid' }))).code).toBeDefined();

  const shown = await open(agent, other.url({ scope: 'openid read' }));
  expect(asksForPassword(shown)).toBe(false);
  expect(shown.text).toContain('You are Ann Example.');
  expect(shown.text).toMatch(/openid \(allowed before\)/);
  expect(shown.text).not.toMatch(/invoices \(allowed before\)/);
  const answered = await decide(agent, shown, 'openid read');
  const tokens = await other.redeem(answerIn(answered).code ?? '');
  expect(tokens.scope).toBe('openid read');
  const { sid, auth_time } = decodeJwt(tokens.id_token);
  expect({ sid, auth_time }).toEqual({ sid: before.sid, auth_time: before.auth_time });
});

test.each(['login', 'select_account'])('prompt=%s has the user sign in once more', async (prompt) => {
  const agent = visitor();
  await decide(agent, await open(agent, app.url()), 'read offline_access', ann);
  const shown = await open(agent, app.url({ prompt }));
  expect(asksForPassword(shown)).toBe(true);
  expect(answerIn(await decide(agent, shown, 'read', ann)).code).toBeDefined();
});

test('a public app on a loopback address is asked for every time, and gets its code each time', async () => {
  const agent = visitor();
  const redirect_uri = 'http://127.0.0.1/callback';
  const native = await createApp(server, 'standard', { public: true, redirect_uris: [redirect_uri] });
  for (const more of [ann, {}]) {
    const { action, fields } = formOf(await open(agent, native.url()));
    const body = new URLSearchParams({ ...fields, ...more, decision: 'allow', scope: 'read' });
    const { location = '' } = await agent.fetch(action, { method: 'POST', body });
    const answered = await agent.get(location);
    expect(answered.location).toMatch(/^http:\/\/127\.0\.0\.1\/callback\?code=/);
  }
});

test('the account page has the user sign in there, too', async () => {
  const agent = visitor();
  const shown = await open(agent, `${server.origin}/account`);
  expect(headingOf(shown)).toBe('Your account');
  const account = await decide(agent, shown, 'none', ann);
  expect({ url: account.url, status: account.status }).toEqual({
    url: `${server.origin}/account`,
    status: 200,
  });
  expect(account.text).toContain('Ann Example');
});

test('a page that is no good any more says so', async () => {
  const response = await fetch(`${new URL(server.instance.config.login.url ?? '')}?ticket=forged`);
  expect(response.status).toBe(400);
  expect(await response.text()).toContain('Please start again in the app.');
});

const guide = readFileSync(join(root, 'docs/own-sign-in-page.md'), 'utf8');
const shown = (language: string) => new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``).exec(guide)?.[1];

test('the guide shows the example as it is', () => {
  expect(shown('ts')).toBe(readFileSync(example, 'utf8'));
});

test('the guide shows a configuration that is one', async () => {
  const document = parse(shown('yaml') ?? '');
  expect(await finishConfig(document, 'guide', '/')).toMatchObject(document);
});
