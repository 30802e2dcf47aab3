// Apps that run in a browser (OAuth 2.0 for Browser-Based Applications §6.3): what their scripts may call.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { post, startTestServer, type TestServer } from '../support/server.ts';

const origin = 'https://spa.example';
let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

const preflight = (path: string, method: string) =>
  fetch(server.origin + path, {
    method: 'OPTIONS',
    headers: { origin, 'access-control-request-method': method },
  });

describe.each([
  ['/oauth2/token', 'POST'],
  ['/oauth2/revoke', 'POST'],
  ['/oauth2/userinfo', 'GET'],
  ['/trelica/connect/token', 'POST'],
])('%s', (path, method) => {
  test('may be called by scripts of any origin, which is asked before', async () => {
    const answer = await preflight(path, method);
    expect(answer.status).toBe(204);
    expect(answer.headers.get('access-control-allow-origin')).toBe('*');
    expect(answer.headers.get('access-control-allow-methods')?.split(', ')).toContain(method);
    expect(answer.headers.get('access-control-allow-headers')).toBe('Authorization, Content-Type');
  });

  test('shows its answers to them, refusals too, and never with cookies', async () => {
    const answer = await fetch(server.origin + path, { method, headers: { origin } });
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.headers.get('access-control-allow-origin')).toBe('*');
    expect(answer.headers.get('access-control-allow-credentials')).toBeNull();
  });
});

test.each([
  '/oauth2/introspect',
  '/oauth2/authorize',
  '/oauth2/logout',
  '/account',
  '/account/sign-in',
  '/tilia/token',
])('%s is not for scripts of other origins', async (path) => {
  const asked = await preflight(path, 'POST');
  expect(asked.status).toBe(405);
  const answers = [asked, await fetch(server.origin + path, { headers: { origin }, redirect: 'manual' })];
  for (const answer of answers) expect(answer.headers.get('access-control-allow-origin')).toBeNull();
});

test('who names no origin gets the answer as it was', async () => {
  const answer = await post(`${server.origin}/oauth2/token`, {});
  expect(answer.headers.get('access-control-allow-origin')).toBeNull();
  expect((await fetch(`${server.origin}/oauth2/token`, { method: 'OPTIONS' })).status).toBe(405);
});
