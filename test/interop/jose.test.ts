// jose verifies the tokens of every dialect from the published key set, as an API would.

import { createLocalJWKSet, createRemoteJWKSet, type JSONWebKeySet, jwtVerify } from 'jose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { post, startTestServer, type TestServer } from '../support/server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

const tokenFrom = async (name: string) => {
  const issuer = server.issuers().find((candidate) => candidate.name === name);
  if (issuer === undefined) throw new Error(`no issuer ${name}`);
  const { client_id, client_secret } = await server.register(name);
  const form = { grant_type: 'client_credentials', client_id, client_secret, scope: 'read' };
  const response = await post(issuer.issuer + issuer.dialect.paths.token, form);
  const { access_token } = (await response.json()) as { access_token: string };
  return { access_token, client_id, jwks_uri: issuer.issuer + issuer.dialect.paths.jwks };
};

test.each([
  ['standard', { alg: 'ES256', typ: 'at+jwt' }],
  ['trelica', { alg: 'RS256' }],
  ['tilia', { alg: 'RS512', typ: 'JWT' }],
])('%s', async (name, header) => {
  const { access_token, client_id, jwks_uri } = await tokenFrom(name);
  const verified = await jwtVerify(access_token, createRemoteJWKSet(new URL(jwks_uri)));
  expect(verified.protectedHeader).toMatchObject(header);
  expect(verified.payload.client_id).toBe(client_id);
});

test('a token of one issuer is not another’s', async () => {
  const { access_token } = await tokenFrom('tilia');
  const { jwks_uri } = await tokenFrom('trelica');
  const jwks = (await (await fetch(jwks_uri)).json()) as JSONWebKeySet;
  // Without its alg, so that the signature is all that is left to tell them apart.
  const keys = createLocalJWKSet({ keys: jwks.keys.map(({ alg, ...key }) => key) });
  await expect(jwtVerify(access_token, keys)).rejects.toThrow('signature verification failed');
});

test('the published keys have no private part', async () => {
  for (const name of ['standard', 'trelica', 'tilia']) {
    const { jwks_uri } = await tokenFrom(name);
    const { keys } = (await (await fetch(jwks_uri)).json()) as JSONWebKeySet;
    expect(keys).not.toEqual([]);
    for (const key of keys)
      expect(Object.keys(key).filter((member) => /^(d|p|q|dp|dq|qi|k)$/.test(member))).toEqual([]);
  }
});
