// openid-client, a client that nobody here wrote, against the standard and the Trelica-style issuer.

import * as client from 'openid-client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../support/server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

const configure = (path: string, id: string, auth: client.ClientAuth) =>
  client.discovery(new URL(server.origin + path), id, undefined, auth, {
    execute: [client.allowInsecureRequests],
  });

test.each([
  ['standard', '', client.ClientSecretBasic],
  ['standard', '', client.ClientSecretPost],
  ['trelica', '/trelica', client.ClientSecretBasic],
  ['trelica', '/trelica', client.ClientSecretPost],
] as const)('a token from %s%s, introspected and revoked', async (issuer, path, method) => {
  const { client_id, client_secret } = await server.register(issuer);
  const config = await configure(path, client_id, method(client_secret));
  const tokens = await client.clientCredentialsGrant(config, { scope: 'read write' });
  expect(tokens).toMatchObject({ expires_in: 3600, scope: 'read write' });
  expect(await client.tokenIntrospection(config, tokens.access_token)).toMatchObject({
    active: true,
    client_id,
  });
  await client.tokenRevocation(config, tokens.access_token);
  expect(await client.tokenIntrospection(config, tokens.access_token)).toMatchObject({ active: false });
});

test('an error comes through with its code', async () => {
  const { client_id, client_secret } = await server.register('standard');
  const config = await configure('', client_id, client.ClientSecretPost(client_secret));
  await expect(client.clientCredentialsGrant(config, { scope: 'nothing' })).rejects.toMatchObject({
    error: 'invalid_scope',
    status: 400,
  });
});
