// The mock in the dialects of the gallery: it sees what a request says by other names, in JSON, or by leaving it out.

import { type Mock, type MockOptions, startMock } from '@tessera-oauth/server/mock';
import { afterEach, expect, test } from 'vitest';
import { galleryNames } from '../../packages/server/src/config/gallery.ts';
import { basic } from '../support/server.ts';
import { answerOf, metadata, post } from './client.ts';

const running: Mock[] = [];
async function started(options: MockOptions): Promise<Mock> {
  const mock = await startMock(options);
  running.push(mock);
  return mock;
}
afterEach(async () => void (await Promise.all(running.splice(0).map((mock) => mock.close()))));

const app = { client_id: 'app', client_secret: 'secret' };

const postJson = async (url: string, body: object) =>
  answerOf(
    await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }),
  );

async function codeOf(mock: Mock, parameters: Readonly<Record<string, string>>): Promise<string> {
  const { authorization_endpoint } = await metadata(mock);
  const query = new URLSearchParams({
    client_id: 'app',
    redirect_uri: 'https://app.example/cb',
    ...parameters,
  });
  const response = await fetch(`${authorization_endpoint}?${query}`, { redirect: 'manual' });
  return new URL(response.headers.get('location') ?? '').searchParams.get('code') ?? '';
}

test.each(galleryNames)(
  '%s: what the metadata names works, from the code to the next refresh',
  async (dialect) => {
    const mock = await started({ dialect });
    const { token_endpoint, authorization_endpoint, introspection_endpoint = '' } = await metadata(mock);
    expect(token_endpoint).toBe(mock.token_endpoint);
    if (authorization_endpoint === undefined) return;
    const scope = dialect === 'salesforce' ? 'refresh_token' : 'offline_access';
    const code = await codeOf(mock, {
      response_type: 'code',
      scope: `read ${scope}`,
      access_type: 'offline',
    });
    const ask = (form: Readonly<Record<string, string>>) =>
      post(mock.token_endpoint, { ...app, ...form }, { accept: 'application/json' });
    const { json } = await ask({
      grant_type: 'authorization_code',
      code,
      redirect_uri: 'https://app.example/cb',
    });
    const inspected = await post(introspection_endpoint, { ...app, token: json.access_token });
    expect(inspected.json).toMatchObject({ active: true, scope: expect.stringContaining('read') });
    const { refresh_token } = json;
    expect('refresh_token' in json).toBe(!['github', 'shopify', 'slack'].includes(dialect));
    if (refresh_token !== undefined)
      expect((await ask({ grant_type: 'refresh_token', refresh_token })).json).toMatchObject({
        access_token: expect.any(String),
      });
  },
);

test('a grant_type that is left out is seen as the one that is meant', async () => {
  const mock = await started({ dialect: 'shopify' });
  const code = await codeOf(mock, { scope: 'write_orders' });
  const { status, json } = await postJson(mock.token_endpoint, { ...app, code });
  expect([status, json.scope]).toEqual([200, 'write_orders']);
  expect(mock.requests().at(-1)).toMatchObject({ client_id: 'app', grant_type: 'authorization_code' });
});

test('parameters by another name, in JSON', async () => {
  const mock = await started({ dialect: 'plaid', clients: [{ client_id: 'app', client_secret: 'right' }] });
  const ask = (secret: string) =>
    postJson(mock.token_endpoint, { grant_type: 'client_credentials', client_id: 'app', secret });
  expect((await ask('right')).json).toMatchObject({ token_type: 'Bearer', expires_in: 900 });
  expect((await ask('wrong')).json).toMatchObject({ error_code: 'INVALID_API_KEYS' });
  expect(mock.requests().map(({ client_id }) => client_id)).toEqual(['app', 'app']);
});

test('a fault for a grant applies to it by its other name', async () => {
  const mock = await started({
    dialect: 'zoom',
    faults: [{ grant_type: 'client_credentials', status: 503 }],
  });
  const url = `${mock.token_endpoint}?grant_type=account_credentials&account_id=a`;
  expect((await fetch(url, { method: 'POST', headers: basic('app', 'secret') })).status).toBe(503);
});

test('a client that names no scope has those of the vendor’s examples', async () => {
  const mock = await started({ dialect: 'shopify' });
  const form = { grant_type: 'client_credentials', ...app };
  expect((await post(mock.token_endpoint, form)).json.scope).toBe('write_orders,read_customers');
});

test('a dialect of one’s own may build on one of the gallery', async () => {
  const mock = await started({ dialect: { name: 'own', extends: 'slack', paths: { token: '/slack' } } });
  expect(mock.token_endpoint).toBe(`${mock.url}/slack`);
  expect((await post(mock.token_endpoint, { client_id: 'a', client_secret: 'b', code: 'c' })).json).toEqual({
    ok: false,
    error: 'invalid_code',
  });
});
