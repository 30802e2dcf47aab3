// Nesting without end, wherever a stranger can put it: every parameter of every endpoint and page, tokens, headers, and
// bodies of JSON. It is refused as anything else is that makes no sense.

import { allEndpoints, pathOf } from '@tessera-oauth/core';
import { startMock } from '@tessera-oauth/server/mock';
import { afterAll, expect, test } from 'vitest';
import { createApp } from '../authorization/app.ts';
import { answer, startPageServer, ticketOf } from '../sign-in/own-page/page.ts';
import { dialectNames, issuerOf, urlOf } from '../support/endpoints.ts';
import { basic, post } from '../support/server.ts';
import { createTestUser, formOf, UserAgent } from '../support/user-agent.ts';
import { nest, nestObjects } from '../verifier/hostile-tokens.ts';
import { steadfastServer } from './steadfast-server.ts';

const steadfast = steadfastServer();
const mock = await startMock();
afterAll(() => mock.close());

const encode = (text: string) => Buffer.from(text).toString('base64url');
const jwsOf = (deep: string) =>
  `${encode(`{"alg":"ES256","a":${deep}}`)}.${encode(deep)}.${encode('made up')}`;
/** 100,000 levels are more than a server reads at all. */
const bodies = [nest(30_000), nestObjects(10_000), nest(100_000), nestObjects(100_000)];

/** Neither a fault nor a success. */
function expectRefusal(status: number, what: string): void {
  expect(status, what).toBeLessThan(500);
  const faults = steadfast.server.log.filter(
    ({ reason, level }) => reason === 'fault' || Number(level) >= 50,
  );
  expect(faults, what).toEqual([]);
}

test.each(dialectNames)('%s: in each parameter of each endpoint, and in its header', async (name) => {
  const { server } = steadfast;
  const issuer = issuerOf(server, name);
  const { client_id, client_secret } = steadfast.client(name);
  for (const { name: endpoint, reference, ...rest } of allEndpoints) {
    const path = pathOf({ name: endpoint, reference, ...rest }, issuer.dialect);
    if (path === undefined) continue;
    // Beside those that there are: what holds a token or an object elsewhere (RFC 9101 §5, RFC 7523 §2.2).
    const others = ['request', 'client_assertion', 'claims', 'authorization_details', 'credential'];
    const parameters = [...Object.keys(reference.parameters), ...others];
    const each = parameters.map((parameter) => ({ [parameter]: jwsOf(nest(1000)) }));
    const together = [nest(500), jwsOf(nestObjects(100))].map((deep) =>
      Object.fromEntries(parameters.map((parameter) => [parameter, deep])),
    );
    for (const form of [...each, ...together]) {
      const { status } = await post(issuer.issuer + path, { client_id, client_secret, ...form });
      expectRefusal(status, `${endpoint} ${Object.keys(form)}`);
    }
    const headers = [{ authorization: `Bearer ${jwsOf(nest(1000))}` }, basic(nest(1000), nest(1000))];
    for (const header of headers)
      for (const method of ['GET', 'POST']) {
        const { status } = await fetch(issuer.issuer + path, {
          method,
          headers: header,
          redirect: 'manual',
        });
        expectRefusal(status, `${method} ${endpoint}`);
      }
  }
});

test('as the body of a request for a user’s token', async () => {
  const { server } = steadfast;
  const client = await server.register('tilia', { scope: ['write_user_tokens'] });
  const form = { grant_type: 'client_credentials', scope: 'write_user_tokens' };
  const answered = await post(
    urlOf(server, 'tilia', 'token'),
    form,
    basic(client.client_id, client.client_secret),
  );
  const { access_token } = (await answered.json()) as { access_token: string };
  const headers = { authorization: `Bearer ${access_token}`, 'content-type': 'application/json' };
  for (const deep of [
    ...bodies,
    ...bodies.map((body) => `{"account_id":"a","scopes":${body.slice(0, 30_000)}`),
  ]) {
    const { status } = await post(urlOf(server, 'tilia', 'user_token'), deep, headers);
    expectRefusal(status, deep.slice(0, 40));
    expect(status).toBe(deep.length > 64 * 1024 ? 413 : 400);
  }
});

test('as a passkey, and in every field of the pages', async () => {
  const { server } = steadfast;
  const user = await createTestUser(server);
  const agent = new UserAgent();
  const page = await agent.get(`${server.origin}/account/sign-in`);
  const { fields } = formOf(page, '/account/sign-in');
  const csrf = fields.csrf ?? '';
  const deep = nest(5000);
  const credential = `{"id":"a","response":${deep}}`;
  const send = async (path: string, form: Record<string, string>) => {
    const { status } = await agent.post(`${server.origin}/account/${path}`, { csrf, ...form });
    expectRefusal(status, path);
  };
  for (const path of ['sign-in', 'passkey', 'second-factor', 'consent', 'select', 'sign-out/confirm'])
    for (const form of [
      { credential },
      { credential: deep, csrf: deep },
      { login: deep, password: deep, decision: deep },
    ])
      await send(path, form);
  await agent.signIn(page, user);
  for (const path of ['passkeys/add', 'passkeys/remove', 'totp/confirm', 'disconnect'])
    await send(path, { credential, id: deep, code: deep, password: user.password });
});

test('as the answer to a ticket of one’s own sign-in page', async () => {
  const server = await startPageServer('https://www.example.com/sign-in');
  const app = await createApp(server, 'standard');
  const ticket = await ticketOf(new UserAgent(), app.url({ scope: 'read' }));
  const good = { ticket, subject: 'customer-1', scope: ['read'] };
  for (const deep of [
    nest(30_000),
    nestObjects(10_000),
    `${JSON.stringify(good).slice(0, -1)},"a":${nest(9000)}}`,
  ])
    expect(await answer(server, deep)).toMatchObject({ status: 400, error: 'invalid_request' });
  expect((await answer(server, good)).status).toBe(200);
  await server.close();
});

test('to the mock and its control: what it has recorded can still be listed', async () => {
  const json = { 'content-type': 'application/json' };
  for (const deep of [
    nest(30_000),
    `{"authorization":${nest(20_000)},"a":${nest(9000)}}`,
    '{"authorization":{"toString":1}}',
  ])
    for (const url of [mock.token_endpoint, `${mock.issuer}/_mock/faults`, `${mock.issuer}/_mock/users`])
      expect((await post(url, deep, json)).status, url).toBeLessThan(500);
  const listed = await fetch(`${mock.issuer}/_mock/requests`);
  expect(listed.status).toBe(200);
  expect(await listed.json()).toBeInstanceOf(Array);
});
