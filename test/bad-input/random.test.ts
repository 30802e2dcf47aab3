// Whatever comes, no 5xx and no silence: a client can make the server refuse it, not fail.
// A failure prints its seed and its path; give both to fc.assert to see it again.

import { requiredEndpointNames } from '@tessera-oauth/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fromAnywhere } from '../support/addresses.ts';
import { answerOf, expectRefusal } from '../support/answers.ts';
import { dialectNames, urlOf } from '../support/endpoints.ts';
import { exchange, rawRequest } from '../support/raw-http.ts';
import { basic } from '../support/server.ts';
import { steadfastServer } from './steadfast-server.ts';

// Each request comes from an address of its own: too many failures would hide what lies behind them.
const steadfast = steadfastServer({ trust_proxy: ['127.0.0.1'] });
const posted = requiredEndpointNames.filter((name) => name !== 'jwks');

const names = fc.constantFrom(
  ...['grant_type', 'scope', 'resource', 'token', 'token_type_hint', 'client_id', 'client_secret'],
  ...['code', 'redirect_uri', 'refresh_token', '__proto__', 'constructor', 'x'],
);
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.constantFrom(
    'client_credentials',
    'authorization_code',
    'read',
    'read write',
    'read,write',
    ',',
    ' ',
    '%',
  ),
  fc.constantFrom('https://api.example.com', 'a.b.c', 'eyJhbGciOiJub25lIn0.e30.', 'toString'),
);
/** Percent-encoded as it should be, or as it happens to come. */
const spelled = fc.oneof(text.map(encodeURIComponent), text.map(encodeURIComponent), text);
const form = fc
  .array(fc.tuple(names, spelled), { maxLength: 12 })
  .map((pairs) => pairs.map(([name, value]) => `${name}=${value}`).join('&'));
const body = fc.oneof(
  { weight: 4, arbitrary: form.map((pairs) => Buffer.from(pairs)) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)) },
);
const contentType = fc.oneof(
  { weight: 6, arbitrary: fc.constant('application/x-www-form-urlencoded') },
  { weight: 1, arbitrary: fc.constantFrom('application/json', 'text/plain', 'form', ';', 'a/b;c=d') },
  { weight: 1, arbitrary: fc.stringMatching(/^[!-~]{0,40}$/) },
);
/** Who asks: nobody, a client with its secret in one place or another, or something else altogether. */
const asker = fc.oneof(
  fc.constantFrom('nobody', 'basic', 'post' as const),
  fc
    .uint8Array({ maxLength: 60 })
    .map((bytes) => ({ authorization: `Basic ${Buffer.from(bytes).toString('base64')}` })),
  fc.stringMatching(/^(Basic|Bearer|DPoP) [!-~]{0,60}$/).map((authorization) => ({ authorization })),
);

test('random requests to every endpoint', async () => {
  const endpoints = dialectNames.flatMap((issuer) => posted.map((endpoint) => ({ issuer, endpoint })));
  const arbitrary = fc.record({
    at: fc.constantFrom(...endpoints),
    address: fc.ipV4(),
    query: fc.oneof(fc.constant(''), form),
    body,
    contentType,
    asker,
  });
  await fc.assert(
    fc.asyncProperty(arbitrary, async ({ at, address, query, body, contentType, asker }) => {
      const { client_id, client_secret } = steadfast.client(at.issuer);
      const post = asker === 'post' ? `client_id=${client_id}&client_secret=${client_secret}&` : '';
      const response = await fetch(`${urlOf(steadfast.server, at.issuer, at.endpoint)}?${query}`, {
        method: 'POST',
        headers: {
          'content-type': contentType,
          'x-forwarded-for': address,
          ...(asker === 'basic' ? basic(client_id, client_secret) : typeof asker === 'object' && asker),
        },
        body: Buffer.concat([Buffer.from(post), body]),
      });
      const answer = await answerOf(response);
      if (answer.status === 200) expect(answer.headers['cache-control']).toMatch(/\bno-store\b/);
      else expectRefusal(answer, { presented: [client_secret] });
    }),
    { numRuns: 400 },
  );
});

test('random bytes instead of HTTP', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 400 }), async (bytes) => {
      // Empty lines before a request are none yet (RFC 9112 §2.2).
      fc.pre(bytes.some((byte) => byte !== 10 && byte !== 13));
      const end = Buffer.from('\r\n\r\n\r\n\r\n');
      const { answers, closed } = await exchange(steadfast.server.port, Buffer.concat([bytes, end]));
      expect(closed || answers.length > 0).toBe(true);
      for (const answer of answers) expectRefusal(answer);
    }),
    { numRuns: 100 },
  );
});

test('one random byte in a good request', async () => {
  const { client_id, client_secret } = steadfast.client('standard');
  const { pathname } = new URL(urlOf(steadfast.server, 'standard', 'token'));
  const body = 'grant_type=client_credentials&scope=read';
  let answered = 0;
  await fc.assert(
    fc.asyncProperty(fc.nat(), fc.nat(255), async (position, byte) => {
      const { authorization } = basic(client_id, client_secret);
      const headers = Object.entries({ authorization, ...fromAnywhere() }).map(
        ([name, value]) => `${name}: ${value}`,
      );
      const request = rawRequest(pathname, { headers, body });
      request[position % request.length] = byte;
      const { answers } = await exchange(steadfast.server.port, request, { patience: 300 });
      answered += answers.length;
      for (const { status } of answers) expect(status).toBeLessThan(500);
    }),
    { numRuns: 200 },
  );
  // A length that is too large has the server wait for the rest.
  expect(answered).toBeGreaterThan(100);
});
