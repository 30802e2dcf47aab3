// What was shown is what is allowed (RFC 6749 §4.1.1, step B): an app that names no scope asks for all of its own, and
// gets none that was added while the user was reading.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { changeClient } from '../../packages/server/src/admin/clients.ts';
import { answer, type PageServer, startPageServer, ticketOf } from '../sign-in/own-page/page.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { createTestUser, type Page, UserAgent } from '../support/user-agent.ts';
import { type App, createApp } from './app.ts';

let local: TestServer;
let own: PageServer;
beforeAll(async () => {
  local = await startTestServer();
  own = await startPageServer('https://www.example.com/sign-in');
});
afterAll(() => Promise.all([local.close(), own.close()]));

const addRead = async (server: TestServer, { client_id, client }: App) => {
  await server.register('standard');
  const scope = [...client.scope, 'read'];
  await changeClient(server.instance.admin, 'standard', client_id, { scope });
  await server.instance.store.follow();
};
const scopeOf = async (app: App, { location = '' }: Page) =>
  (await app.redeem(new URL(location).searchParams.get('code') ?? '')).scope ?? '';

test('on the consent page', async () => {
  const app = await createApp(local, 'standard', { scope: ['openid', 'profile'] });
  const agent = new UserAgent();
  const user = await createTestUser(local);
  const shown = await agent.signIn(await agent.get(app.url({ scope: undefined })), user);
  expect(shown.text).not.toContain('read');
  await addRead(local, app);
  expect(await scopeOf(app, await agent.decide(shown, 'allow'))).toBe('profile');
});

test.each([
  [['openid', 'profile'], ['profile'], 'profile'],
  [['openid'], [], ''],
])('on a page of the company’s own: of %j, %j', async (scope, allowed, granted) => {
  const app = await createApp(own, 'standard', { scope });
  const agent = new UserAgent();
  const ticket = await ticketOf(agent, app.url({ scope: undefined }));
  await addRead(own, app);
  const { redirect_to } = await answer(own, { ticket, subject: 'customer-1', scope: allowed });
  expect(await scopeOf(app, await agent.get(redirect_to))).toBe(granted);
});
