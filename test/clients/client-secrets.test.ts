// The life of client secrets and of clients: added, used, expired, revoked, disabled, deleted.
// What an operator does at the command line holds in the running server, without a restart.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { addClientSecret, revokeClientSecret } from '../../packages/server/src/admin/client-secrets.ts';
import { changeClient, removeClient } from '../../packages/server/src/admin/clients.ts';
import { listSecrets } from '../../packages/server/src/store/tables/client-secrets.ts';
import { fromAnywhere } from '../support/addresses.ts';
import { expectRefused } from '../support/answers.ts';
import { setClock } from '../support/clock.ts';
import { dialectNames, introspect, issueToken, requestToken } from '../support/endpoints.ts';
import { eventually } from '../support/eventually.ts';
import { scrape } from '../support/metrics.ts';
import { asOperator, importClient, registerAsOperator } from '../support/operator.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ trust_proxy: ['127.0.0.1'] });
});
afterAll(() => server.close());

const ask = (issuer: string, client_id: string, client_secret: string) =>
  requestToken(server, issuer, { client_id, client_secret }, fromAnywhere());
const statusOf = async (...request: Parameters<typeof ask>) => (await ask(...request)).status;
const untilRefused = (...request: Parameters<typeof ask>) =>
  eventually(async () => (await statusOf(...request)) !== 200);

const addSecret = (issuer: string, client_id: string, expires_at: number | null = null) =>
  asOperator(server, async ({ admin }) => {
    const { id, client_secret = '' } = await addClientSecret(admin, issuer, client_id, {
      expires_at,
    });
    return { id, client_secret };
  });

describe.each(dialectNames)('%s', (issuer) => {
  test('a client registered by another process gets a token at once', async () => {
    const { client_id, client_secret } = await registerAsOperator(server, issuer);
    expect(await statusOf(issuer, client_id, client_secret)).toBe(200);
  });

  test('several secrets are good at once, and one revoked leaves the others', async () => {
    const { client, client_id, client_secret } = await registerAsOperator(server, issuer);
    expect(await statusOf(issuer, client_id, client_secret)).toBe(200);
    const added = [await addSecret(issuer, client_id), await addSecret(issuer, client_id)];
    const secrets = [client_secret, ...added.map((secret) => secret.client_secret)];
    for (const secret of secrets) expect(await statusOf(issuer, client_id, secret)).toBe(200);
    await asOperator(server, ({ admin }) =>
      revokeClientSecret(admin, issuer, client_id, client.secrets[0]?.id ?? ''),
    );
    await untilRefused(issuer, client_id, client_secret);
    for (const { client_secret } of added) expect(await statusOf(issuer, client_id, client_secret)).toBe(200);
    expect(await statusOf(issuer, client_id, client_secret)).not.toBe(200);
  });

  test('a secret expires to the moment, without anybody doing anything', async () => {
    const { client_id, client_secret } = await registerAsOperator(server, issuer);
    const expires_at = Date.now() + 60_000;
    const short = await addSecret(issuer, client_id, expires_at);
    setClock(expires_at - 1);
    expect(await statusOf(issuer, client_id, short.client_secret)).toBe(200);
    setClock(expires_at);
    await expectRefused(ask(issuer, client_id, short.client_secret), { presented: [short.client_secret] });
    expect(await statusOf(issuer, client_id, client_secret)).toBe(200);
  });

  test.each<[what: string, act: (client_id: string) => Promise<unknown>]>([
    [
      'disabled',
      (client_id) =>
        asOperator(server, ({ admin }) => changeClient(admin, issuer, client_id, { disabled: true })),
    ],
    ['deleted', (client_id) => asOperator(server, ({ admin }) => removeClient(admin, issuer, client_id))],
  ])('a client that is %s is refused, and its tokens are inactive', async (_what, act) => {
    const { client_id, client_secret } = await registerAsOperator(server, issuer);
    const api = await registerAsOperator(server, issuer, { introspection: 'any' });
    const token = await issueToken(server, issuer, { client_id, client_secret });
    expect(await introspect(server, issuer, api, token)).toMatchObject({ active: true, client_id });
    await act(client_id);
    await untilRefused(issuer, client_id, client_secret);
    // And again: by now memory has met the client as it is.
    expect(await statusOf(issuer, client_id, client_secret)).not.toBe(200);
    expect(await introspect(server, issuer, api, token)).toEqual({ active: false });
  });
});

test('the last use of a secret is noted, and of that secret alone', async () => {
  const { client, client_id, client_secret } = await registerAsOperator(server, 'standard');
  const other = await addSecret('standard', client_id);
  const before = Date.now();
  await ask('standard', client_id, 'wrong');
  expect(await statusOf('standard', client_id, client_secret)).toBe(200);
  const lastUse = async (id: string | undefined) =>
    asOperator(server, async ({ store }) => {
      const secrets = await listSecrets(store.db, 'standard', client_id);
      return secrets.find((secret) => secret.id === id)?.last_used_at ?? null;
    });
  await eventually(async () => (await lastUse(client.secrets[0]?.id)) !== null);
  expect(await lastUse(client.secrets[0]?.id)).toBeGreaterThanOrEqual(before);
  expect(await lastUse(other.id)).toBeNull();
});

// The name is free again; its next owner must not get what was issued to another.
test('a client that takes the name of a deleted one takes over neither secret nor tokens', async () => {
  const client_id = crypto.randomUUID();
  const before = await registerAsOperator(server, 'standard', { client_id });
  const token = await issueToken(server, 'standard', before);
  await asOperator(server, ({ admin }) => removeClient(admin, 'standard', client_id));
  // Tokens tell time by the second.
  setClock(Date.now() + 1000);
  const after = await registerAsOperator(server, 'standard', { client_id });
  await untilRefused('standard', client_id, before.client_secret);
  expect(await statusOf('standard', client_id, after.client_secret)).toBe(200);
  expect(await introspect(server, 'standard', after, token)).toEqual({ active: false });
});

test('a client taken back gets tokens again', async () => {
  const { client_id, client_secret } = await registerAsOperator(server, 'standard');
  const change = (disabled: boolean) =>
    asOperator(server, ({ admin }) => changeClient(admin, 'standard', client_id, { disabled }));
  await change(true);
  await untilRefused('standard', client_id, client_secret);
  await change(false);
  await eventually(async () => (await statusOf('standard', client_id, client_secret)) === 200);
});

test('a scope taken away is refused', async () => {
  const { client_id, client_secret } = await registerAsOperator(server, 'standard');
  expect(await statusOf('standard', client_id, client_secret)).toBe(200);
  await asOperator(server, ({ admin }) => changeClient(admin, 'standard', client_id, { scope: ['write'] }));
  await untilRefused('standard', client_id, client_secret);
});

test('a chosen secret is good again and again, and its revocation holds though it was remembered', async () => {
  const { client, client_id, client_secret } = await importClient(
    server,
    'standard',
    'correct horse: battery+staple',
  );
  for (let round = 0; round < 3; round++)
    expect(await statusOf('standard', client_id, client_secret)).toBe(200);
  await asOperator(server, ({ admin }) =>
    revokeClientSecret(admin, 'standard', client_id, client.secrets[0]?.id ?? ''),
  );
  await untilRefused('standard', client_id, client_secret);
});

describe('what the serving process changes itself holds as well', () => {
  test('a secret revoked', async () => {
    const { client, client_id, client_secret } = await server.register('standard');
    expect(await statusOf('standard', client_id, client_secret)).toBe(200);
    await revokeClientSecret(server.instance.admin, 'standard', client_id, client.secrets[0]?.id ?? '');
    await untilRefused('standard', client_id, client_secret);
  });

  test('a first chosen secret', async () => {
    const own = await startTestServer({ trust_proxy: ['127.0.0.1'], management: { port: 0 } });
    // Past its first look at the database: from then on it looks for what is new.
    await registerAsOperator(own, 'trelica');
    await eventually(async () => (await scrape(own)).sum('tessera_feed_lag_seconds_count') > 0);
    const client = await own.register('standard', { secret: { chosen: 'correct horse' } });
    const granted = async () => (await requestToken(own, 'standard', client, fromAnywhere())).status === 200;
    await eventually(granted).finally(() => own.close());
  });
});
