// oauth4webapi, a client that nobody here wrote, against the standard issuer and each signing algorithm.

import * as oauth from 'oauth4webapi';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestServer, type TestServer, threeIssuers } from '../support/server.ts';

const algorithms = ['ES256', 'RS256', 'PS256', 'EdDSA'];
const insecure = { [oauth.allowInsecureRequests]: true };

let server: TestServer;
beforeAll(async () => {
  const more = algorithms.map((signing_alg) => {
    const name = signing_alg.toLowerCase();
    return { name, location: `/${name}`, dialect: 'standard', signing_alg };
  });
  server = await startTestServer({ issuers: [...threeIssuers, ...more] });
});
afterAll(() => server.close());

const discover = async (path: string, algorithm: 'oauth2' | 'oidc' = 'oauth2') => {
  const issuer = new URL(server.origin + path);
  const response = await oauth.discoveryRequest(issuer, { algorithm, ...insecure });
  return oauth.processDiscoveryResponse(issuer, response);
};

const tokenFor = async (
  as: oauth.AuthorizationServer,
  client: oauth.Client,
  auth: oauth.ClientAuth,
  form = {},
) => {
  const response = await oauth.clientCredentialsGrantRequest(as, client, auth, form, insecure);
  return oauth.processClientCredentialsResponse(as, client, response);
};

test.each([
  ['', 'oauth2'],
  ['', 'oidc'],
  ['/trelica', 'oauth2'],
  ['/trelica', 'oidc'],
  ['/tilia', 'oauth2'],
] as const)('discovers %s by %s', async (path, algorithm) => {
  expect(await discover(path, algorithm)).toMatchObject({ issuer: server.origin + path });
});

describe.each([
  ['client_secret_basic', oauth.ClientSecretBasic],
  ['client_secret_post', oauth.ClientSecretPost],
])('%s', (_name, method) => {
  test('gets a token, introspects and revokes it', async () => {
    const as = await discover('');
    const { client_id, client_secret } = await server.register('standard');
    const client = { client_id };
    const auth = method(client_secret);
    const { access_token, expires_in, scope } = await tokenFor(as, client, auth, { scope: 'read' });
    expect({ expires_in, scope }).toEqual({ expires_in: 3600, scope: 'read' });

    const introspect = async () => {
      const response = await oauth.introspectionRequest(as, client, auth, access_token, insecure);
      return oauth.processIntrospectionResponse(as, client, response);
    };
    expect(await introspect()).toMatchObject({ active: true, client_id, scope: 'read', iss: server.origin });
    await oauth.processRevocationResponse(
      await oauth.revocationRequest(as, client, auth, access_token, insecure),
    );
    expect(await introspect()).toEqual({ active: false });
  });

  test('is told why it failed', async () => {
    const as = await discover('');
    const { client_id } = await server.register('standard');
    await expect(tokenFor(as, { client_id }, method('wrong'))).rejects.toMatchObject({ status: 401 });
  });
});

test.each(algorithms)('validates an access token by %s (RFC 9068)', async (alg) => {
  const name = alg.toLowerCase();
  const as = await discover(`/${name}`);
  const { client_id, client_secret } = await server.register(name);
  const { access_token } = await tokenFor(as, { client_id }, oauth.ClientSecretBasic(client_secret));
  const request = new Request('https://api.example.com/', {
    headers: { authorization: `Bearer ${access_token}` },
  });
  const claims = await oauth.validateJwtAccessToken(as, request, as.issuer, {
    ...insecure,
    signingAlgorithms: [alg],
  });
  expect(claims).toMatchObject({ iss: as.issuer, sub: client_id, client_id, aud: as.issuer });
});

test('asks for a resource (RFC 8707)', async () => {
  const as = await discover('');
  const { client_id, client_secret } = await server.register('standard');
  const auth = oauth.ClientSecretPost(client_secret);
  const resource = 'https://files.example.com';
  const { access_token } = await tokenFor(as, { client_id }, auth, { resource });
  const request = new Request(resource, { headers: { authorization: `Bearer ${access_token}` } });
  const claims = await oauth.validateJwtAccessToken(as, request, resource, insecure);
  expect(claims.aud).toBe(resource);
});
