import { afterAll, beforeAll, expect, test } from 'vitest';
import { basic, post, startTestServer, type TestServer } from './support/server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

test('a registered client gets a token', async () => {
  const { client_id, client_secret } = await server.register('standard');
  const response = await post(
    `${server.origin}/oauth2/token`,
    { grant_type: 'client_credentials' },
    basic(client_id, client_secret),
  );
  expect(response.status).toBe(200);
  expect(await response.json()).toMatchObject({
    token_type: 'Bearer',
    expires_in: 3600,
    scope: 'read write',
  });
});
