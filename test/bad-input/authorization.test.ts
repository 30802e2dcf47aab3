// Authorization headers that are broken, or of another scheme (RFC 7617 §2, RFC 6749 §2.3).

import type { EndpointName } from '@tessera-oauth/core';
import { describe, expect, test } from 'vitest';
import { expectRefusal, expectRefused } from '../support/answers.ts';
import { clientCredentials, dialectNames, urlOf } from '../support/endpoints.ts';
import { exchange, rawRequest } from '../support/raw-http.ts';
import { post } from '../support/server.ts';
import { steadfastServer } from './steadfast-server.ts';

const steadfast = steadfastServer();
const base64 = (value: string | Uint8Array) => Buffer.from(value).toString('base64');

/** Authorization headers, each wrong in its own way; `id` is a client that exists. */
const malformed: readonly [flaw: string, header: (id: string) => string][] = [
  ['no Base64', () => 'Basic !!!!'],
  ['Base64 with a blank in it', (id) => `Basic ${base64(id)} ${base64(':x')}`],
  ['the alphabet of base64url', () => `Basic ${base64('a:\u{fffff}\u{fffff}~~~').replaceAll(/[+/]/g, '_')}`],
  ['no colon', (id) => `Basic ${base64(id)}`],
  [
    'bytes that are no UTF-8 for a secret',
    (id) => `Basic ${base64(Buffer.from([...Buffer.from(`${id}:`), 255]))}`,
  ],
  ['bytes that are no UTF-8 for an id', () => `Basic ${base64(Uint8Array.of(0xc3, 0x28, 0x3a, 0x61))}`],
  ['a NUL', (id) => `Basic ${base64(`${id}:a\0b`)}`],
];

const otherSchemes = [
  'Bearer abc.def.ghi',
  'Digest username="x"',
  'Negotiate YII=',
  'Basic',
  'Basi YTpi',
  'YTpi',
  'Basic\tYTpi',
];

describe.each(dialectNames)('%s', (issuer) => {
  describe.each<EndpointName>(['token', 'introspection', 'revocation'])('%s', (endpoint) => {
    const send = (authorization: string, form: Record<string, string> = {}) =>
      post(
        urlOf(steadfast.server, issuer, endpoint),
        { ...clientCredentials, token: 'x', ...form },
        { authorization },
      );

    test.each(malformed)('Basic with %s', async (_flaw, header) => {
      const authorization = header(steadfast.client(issuer).client_id);
      const presented = authorization.slice('Basic '.length);
      await expectRefused(send(authorization), {
        status: 400,
        // Trelica's engine calls it a client that failed to authenticate.
        error: issuer === 'trelica' ? 'invalid_client' : 'invalid_request',
        presented: [presented],
      });
    });

    test.each(otherSchemes)('%j is no client authentication', async (authorization) => {
      await expectRefused(send(authorization), {
        status: issuer === 'standard' ? 401 : 400,
        error: issuer === 'tilia' ? 'unauthorized_client' : 'invalid_client',
      });
    });

    test.each(otherSchemes)('%j beside credentials in the body', async (authorization) => {
      const { client_id, client_secret } = steadfast.client(issuer);
      const answer = send(authorization, { client_id, client_secret });
      // These dialects ignore what is no client credential.
      if (issuer !== 'standard') return expect((await answer).status).toBe(200);
      await expectRefused(answer, {
        status: 400,
        error: 'invalid_request',
        presented: [client_secret],
      });
    });
  });

  // RFC 9110 §11.1: the scheme is case-insensitive; RFC 6750 has nothing to say about more than one blank.
  test.each(['basic', 'BASIC', 'Basic  '])('“%s” is Basic', async (scheme) => {
    const { client_id, client_secret } = steadfast.client(issuer);
    const authorization = `${scheme} ${base64(`${client_id}:${client_secret}`)}`;
    const response = await post(urlOf(steadfast.server, issuer, 'token'), clientCredentials, {
      authorization,
    });
    expect(response.status).toBe(200);
  });

  test('two Authorization headers are not two attempts', async () => {
    const { client_id, client_secret } = steadfast.client(issuer);
    const { pathname } = new URL(urlOf(steadfast.server, issuer, 'token'));
    const request = rawRequest(pathname, {
      headers: [
        `Authorization: Basic ${base64(`${client_id}:wrong`)}`,
        `Authorization: Basic ${base64(`${client_id}:${client_secret}`)}`,
      ],
      body: new URLSearchParams(clientCredentials).toString(),
    });
    const [answer] = (await exchange(steadfast.server.port, request)).answers;
    if (answer === undefined) throw new Error('no answer');
    expectRefusal(answer, { presented: [client_secret] });
  });
});

test('a 401 names the scheme to use, and its realm', async () => {
  const answer = await expectRefused(
    post(urlOf(steadfast.server, 'standard', 'token'), clientCredentials, { authorization: 'Bearer x' }),
    { status: 401 },
  );
  expect(answer.headers['www-authenticate']).toBe(
    `Basic realm="${steadfast.server.origin}", charset="UTF-8"`,
  );
});
