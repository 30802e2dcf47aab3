// What is the same in another spelling, and what only looks so: resource indicators are URIs (RFC 3986 §6.2, RFC 8707 §2), a
// token has one spelling (RFC 7515 §2).

import { decodeJwt } from 'jose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type App, createApp } from '../authorization/app.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { createTestUser, UserAgent } from '../support/user-agent.ts';

const api = 'https://api.example.com';
let server: TestServer;
let app: App;
beforeAll(async () => {
  server = await startTestServer();
  app = await createApp(server, 'standard');
});
afterAll(() => server.close());

const clientToken = (resource: string) =>
  app.token({ grant_type: 'client_credentials', scope: 'read', resource });

test.each([`${api}/`, 'https://API.example.com', 'HTTPS://api.example.com:443', `${api}/a/..`])(
  '%s is the registered resource, and the token says it as registered',
  async (resource) => {
    const { access_token } = await clientToken(resource);
    expect(decodeJwt(access_token).aud).toBe(api);
    const user = await createTestUser(server);
    const code = await app.code(new UserAgent(), user, { resource, scope: 'read offline_access' });
    const tokens = await app.redeem(code, { resource: `${api}/` });
    expect(decodeJwt(tokens.access_token).aud).toBe(api);
    const refreshed = await app.refresh(tokens.refresh_token, { resource: 'https://API.example.com/' });
    expect(decodeJwt(refreshed.access_token).aud).toBe(api);
  },
);

test.each([
  `${api}/v1`,
  `${api}//`,
  `${api}/#`,
  ` ${api}`,
  `${api}\\`,
  'http://api.example.com',
  `${api}.evil.example`,
])('%j is another', async (resource) => {
  expect((await clientToken(resource)).error).toBe('invalid_target');
});

test('the same resource twice, in two spellings, is one', async () => {
  const form = new URLSearchParams([
    ['resource', api],
    ['resource', `${api}/`],
  ]);
  const { client_id, client_secret } = app;
  for (const [name, value] of Object.entries({
    grant_type: 'client_credentials',
    scope: 'read',
    client_id,
    client_secret,
  }))
    form.append(name, value);
  const response = await fetch(`${server.origin}/oauth2/token`, { method: 'POST', body: form });
  expect(decodeJwt(((await response.json()) as { access_token: string }).access_token).aud).toBe(api);
});

test('a token in another spelling is none: at introspection, userinfo and revocation', async () => {
  const { access_token } = await clientToken(api);
  const [header = '', payload = '', signature = ''] = access_token.split('.');
  const spellings = [
    `${header}.${payload}.${signature.slice(0, 20)} ${signature.slice(20)}`,
    `${header}.${payload}.${signature}\n`,
    ` ${access_token}`,
    `${header} .${payload}.${signature}`,
    `${header}.${payload}.${signature}==`,
    `${header}.${payload}.${signature.replaceAll('-', '+').replaceAll('_', '/')}`,
    `${access_token}.`,
  ].filter((text) => text !== access_token);
  for (const text of spellings) {
    expect(await app.introspect(text), text).toEqual({ active: false });
    await app.revoke(text);
  }
  expect((await app.introspect(access_token)).active).toBe(true);
});
