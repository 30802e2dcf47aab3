// A client that is deleted and registered again under the same client_id, within the same second: it gets tokens of its own,
// and the old ones stay bad, whatever is done to the new one.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { changeClient, removeClient } from '../../packages/server/src/admin/clients.ts';
import { inspectToken } from '../../packages/server/src/admin/tokens.ts';
import { createVerifier } from '../../packages/verifier/src/index.ts';
import { dialectNames, introspect, issuerOf, issueToken } from '../support/endpoints.ts';
import { eventually } from '../support/eventually.ts';
import { asOperator, registerAsOperator } from '../support/operator.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

test.each(dialectNames)('%s: it does not take over the old one’s tokens', async (issuer) => {
  const client_id = `again-${issuer}`;
  const api = await server.register(issuer, { introspection: 'any' });
  const verifier = createVerifier({
    issuer: issuerOf(server, issuer).issuer,
    audience: 'https://api.example.com',
    dialect: issuer as 'standard',
    revocation: { by: 'deny_list', interval: 0.05 },
  });
  const isGood = (token: string) =>
    verifier.verify(token).then(
      () => true,
      () => false,
    );
  const isActive = async (token: string) => (await introspect(server, issuer, api, token)).active;
  const old = await issueToken(server, issuer, await registerAsOperator(server, issuer, { client_id }));
  expect(await isActive(old)).toBe(true);
  await asOperator(server, ({ admin }) => removeClient(admin, issuer, client_id));
  const again = await registerAsOperator(server, issuer, { client_id });
  const young = await issueToken(server, issuer, again);
  await eventually(async () => !(await isGood(old)));
  expect([await isActive(old), await isActive(young), await isGood(young)]).toEqual([false, true, true]);
  for (const disabled of [true, false])
    await asOperator(server, ({ admin }) => changeClient(admin, issuer, client_id, { disabled }));
  await eventually(() => isGood(young));
  expect([await isActive(old), await isActive(young), await isGood(old)]).toEqual([false, true, false]);
  expect(await asOperator(server, ({ admin }) => inspectToken(admin, old))).toMatchObject({
    valid: false,
    reason: 'revoked',
  });
});
