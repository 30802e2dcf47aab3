// A fault of the server's own: the answer says nothing of it, and names the line of the log that says all.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Answer, answerOf } from '../support/answers.ts';
import { dialectNames, requestToken } from '../support/endpoints.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

let server: TestServer;
const answers = new Map<string, Answer>();

beforeAll(async () => {
  server = await startTestServer();
  const clients = new Map<string, Awaited<ReturnType<TestServer['register']>>>();
  for (const issuer of dialectNames) clients.set(issuer, await server.register(issuer));
  // From here on nothing can be read: the clients, which memory has not met, cannot be judged.
  await server.instance.close();
  for (const [issuer, client] of clients) {
    answers.set(issuer, await answerOf(await requestToken(server, issuer, client)));
  }
});
afterAll(() => server.close());

test.each(dialectNames)('%s answers server_error and the id of the request', (issuer) => {
  const { status, headers, body } = answers.get(issuer) as Answer;
  expect(status).toBe(500);
  expect(headers['content-type']).toMatch(/^application\/json\b/);
  expect(headers['cache-control']).toMatch(/\bno-store\b/);
  const { error, error_description, ...others } = JSON.parse(body) as Record<string, string>;
  expect(error).toBe('server_error');
  expect(others).toEqual({});
  const id = headers['x-request-id'];
  expect(id).toMatch(/^[\w-]+$/);
  const description = `The server could not answer. Its log explains request ${id}.`;
  expect(error_description).toBe(issuer === 'trelica' ? undefined : description);
});

test.each(dialectNames)('%s: nothing of the fault is in the answer', (issuer) => {
  const { headers, body } = answers.get(issuer) as Answer;
  expect(JSON.stringify([headers, body])).not.toMatch(
    /destroy|driver|select|sqlite|kysely|\bat .*:\d+|\.ts\b|node:/i,
  );
});

test.each(dialectNames)('%s: the log has the fault, by the same id', (issuer) => {
  const id = (answers.get(issuer) as Answer).headers['x-request-id'];
  const lines = server.log.filter((line) => line.request_id === id);
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatchObject({
    level: 50,
    reason: 'fault',
    error: 'server_error',
    issuer,
    endpoint: 'token',
  });
  const { err } = lines[0] as { err: { message: string; stack: string } };
  expect(err.message).toMatch(/destroyed/);
  expect(err.stack).toMatch(/at /);
});

test('what needs no database still works', async () => {
  expect((await fetch(`${server.origin}/oauth2/jwks`)).status).toBe(200);
  expect((await fetch(`${server.origin}/nowhere`)).status).toBe(404);
});
