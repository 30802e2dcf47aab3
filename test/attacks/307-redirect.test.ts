// 307 redirect (RFC 9700 §4.12): a browser repeats a POST where a redirect of this status leads. With it, an app would be
// sent what its user typed into our forms.

import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type App, createApp } from '../authorization/app.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { createTestUser, formOf, type Page, type TestUser, UserAgent } from '../support/user-agent.ts';

let server: TestServer;
let ann: TestUser;
/** The app is the attacker's. It writes down what it is sent. */
let app: App;
let listener: Server;
let callback: string;
let received: { method: string | undefined; path: string | undefined; body: string }[] = [];
let agent: UserAgent;

beforeAll(async () => {
  server = await startTestServer();
  ann = await createTestUser(server);
  listener = createServer(async (request: IncomingMessage, response) => {
    const { method, url } = request;
    received.push({ method, path: url?.split('?')[0], body: await text(request) });
    response.end();
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  callback = `http://127.0.0.1:${(listener.address() as AddressInfo).port}/callback`;
});
afterAll(async () => {
  await server.close();
  listener.close();
});
/** An app that nobody has allowed anything, and a browser in which nobody is signed in. */
beforeEach(async () => {
  received = [];
  agent = new UserAgent();
  app = await createApp(server, 'standard', {
    redirect_uris: [callback],
    post_logout_redirect_uris: [callback.replace('/callback', '/signed-out')],
  });
});

/** Sends a form and goes where it leads, as browsers do: 307 and 308 send it on, the others do not (Fetch §4.4). */
async function submit(page: Page, part: string, fields: Record<string, string>): Promise<number[]> {
  const { action, fields: hidden } = formOf(page, part);
  const form = { method: 'POST', body: new URLSearchParams({ ...hidden, ...fields }) };
  let answer = await agent.fetch(action, form);
  const statuses: number[] = [];
  while (answer.location !== undefined) {
    statuses.push(answer.status);
    const repeats = answer.status === 307 || answer.status === 308;
    answer = await agent.fetch(answer.location, repeats ? form : {});
  }
  return statuses;
}

const signIn = async () => {
  const { login, password } = ann;
  return submit(await agent.get(app.url()), '/account/sign-in', { login, password });
};

// The check: the status of `respond`.
test('the app is not sent the form of the consent page', async () => {
  await signIn();
  expect(await submit(await agent.get(app.url()), '/account/consent', { decision: 'allow' })).toEqual([303]);
  expect(received).toEqual([{ method: 'GET', path: '/callback', body: '' }]);
});

// The checks: the statuses of `redirect` and of `respond`.
test('the app is not sent the password', async () => {
  // All is allowed already: the sign-in form leads to the app without another page.
  await app.code(new UserAgent(), ann);
  expect(await signIn()).toEqual([303, 303]);
  expect(received).toEqual([{ method: 'GET', path: '/callback', body: '' }]);
});

test('the app is not sent the form in which its user refuses', async () => {
  await signIn();
  const page = await agent.get(app.url({ scope: 'write' }));
  expect(await submit(page, '/account/consent', { decision: 'deny' })).toEqual([303]);
  expect(received.filter(({ path }) => path === '/callback').at(-1)).toMatchObject({
    method: 'GET',
    body: '',
  });
});

// The check: the status of `redirect`.
test('the app is not sent the form of the sign-out page', async () => {
  await signIn();
  received = [];
  const post_logout_redirect_uri = app.client.post_logout_redirect_uris[0] ?? '';
  const query = new URLSearchParams({ client_id: app.client_id, post_logout_redirect_uri });
  const page = await agent.get(`${server.origin}/oauth2/logout?${query}`);
  expect(await submit(page, '/sign-out', {})).toEqual([303]);
  expect(received).toEqual([{ method: 'GET', path: '/signed-out', body: '' }]);
});

// A POST to the authorization endpoint comes without cookies from another site, and becomes a link.
test('a request that came by POST is not repeated either', async () => {
  await app.code(agent, ann);
  const [url, query] = app.url().split('?');
  const fresh = await new UserAgent().post(url ?? '', Object.fromEntries(new URLSearchParams(query)));
  expect(fresh.status).toBe(303);
  const known = await agent.post(url ?? '', Object.fromEntries(new URLSearchParams(query)));
  expect(known).toMatchObject({ status: 303 });
  expect(known.location).toMatch(/\/callback\?code=/);
});
