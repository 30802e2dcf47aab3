// What every answer tells a browser (OWASP ASVS 5.0, 3.4), and what web pages have no business with.

import { startMock } from '@tessera-oauth/server/mock';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { browserHeaders } from '../../packages/server/src/http/browser-headers.ts';
import { managementUrl } from '../support/metrics.ts';
import { exchange, rawRequest } from '../support/raw-http.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({
    public_url: 'https://auth.example.com',
    trust_proxy: ['127.0.0.1'],
    management: { port: 0 },
  });
});
afterAll(() => server.close());

const at = (path: string, init: RequestInit = {}) =>
  fetch(`http://127.0.0.1:${server.port}${path}`, { redirect: 'manual', ...init });

test.each<[path: string, method: string, page: boolean]>([
  ['/oauth2/token', 'POST', false],
  ['/oauth2/token', 'GET', false],
  ['/oauth2/jwks', 'GET', false],
  ['/oauth2/userinfo', 'GET', false],
  ['/.well-known/openid-configuration', 'GET', false],
  ['/nowhere', 'GET', false],
  ['/oauth2/token', 'OPTIONS', false],
  ['/oauth2/authorize', 'GET', true],
  ['/account/sign-in', 'GET', true],
  ['/account', 'GET', false],
])('%s, by %s', async (path, method, page) => {
  const headers = Object.fromEntries(
    (await at(path, { method, headers: { origin: 'https://a.example' } })).headers,
  );
  expect(headers['x-content-type-options']).toBe('nosniff');
  expect(headers['strict-transport-security']).toBe('max-age=31536000');
  if (page) expect(headers['content-type']).toMatch(/^text\/html/);
  expect(headers['cross-origin-opener-policy']).toBe(page ? 'same-origin' : undefined);
});

test('what the parser of HTTP refuses has them too', async () => {
  const request = rawRequest('/oauth2/token', { headers: [`X-Large: ${'a'.repeat(20_000)}`] });
  const { answers } = await exchange(server.port, request);
  expect(answers[0]).toMatchObject({
    status: 431,
    headers: { 'x-content-type-options': 'nosniff', 'strict-transport-security': 'max-age=31536000' },
  });
});

test.each([
  ['https://auth.example.com', true],
  ['https://localhost.example.com', true],
  ['http://auth.example.com', false],
  ['https://localhost', false],
  ['https://localhost:8443/oauth2/token', false],
  ['https://127.0.0.1:8443', false],
  ['https://[::1]:8443', false],
])('HSTS at %s: %s', (url, strict) => {
  expect('Strict-Transport-Security' in browserHeaders(url, {})).toBe(strict);
});

describe('metrics and the control of a mock', () => {
  /** What a browser would not let a test send. */
  const status = async (port: number, path: string, headers: readonly string[], method = 'GET') => {
    const request = `${method} ${path} HTTP/1.1\r\n${headers.map((line) => `${line}\r\n`).join('')}\r\n`;
    return (await exchange(port, request)).answers[0]?.status;
  };
  const strangers = (port: number): [string[]][] => [
    [[`Host: rebound.example:${port}`]],
    [['Host: 127.0.0.1.rebound.example']],
    [[`Host: 127.0.0.1:${port}`, 'Origin: https://evil.example']],
    [[`Host: 127.0.0.1:${port}`, 'Origin: null']],
    [[`Host: 127.0.0.1:${port}`, `Origin: http://127.0.0.1:${port + 1}`]],
    [[`Host: 127.0.0.1:${port}`, 'Sec-Fetch-Site: cross-site']],
  ];
  const friends = (port: number): [string[]][] => [
    [[`Host: 127.0.0.1:${port}`]],
    [['Host: localhost']],
    [['Host: [::1]:9090']],
    [[`Host: 127.0.0.1:${port}`, `Origin: http://127.0.0.1:${port}`]],
  ];

  test('/metrics is not for pages of other sites', async () => {
    const port = Number(new URL(managementUrl(server, '/metrics')).port);
    for (const [headers] of strangers(port))
      expect(await status(port, '/metrics', headers), headers.join()).toBe(403);
    for (const [headers] of friends(port))
      expect(await status(port, '/metrics', headers), headers.join()).toBe(200);
  });

  test('nor is a mock moved by them', async () => {
    await using mock = await startMock({ public_url: 'http://auth.test' });
    const port = Number(new URL(mock.url).port);
    const before = mock.now().getTime();
    for (const [headers] of strangers(port)) {
      expect(await status(port, '/_mock/reset', headers, 'POST'), headers.join()).toBe(403);
      expect(await status(port, '/_mock/requests', headers), headers.join()).toBe(403);
    }
    for (const [headers] of [...friends(port), [['Host: auth.test']]] as const)
      expect(await status(port, '/_mock/requests', headers), headers.join()).toBe(200);
    expect(mock.now().getTime() - before).toBeLessThan(60_000);
  });
});
