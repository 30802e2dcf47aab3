// Credentials that contradict each other, are only half there, or stand where they must not (RFC 6749 §2.3).

import type { EndpointName } from '@tessera-oauth/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fromAnywhere } from '../support/addresses.ts';
import { expectRefused } from '../support/answers.ts';
import {
  clientCredentials,
  dialectNames,
  dialectsWithPublicClients,
  introspect,
  issueToken,
  urlOf,
} from '../support/endpoints.ts';
import { basic, post as postFrom, startTestServer, type TestServer } from '../support/server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ trust_proxy: ['127.0.0.1'] });
});
afterAll(() => server.close());

const post = (url: string, form: Record<string, string>, headers: Record<string, string> = {}) =>
  postFrom(url, form, { ...headers, ...fromAnywhere() });

describe.each(dialectNames)('%s', (issuer) => {
  const endpoints: EndpointName[] = ['token', 'introspection', 'revocation'];

  // RFC 6749 §2.3: "The client MUST NOT use more than one authentication method in each request."
  test.each(endpoints)('%s: two secrets are too much, one of them right or both', async (endpoint) => {
    const { client_id, client_secret } = await server.register(issuer);
    const another = await server.register(issuer);
    const both = { ...clientCredentials, token: 'x', client_id, client_secret };
    const header = basic(another.client_id, another.client_secret);
    await expectRefused(post(urlOf(server, issuer, endpoint), both, header), { status: 400 });
    await expectRefused(post(urlOf(server, issuer, endpoint), both, basic(client_id, 'x')), { status: 400 });
    // The same one twice is no contradiction where the dialect says so.
    if (issuer !== 'standard') return;
    await expectRefused(post(urlOf(server, issuer, endpoint), both, basic(client_id, client_secret)), {
      status: 400,
      error: 'invalid_request',
      presented: [client_secret],
    });
  });

  test('a client_id beside Basic may repeat it, not contradict it', async () => {
    const { client_id, client_secret } = await server.register(issuer);
    const other = await server.register(issuer);
    const ask = (id: string) =>
      post(
        urlOf(server, issuer, 'token'),
        { ...clientCredentials, client_id: id },
        basic(client_id, client_secret),
      );
    expect((await ask(client_id)).status).toBe(200);
    for (const id of [other.client_id, client_id.toUpperCase(), `${client_id} `]) {
      if (id !== client_id) await expectRefused(ask(id), { status: 400, error: 'invalid_request' });
    }
  });

  // A client_id is no secret: knowing it allows nothing.
  test('a confidential client is not taken at its word', async () => {
    const client = await server.register(issuer);
    const token = await issueToken(server, issuer, client);
    for (let time = 0; time < 2; time++) {
      for (const endpoint of endpoints) {
        const form = { ...clientCredentials, token, client_id: client.client_id };
        await expectRefused(post(urlOf(server, issuer, endpoint), form), { presented: [token] });
      }
      expect(await introspect(server, issuer, client, token)).toMatchObject({ active: true });
    }
  });

  test('an id alone, a secret alone, and nobody at all get nothing', async () => {
    const { client_id, client_secret } = await server.register(issuer);
    const ask = (form: Record<string, string>) =>
      expectRefused(post(urlOf(server, issuer, 'token'), { ...clientCredentials, ...form }), {
        presented: [client_secret],
      });
    await ask({ client_id });
    await ask({ client_secret });
    await ask({});
    await ask({ client_id: client_secret, client_secret: client_id });
  });

  // A secret in the wrong field may be a short one.
  test.each([
    ['x', '… (1 characters)'],
    ['pin', 'p… (3 characters)'],
    ['1234', '12… (4 characters)'],
    ['1234567', '123… (7 characters)'],
    ['correct horse', 'corr… (13 characters)'],
  ])('of %j for an id, the log has half at most', async (client_id, client_id_hint) => {
    const form = { ...clientCredentials, client_id, client_secret: 'y' };
    const { headers } = await expectRefused(post(urlOf(server, issuer, 'token'), form));
    const lines = server.log.filter(({ request_id }) => request_id === headers['x-request-id']);
    expect(lines).toMatchObject([{ reason: 'client_unknown', client_id_hint }]);
  });
});

describe.each(dialectsWithPublicClients)('%s', (issuer) => {
  test('a public client gets no token for itself', async () => {
    const { client_id } = await server.register(issuer, { public: true });
    // RFC 6749 §4.4: "MUST only be used by confidential clients."
    const expected = { status: 400, error: 'unauthorized_client' };
    await expectRefused(post(urlOf(server, issuer, 'token'), { ...clientCredentials, client_id }), expected);
  });

  test.each(['', 'x', 'undefined', 'null'])('a public client has no secret, not even %j', async (secret) => {
    const { client_id } = await server.register(issuer, { public: true });
    await expectRefused(
      post(urlOf(server, issuer, 'token'), { ...clientCredentials, client_id, client_secret: secret }),
    );
    const url = urlOf(server, issuer, 'introspection');
    await expectRefused(post(url, { token: 'x' }, basic(client_id, secret)));
  });
});

describe.each(dialectsWithPublicClients)('a public client at %s', (issuer) => {
  test('may revoke, though not the tokens of others', async () => {
    const { client_id } = await server.register(issuer, { public: true });
    const owner = await server.register(issuer);
    const token = await issueToken(server, issuer, owner);
    const revoke = (form: Record<string, string>) =>
      post(urlOf(server, issuer, 'revocation'), { ...form, client_id });
    expect((await revoke({ token: 'anything' })).status).toBe(200);
    await expectRefused(revoke({ token }), { error: 'invalid_grant', presented: [token] });
    expect(await introspect(server, issuer, owner, token)).toMatchObject({ active: true });
  });

  // RFC 7662 §2.1: without authorization anybody could try out tokens.
  test('may not introspect', async () => {
    const { client_id } = await server.register(issuer, { public: true });
    await expectRefused(post(urlOf(server, issuer, 'introspection'), { client_id, token: 'x' }), {
      error: 'invalid_client',
    });
  });
});

describe('parameters in the query', () => {
  const form = 'application/x-www-form-urlencoded';
  const ask = async (issuer: string, query: Record<string, string>, body = {}, type = form) =>
    fetch(`${urlOf(server, issuer, 'token')}?${new URLSearchParams(query)}`, {
      method: 'POST',
      headers: { 'content-type': type, ...fromAnywhere() },
      body: type === form ? new URLSearchParams(body).toString() : '{}',
    });

  test.each([form, 'application/json', 'text/plain', 'json', '', ';'])(
    'tilia reads them, whatever the type (%j)',
    async (type) => {
      const { client_id, client_secret } = await server.register('tilia');
      expect((await ask('tilia', { ...clientCredentials, client_id, client_secret }, {}, type)).status).toBe(
        200,
      );
    },
  );

  test('the body wins over them', async () => {
    const { client_id, client_secret } = await server.register('tilia');
    const good = { ...clientCredentials, client_id, client_secret };
    expect((await ask('tilia', { ...good, client_secret: 'wrong' }, { client_secret })).status).toBe(200);
    await expectRefused(ask('tilia', good, { client_secret: 'wrong' }), { error: 'unauthorized_client' });
  });

  // Without that, secrets would come to stand in the access logs of proxies, and clients would never learn it.
  test.each(['standard', 'trelica'])('%s does not', async (issuer) => {
    const { client_id, client_secret } = await server.register(issuer);
    const query = { ...clientCredentials, client_id, client_secret };
    await expectRefused(ask(issuer, query), { presented: [client_secret] });
    await expectRefused(ask(issuer, { client_id, client_secret }, clientCredentials));
    // Nor do they disturb what stands in the body.
    expect((await ask(issuer, { client_id: 'x', scope: 'beyond' }, query)).status).toBe(200);
  });
});
