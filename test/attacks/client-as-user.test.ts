// A client that passes for a user (RFC 9700 §4.15): an API that knows users by the `sub` of a token must not meet a
// client of the same name.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { createApp } from '../authorization/app.ts';
import { answer, type PageServer, startPageServer, ticketOf } from '../sign-in/own-page/page.ts';
import { introspect, issueToken } from '../support/endpoints.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { createTestUser, UserAgent } from '../support/user-agent.ts';

let server: TestServer;
let external: PageServer;
beforeAll(async () => {
  server = await startTestServer();
  external = await startPageServer('https://www.example.com/sign-in');
});
afterAll(async () => {
  await server.close();
  await external.close();
});

test('no client is registered by the id of a user', async () => {
  const { id } = await createTestUser(server);
  await expect(server.register('standard', { client_id: id })).rejects.toThrow(/is the id of a user/);
});

test('no user of the company’s own page has the id of a client', async () => {
  const app = await createApp(external, 'standard');
  const ticket = await ticketOf(new UserAgent(), app.url({ scope: 'read' }));
  const refused = await answer(external, { ticket, subject: app.client_id, scope: ['read'] });
  expect(refused).toMatchObject({ status: 400, error: 'invalid_request' });
  expect(refused.error_description).toMatch(/is the client_id of an app/);
});

test('a token that a client got for itself names nobody but the client', async () => {
  const client = await server.register('standard');
  const claims = await introspect(server, 'standard', client, await issueToken(server, 'standard', client));
  expect(claims).toMatchObject({ sub: client.client_id, client_id: client.client_id });
});
