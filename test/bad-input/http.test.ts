// What is not HTTP, or too much of it (RFC 9112, RFC 6585 §5): answered on the socket, and the connection closed.

import { describe, expect, test } from 'vitest';
import { type Answer, expectRefusal } from '../support/answers.ts';
import { clientCredentials, dialectNames, urlOf } from '../support/endpoints.ts';
import { exchange, rawRequest, untilClosed } from '../support/raw-http.ts';
import { threeIssuers } from '../support/server.ts';
import { steadfastServer } from './steadfast-server.ts';

const steadfast = steadfastServer({
  issuers: [...threeIssuers, { name: 'eu', location: 'https://eu.example' }],
});
const path = () => new URL(urlOf(steadfast.server, 'standard', 'token')).pathname;
const good = () => {
  const { client_id, client_secret } = steadfast.client('standard');
  return new URLSearchParams({ ...clientCredentials, client_id, client_secret }).toString();
};

/** The one answer to bytes after which the server closes. */
async function lastAnswer(bytes: string | Uint8Array): Promise<Answer> {
  const { answers, closed } = await untilClosed(steadfast.server.port, bytes, 3000);
  expect(closed).toBe(true);
  expect(answers).toHaveLength(1);
  return answers[0] as Answer;
}

test.each([
  ['a TLS greeting', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
  ['words', 'hello, is anybody there?\r\n\r\n'],
  ['zero bytes', '\0'.repeat(64)],
  ['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
  ['an unknown method', 'FROB /oauth2/token HTTP/1.1\r\nHost: x\r\n\r\n'],
  ['an unknown version', 'POST /oauth2/token HTTP/9.9\r\nHost: x\r\n\r\n'],
  ['a header without a name', 'POST /oauth2/token HTTP/1.1\r\nHost: x\r\n: y\r\n\r\n'],
  ['a negative length', 'POST /oauth2/token HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n'],
  ['two lengths', 'POST /oauth2/token HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n'],
  // RFC 9112 §6.1: both at once may be an attempt at request smuggling.
  [
    'a length beside chunks',
    'POST /oauth2/token HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  ],
  [
    'a chunk without a size',
    'POST /oauth2/token HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
  ],
])('%s', async (_what, bytes) => {
  expectRefusal(await lastAnswer(Buffer.from(bytes, 'latin1')), { status: 400, error: 'invalid_request' });
});

// RFC 9112 §3.2: "A server MUST respond with a 400 … to any HTTP/1.1 request message that lacks a Host header field".
test('no Host', async () => {
  const request = 'POST /oauth2/token HTTP/1.1\r\nContent-Length: 0\r\n\r\n';
  const { answers } = await exchange(steadfast.server.port, request);
  expectRefusal(answers[0] as Answer, { status: 400 });
});

describe('whom a request asks', () => {
  const ask = async (target: string, headers: string, version = '1.1') => {
    const request = `GET ${target} HTTP/${version}\r\n${headers}Connection: close\r\n\r\n`;
    return (await exchange(steadfast.server.port, request)).answers[0] as Answer;
  };
  const metadata = '/.well-known/oauth-authorization-server';

  // RFC 9112 §3.2: 400 also for more than one, and for one with an invalid value.
  test.each([
    'Host: a.example\r\nHost: b.example\r\n',
    'Host: a.example\r\nHOST: a.example\r\n',
    'Host: a.example, b.example/\r\n',
    'Host: a.example/oauth2\r\n',
    'Host: me@a.example\r\n',
    'Host: a b\r\n',
    'Host: a.example:http\r\n',
    'Host: [::1\r\n',
  ])('is said once and well: %j', async (headers) => {
    expectRefusal(await ask(metadata, headers), { status: 400, error: 'invalid_request' });
    expect(steadfast.server.log.at(-1)).toMatchObject({ reason: 'host_malformed' });
  });

  test.each(['Host: a.example:8080\r\n', 'Host: [::1]:80\r\n', 'Host: 127.0.0.1\r\n', 'Host: \r\n'])(
    '%j is fine',
    async (headers) => expect((await ask(metadata, headers)).status).toBe(200),
  );

  test('is the authority of the target, where the target is a whole URL', async () => {
    const issuerOf = async (authority: string, host: string) =>
      JSON.parse((await ask(`http://${authority}${metadata}`, `Host: ${host}\r\n`)).body).issuer;
    const { issuers } = steadfast.server;
    const main = issuers().find(({ name }) => name === 'standard')?.issuer;
    expect(await issuerOf('eu.example', 'elsewhere.example')).toBe('https://eu.example');
    expect(await issuerOf('elsewhere.example', 'eu.example')).toBe(main);
    for (const target of [`http://me@eu.example${metadata}`, `http://a:b:c${metadata}`])
      expectRefusal(await ask(target, 'Host: eu.example\r\n'), { status: 400 });
  });
});

test.each([
  ['/oauth2/token/', '/oauth2/token'],
  ['//oauth2//token', '/oauth2/token'],
  ['/trelica/connect//token/', '/trelica/connect/token'],
  ['/OAuth2/Token', '/oauth2/token'],
  ['/oauth2/tokens', undefined],
  ['//', '/'],
])('the 404 at %s says what was meant: %s', async (target, meant) => {
  const { answers } = await exchange(steadfast.server.port, rawRequest(target, { body: good() }));
  const hint = meant === undefined ? '' : ` Did you mean ${meant}?`;
  expectRefusal(answers[0] as Answer, { status: 404, error: 'not_found' });
  expect(JSON.parse(answers[0]?.body ?? '').error_description).toBe(`Nothing is served at this path.${hint}`);
});

describe('an expectation that nobody meets', () => {
  test.each(dialectNames)('%s refuses it, and logs that', async (issuer) => {
    const { pathname } = new URL(urlOf(steadfast.server, issuer, 'token'));
    const whole = rawRequest(pathname, { headers: ['Expect: miracles'], body: good() });
    // The client may be waiting for the answer with its body.
    const head = whole.subarray(0, whole.indexOf('\r\n\r\n') + 4);
    for (const request of [whole, head]) {
      const answer = await lastAnswer(request);
      expectRefusal(answer, { status: 417, error: 'invalid_request' });
      const id = answer.headers['x-request-id'];
      expect(id).toMatch(/^[\w-]+$/);
      const lines = steadfast.server.log.filter(({ request_id }) => request_id === id);
      expect(lines).toMatchObject([
        { reason: 'expectation', issuer, endpoint: 'token', address: '127.0.0.1' },
      ]);
    }
  });

  test.each([
    ['/nowhere', 417],
    ['/%zz', 400],
  ])('nor is anything else waited for at %s', async (target, status) => {
    const answer = await lastAnswer(rawRequest(target, { headers: ['Expect: miracles'] }));
    expectRefusal(answer, { status });
    expect(answer.headers['x-request-id']).toMatch(/^[\w-]+$/);
  });
});

test('100-continue is met', async () => {
  const request = rawRequest(path(), { headers: ['Expect: 100-continue'], body: good() });
  const { answers } = await exchange(steadfast.server.port, request, { count: 2 });
  expect(answers.map(({ status }) => status)).toEqual([100, 200]);
});

test.each([
  ['one header of 20 KiB', [`X-Large: ${'a'.repeat(20_000)}`]],
  ['a thousand headers', Array.from({ length: 1000 }, (_, index) => `X-${index}: ${'a'.repeat(20)}`)],
  ['a credential of 20 KiB', [`Authorization: Basic ${'YTph'.repeat(5000)}`]],
])('%s are refused', async (_what, headers) => {
  expectRefusal(await lastAnswer(rawRequest(path(), { headers })), { status: 431, error: 'invalid_request' });
});

test('a URL of 20 KiB is refused', async () => {
  expectRefusal(await lastAnswer(rawRequest(`${path()}?x=${'a'.repeat(20_000)}`)), { status: 431 });
});

test('a body that breaks off is not acted upon', async () => {
  const whole = rawRequest(path(), { body: good() });
  const { answers } = await exchange(steadfast.server.port, whole.subarray(0, -5), { patience: 300 });
  expect(answers).toEqual([]);
});

test('requests in one packet are answered in their order', async () => {
  const bad = rawRequest(path(), { body: `${good()}&x=%FF` });
  const ok = rawRequest(path(), { body: good() });
  const bytes = Buffer.concat([ok, bad, ok, bad, ok]);
  const { answers } = await exchange(steadfast.server.port, bytes, { count: 5 });
  expect(answers.map(({ status }) => status)).toEqual([200, 400, 200, 400, 200]);
  const tokens = answers
    .filter(({ status }) => status === 200)
    .map(({ body }) => JSON.parse(body).access_token);
  expect(new Set(tokens).size).toBe(3);
});

test('a body in chunks of one byte is a body', async () => {
  const chunks = [...good()].map((character) => `1\r\n${character}\r\n`).join('');
  const head = `POST ${path()} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n`;
  const type = 'Content-Type: application/x-www-form-urlencoded\r\n\r\n';
  const { answers } = await exchange(steadfast.server.port, `${head}${type}${chunks}0\r\n\r\n`);
  expect(answers[0]?.status).toBe(200);
});
