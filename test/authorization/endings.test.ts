// What ends a grant ends all of its tokens, on every process of the database (RFC 7009 §2.1); what
// takes a user's access away ends the sessions, too.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { changeUserState, removeUser, resetPassword } from '../../packages/server/src/admin/users.ts';
import { cleanUp, serve, temporaryFolder } from '../command-line/program.ts';
import { isActive } from '../command-line/requests.ts';
import { eventually } from '../support/eventually.ts';
import { asOperator } from '../support/operator.ts';
import { startTestServer, type TestServer, threeIssuers } from '../support/server.ts';
import { createTestUser, formOf, headingOf, type TestUser, UserAgent } from '../support/user-agent.ts';
import { type App, createApp, type TokenAnswer } from './app.ts';

let server: TestServer;
/** Where another process serves the same database. */
let elsewhere: string;
let app: App;

beforeAll(async () => {
  server = await startTestServer();
  const file = join(await temporaryFolder(), 'tessera.yaml');
  await writeFile(file, stringify({ listen: { port: 0 }, data: server.data, issuers: threeIssuers }));
  elsewhere = (await serve(['start', '--config', file])).json.origin;
  app = await createApp(server, 'standard');
});
afterAll(async () => {
  await cleanUp();
  await server.close();
});

/** A user who has allowed the app something, the browser that did it, and what the app has. */
interface Connected {
  readonly user: TestUser;
  readonly agent: UserAgent;
  readonly code: string;
  readonly first: TokenAnswer;
  readonly last: TokenAnswer;
}

async function connect(): Promise<Connected> {
  const [user, agent] = [await createTestUser(server), new UserAgent()];
  const code = await app.code(agent, user);
  const first = await app.redeem(code);
  return { user, agent, code, first, last: await app.refresh(first.refresh_token) };
}

const activeAt = (origin: string, token: string) => isActive(`${origin}/oauth2/introspect`, app, token);

async function expectAlive({ first, last }: Connected): Promise<void> {
  for (const origin of [server.origin, elsewhere])
    for (const token of [first.access_token, last.access_token, last.refresh_token])
      expect(await activeAt(origin, token)).toBe(true);
}

async function expectEnded({ first, last }: Connected): Promise<void> {
  for (const origin of [elsewhere, server.origin])
    for (const token of [first.access_token, last.access_token, last.refresh_token])
      await eventually(async () => !(await activeAt(origin, token)));
  for (const token of [first.refresh_token, last.refresh_token])
    expect((await app.refresh(token)).error).toBe('invalid_grant');
}

/** Who is asked to sign in, at either process. */
async function expectSignedOut(agent: UserAgent): Promise<void> {
  expect(headingOf(await agent.get(app.url()))).toBe('Sign in');
  const there = app.url().replace(server.origin, elsewhere);
  expect(headingOf(await agent.get(there))).toBe('Sign in');
}

const changePassword = async ({ user, agent }: Connected, new_password: string) => {
  const form = formOf(await agent.get(`${server.origin}/account`), '/account/password');
  return agent.follow(await agent.submit(form, { password: user.password, new_password }));
};

describe('everywhere tokens end', () => {
  const endings: [what: string, end: (connected: Connected) => Promise<unknown>][] = [
    ['the app revokes its refresh token', ({ last }) => app.revoke(last.refresh_token)],
    [
      'the app revokes a refresh token that has been replaced',
      ({ first }) => app.revoke(first.refresh_token),
    ],
    ['the code is used again', ({ code }) => app.redeem(code)],
    [
      'a replaced refresh token is used again',
      async ({ first, last }) => {
        await app.refresh(last.refresh_token);
        await app.refresh(first.refresh_token);
      },
    ],
    [
      'the user disconnects the app',
      async ({ agent }) => agent.submit(formOf(await agent.get(`${server.origin}/account`), '/disconnect')),
    ],
  ];
  test.for(endings)('where %s', async ([, end]) => {
    const [connected, another] = [await connect(), await connect()];
    await expectAlive(connected);
    await end(connected);
    await expectEnded(connected);
    await expectAlive(another);
  });
});

describe('everywhere tokens and sessions end', () => {
  const byOperator = (work: (admin: TestServer['instance']['admin']) => Promise<unknown>) =>
    asOperator(server, ({ admin }) => work(admin));
  const endings: [what: string, end: (login: string) => Promise<unknown>][] = [
    ['is disabled', (login) => byOperator((admin) => changeUserState(admin, login, true))],
    ['gets another password', (login) => byOperator((admin) => resetPassword(admin, login, {}))],
    ['is deleted', (login) => byOperator((admin) => removeUser(admin, login))],
  ];
  test.for(endings)('where the user %s', async ([, end]) => {
    const [connected, another] = [await connect(), await connect()];
    await expectAlive(connected);
    await end(connected.user.login);
    await expectEnded(connected);
    await expectSignedOut(connected.agent);
    await expectAlive(another);
  });

  test('where the user chooses another password, but for the browser where that was', async () => {
    const connected = await connect();
    const other = new UserAgent();
    await app.code(other, connected.user);
    const page = await changePassword(connected, 'another long password');
    expect(page.text).toContain('Your password was changed.');
    await expectEnded(connected);
    await expectSignedOut(other);
    const quiet = await connected.agent.get(app.url({ prompt: 'none' }));
    expect(new URL(quiet.location ?? '').searchParams.has('code')).toBe(true);
  });
});

test('a user who is enabled again gets no old token back', async () => {
  const connected = await connect();
  const { login } = connected.user;
  await asOperator(server, async ({ admin }) => {
    await changeUserState(admin, login, true);
    await changeUserState(admin, login, false);
  });
  await expectEnded(connected);
  await expectSignedOut(connected.agent);
  expect((await app.redeem(await app.code(connected.agent, connected.user))).status).toBe(200);
});

test('a code that was given before the user was disabled is worth nothing', async () => {
  const [user, agent] = [await createTestUser(server), new UserAgent()];
  const code = await app.code(agent, user);
  await asOperator(server, ({ admin }) => changeUserState(admin, user.login, true));
  expect((await app.redeem(code)).error).toBe('invalid_grant');
});

test('a password that is not the current one changes nothing', async () => {
  const connected = await connect();
  const wrong = { ...connected, user: { ...connected.user, password: 'not the password' } };
  expect((await changePassword(wrong, 'another long password')).status).toBe(422);
  await expectAlive(connected);
});
