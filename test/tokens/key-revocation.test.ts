// A signing key that has leaked: what it signed is inactive, and it leaves the key set, at once and for every process.

import type { JSONWebKeySet } from 'jose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectInstance } from '../../packages/server/src/instance/connect.ts';
import { revokeKey } from '../../packages/server/src/store/tables/signing-keys.ts';
import { eventually } from '../support/eventually.ts';
import { basic, post, startTestServer, type TestServer } from '../support/server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

test('a revoked key takes its tokens with it; the key that signs cannot be revoked', async () => {
  const { client_id, client_secret } = await server.register('standard');
  const own = basic(client_id, client_secret);
  const issue = await post(`${server.origin}/oauth2/token`, { grant_type: 'client_credentials' }, own);
  const { access_token: token } = (await issue.json()) as { access_token: string };
  const active = async () => {
    const response = await post(`${server.origin}/oauth2/introspect`, { token }, own);
    return ((await response.json()) as { active: boolean }).active;
  };
  const published = async () => {
    const jwks = (await (await fetch(`${server.origin}/oauth2/jwks`)).json()) as JSONWebKeySet;
    // Beside them there is one for ID tokens.
    return jwks.keys.flatMap(({ kid, alg }) => (alg === 'ES256' ? [kid] : []));
  };
  const [leaked = ''] = await published();

  const elsewhere = await connectInstance(server.instance.config);
  const issuer = (await elsewhere.loadIssuers()).find(({ name }) => name === 'standard');
  if (issuer === undefined) throw new Error('no issuer standard');
  expect(await revokeKey(elsewhere.store.db, 'standard', leaked, Date.now())).toBe(false);
  await elsewhere.keyring.rotate(issuer, Date.now());
  await eventually(async () => (await published()).length === 2);
  expect(await active()).toBe(true);

  expect(await revokeKey(elsewhere.store.db, 'standard', leaked, Date.now())).toBe(true);
  await eventually(async () => !(await active()));
  expect(await published()).not.toContain(leaked);
  await elsewhere.close();
});
