// Methods and paths that are not served (RFC 9110 §15.5.5, §15.5.6; RFC 6749 §3.2: the client MUST use POST).

import type { EndpointName } from '@tessera-oauth/core';
import { describe, expect, test } from 'vitest';
import { answerOf, expectRefusal, expectRefused } from '../support/answers.ts';
import { clientCredentials, dialectNames, issuerOf, urlOf } from '../support/endpoints.ts';
import { exchange, rawRequest } from '../support/raw-http.ts';
import { basic } from '../support/server.ts';
import { steadfastServer } from './steadfast-server.ts';

const steadfast = steadfastServer();

describe.each(dialectNames)('%s', (issuer) => {
  const url = (endpoint: EndpointName) => urlOf(steadfast.server, issuer, endpoint);
  const posted: EndpointName[] = ['token', 'introspection', 'revocation'];

  describe.each(posted)('%s takes POST alone', (endpoint) => {
    test.each(['GET', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])('not %s', async (method) => {
      const { client_id, client_secret } = steadfast.client(issuer);
      const form = new URLSearchParams({ ...clientCredentials, client_id, client_secret });
      const answer = await expectRefused(
        fetch(`${url(endpoint)}?${form}`, { method, headers: basic(client_id, client_secret) }),
        { status: 405, presented: [client_secret] },
      );
      expect(answer.headers.allow).toBe('POST');
    });

    test('not HEAD', async () => {
      const { status, headers, body } = await answerOf(await fetch(url(endpoint), { method: 'HEAD' }));
      expect({ status, allow: headers.allow, body }).toEqual({ status: 405, allow: 'POST', body: '' });
    });

    test.each(['TRACE', 'PROPFIND'])('not %s', async (method) => {
      const { pathname } = new URL(url(endpoint));
      const { answers } = await exchange(steadfast.server.port, rawRequest(pathname, { method }));
      const [answer] = answers;
      if (answer === undefined) throw new Error('no answer');
      expectRefusal(answer, { status: 405 });
    });
  });

  const documents = () => [
    url('jwks'),
    `${issuerOf(steadfast.server, issuer).issuer}/.well-known/openid-configuration`,
    `${issuerOf(steadfast.server, issuer).issuer}/.well-known/oauth-authorization-server`,
  ];

  test('published documents answer GET and HEAD alike', async () => {
    for (const document of documents()) {
      const got = await answerOf(await fetch(document));
      const head = await answerOf(await fetch(document, { method: 'HEAD' }));
      expect({ got: got.status, head: head.status }).toEqual({ got: 200, head: 200 });
      expect({ got: got.body !== '', head: head.body }).toEqual({ got: true, head: '' });
      for (const name of ['content-type', 'content-length', 'cache-control', 'etag']) {
        expect(head.headers[name]).toBe(got.headers[name]);
      }
    }
  });

  test.each(['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])(
    'published documents do not take %s',
    async (method) => {
      for (const document of documents()) {
        const answer = await expectRefused(fetch(document, { method }), { status: 405 });
        expect(answer.headers.allow).toBe('GET, HEAD');
      }
    },
  );
});

describe('paths', () => {
  test.each([
    '/nowhere',
    '/oauth2',
    '/oauth2/token/',
    '/OAUTH2/TOKEN',
    '/oauth2%2Ftoken',
    '//oauth2/token',
    '/x/../oauth2/token',
    '/tilia/oauth2/token',
    '/connect/token',
  ])('%s is not served', async (path) => {
    for (const method of ['GET', 'POST']) {
      const { answers } = await exchange(steadfast.server.port, rawRequest(path, { method }));
      const [answer] = answers;
      if (answer === undefined) throw new Error('no answer');
      expectRefusal(answer, { status: 404, error: 'not_found' });
    }
  });

  test('nor is a very long one', async () => {
    const answer = await expectRefused(fetch(`${steadfast.server.origin}/${'a'.repeat(8000)}`), {
      status: 404,
    });
    expect(answer.body).not.toContain('aaa');
  });

  test.each(['/%zz', '/oauth2/token%', '/%', '/%E0%A4%A'])('%s is no path', async (path) => {
    const { answers } = await exchange(steadfast.server.port, rawRequest(path));
    const [answer] = answers;
    if (answer === undefined) throw new Error('no answer');
    expectRefusal(answer, { status: 400, error: 'invalid_request' });
  });

  // RFC 9112 §3.2.2: "a server MUST accept the absolute-form in requests".
  test('a request may name the whole URL', async () => {
    const { client_id, client_secret } = steadfast.client('standard');
    const body = new URLSearchParams({ ...clientCredentials, client_id, client_secret }).toString();
    const request = rawRequest(urlOf(steadfast.server, 'standard', 'token'), { body });
    const { answers } = await exchange(steadfast.server.port, request);
    expect(answers[0]?.status).toBe(200);
  });
});
