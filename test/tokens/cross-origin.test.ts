// Apps that run in a browser (OAuth 2.0 for Browser-Based Applications §6.3): what their scripts may call and read.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { exchange, rawRequest } from '../support/raw-http.ts';
import { post, startTestServer, type TestServer } from '../support/server.ts';

const origin = 'https://spa.example';
let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

const ask = (path: string, method: string, headers: Record<string, string> = {}, body?: string) =>
  fetch(server.origin + path, {
    method,
    headers: { origin, ...headers },
    redirect: 'manual',
    ...(body && { body }),
  });
const preflight = (path: string, method: string, asked: Record<string, string> = {}) =>
  ask(path, 'OPTIONS', { 'access-control-request-method': method, ...asked });

/** That the script may read it, with what it needs to mend its request, and that no cookie counts. */
function expectReadable(headers: Headers) {
  expect(headers.get('access-control-allow-origin')).toBe('*');
  expect(headers.get('access-control-expose-headers')?.split(', ')).toEqual(
    expect.arrayContaining(['Retry-After', 'WWW-Authenticate', 'X-Request-Id']),
  );
  expect(headers.get('access-control-allow-credentials')).toBeNull();
}

describe.each<[path: string, method: string]>([
  ['/oauth2/token', 'POST'],
  ['/oauth2/revoke', 'POST'],
  ['/oauth2/userinfo', 'GET'],
  ['/trelica/connect/token', 'POST'],
  ['/.well-known/oauth-authorization-server', 'GET'],
  ['/.well-known/oauth-authorization-server/trelica', 'GET'],
  ['/oauth2/jwks', 'GET'],
  ['/oauth2/deny-list', 'GET'],
  ['/tilia/.well-known/openid-configuration', 'GET'],
])('%s', (path, method) => {
  test('may be called by scripts of any origin, with any header', async () => {
    const asked = { 'access-control-request-headers': 'authorization,dpop,mcp-protocol-version' };
    const answer = await preflight(path, method, asked);
    expect(answer.status).toBe(204);
    expectReadable(answer.headers);
    expect(answer.headers.get('access-control-allow-methods')?.split(', ')).toContain(method);
    expect(answer.headers.get('access-control-allow-headers')).toBe(asked['access-control-request-headers']);
    const plain = await preflight(path, method);
    expect(plain.headers.get('access-control-allow-headers')).toBe('Authorization, Content-Type');
  });

  test('shows its answers to them, and every refusal', async () => {
    const large = 'x'.repeat(70_000);
    const answers = [
      await ask(path, method),
      await ask(path, 'DELETE'),
      await ask(path, 'POST', { 'content-type': 'text/plain' }, 'x'),
      await ask(path, 'POST', { authorization: 'Basic !' }, 'grant_type=client_credentials'),
      await ask(path, 'POST', {}, large),
    ];
    expect(answers.map(({ status }) => status)).toContain(405);
    expect(answers.at(-1)?.status).toBe(413);
    for (const answer of answers) expectReadable(answer.headers);
  });

  test('shows what the parser of HTTP refuses', async () => {
    const headers = [`Origin: ${origin}`, `X-Large: ${'a'.repeat(20_000)}`];
    const { answers } = await exchange(server.port, rawRequest(path, { method, headers }));
    expect(answers[0]?.status).toBe(431);
    expectReadable(new Headers(answers[0]?.headers));
  });

  test('is asked for no more than names of headers', async () => {
    const headers = [`Origin: ${origin}`, 'Access-Control-Request-Headers: x-a, <script>'];
    const { answers } = await exchange(server.port, rawRequest(path, { method: 'OPTIONS', headers }));
    expect(answers[0]?.headers['access-control-allow-headers']).toBe('Authorization, Content-Type');
  });
});

test('a script that mistypes a path is told so', async () => {
  expect((await preflight('/oauth2/tokens', 'POST')).status).toBe(204);
  const answer = await ask('/oauth2/tokens', 'POST');
  expect(answer.status).toBe(404);
  expectReadable(answer.headers);
});

test.each([
  '/oauth2/introspect',
  '/oauth2/authorize',
  '/oauth2/logout',
  '/account',
  '/account/sign-in',
  '/account/consent',
  '/tilia/token',
])('%s is not for scripts of other origins', async (path) => {
  const asked = await preflight(path, 'POST');
  expect(asked.status).toBe(405);
  const headers = [`Origin: ${origin}`, `X-Large: ${'a'.repeat(20_000)}`];
  const { answers } = await exchange(server.port, rawRequest(path, { headers }));
  const refused = [asked, await ask(path, 'GET'), await ask(path, 'POST', {}, 'x'.repeat(70_000))];
  for (const answer of [...refused.map((each) => each.headers), new Headers(answers[0]?.headers)])
    expect([...answer.keys()].filter((name) => name.startsWith('access-control-'))).toEqual([]);
});

test('who names no origin gets the answer as it was', async () => {
  const answer = await post(`${server.origin}/oauth2/token`, {});
  expect(answer.headers.get('access-control-allow-origin')).toBeNull();
  expect((await fetch(`${server.origin}/oauth2/token`, { method: 'OPTIONS' })).status).toBe(405);
});
