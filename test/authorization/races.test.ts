// Fifty at once, over HTTP: one code is good for one of them, one refresh token gives all of them the same successor.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../support/server.ts';
import { createTestUser, type TestUser, UserAgent } from '../support/user-agent.ts';
import { type App, createApp } from './app.ts';

let server: TestServer;
let user: TestUser;
let app: App;

beforeAll(async () => {
  server = await startTestServer();
  user = await createTestUser(server);
  app = await createApp(server, 'standard');
});
afterAll(() => server.close());

const fifty = <T>(work: () => Promise<T>): Promise<T[]> => Promise.all(Array.from({ length: 50 }, work));
const statuses = (answers: readonly { readonly status: number }[]) =>
  new Set(answers.map(({ status }) => status));

test('of fifty that redeem one code, one gets tokens, and the others end them', async () => {
  const code = await app.code(new UserAgent(), user);
  const answers = await fifty(() => app.redeem(code));
  const [winner, ...more] = answers.filter(({ status }) => status === 200);
  expect(more).toEqual([]);
  const losers = answers.filter((answer) => answer !== winner);
  expect(new Set(losers.map(({ error }) => error))).toEqual(new Set(['invalid_grant']));
  // RFC 6749 §4.1.2: what a code gave that is used again SHOULD be revoked.
  expect(await app.introspect(winner?.access_token ?? '')).toEqual({ active: false });
  expect(await app.refresh(winner?.refresh_token ?? '')).toMatchObject({
    status: 400,
    error: 'invalid_grant',
  });
});

test('fifty that refresh with one token all get the same next one, and each an access token of its own', async () => {
  const first = await app.redeem(await app.code(new UserAgent(), user));
  const answers = await fifty(() => app.refresh(first.refresh_token));
  expect(statuses(answers)).toEqual(new Set([200]));
  const successors = [...new Set(answers.map(({ refresh_token }) => refresh_token))];
  expect(successors).toHaveLength(1);
  expect(successors).not.toContain(first.refresh_token);
  expect(new Set(answers.map(({ access_token }) => access_token)).size).toBe(50);
  expect(statuses(await fifty(() => app.refresh(successors[0] ?? '')))).toEqual(new Set([200]));
  // By now it is older than its successor's successor: somebody has a copy.
  expect(await app.refresh(first.refresh_token)).toMatchObject({ status: 400, error: 'invalid_grant' });
});
