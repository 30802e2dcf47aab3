// The stories of docs/operations/investigating.md, played on a server: each leaves the lines that the page shows, in that order.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { listChanges } from '../../packages/server/src/admin/audit.ts';
import { addClientSecret, revokeClientSecret } from '../../packages/server/src/admin/client-secrets.ts';
import { changeClient } from '../../packages/server/src/admin/clients.ts';
import { resetPassword } from '../../packages/server/src/admin/users.ts';
import { type App, callback, createApp } from '../authorization/app.ts';
import { from } from '../support/addresses.ts';
import { setClock } from '../support/clock.ts';
import { issuerOf, requestToken, urlOf } from '../support/endpoints.ts';
import { eventually } from '../support/eventually.ts';
import { post, startTestServer, type TestServer } from '../support/server.ts';
import { authorizationUrl, createTestUser, type TestUser, UserAgent } from '../support/user-agent.ts';

type Line = Readonly<Record<string, unknown>>;

const page = readFileSync(join(import.meta.dirname, '../../docs/operations/investigating.md'), 'utf8');

/** The lines that the page shows below a heading. */
function linesOf(heading: string): Line[] {
  const section = page.split('\n## ').find((text) => text.startsWith(`${heading}\n`)) ?? '';
  return [...section.matchAll(/```json\n([\s\S]*?)```/g)].flatMap(([, block = '']) =>
    block
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line)),
  );
}

/** What is the same whenever the story is played; of everything else that it is there. */
const fixed = new Set(
  'level msg reason error endpoint grant_type scope address verb actor before after action amr identity_provider parameter value'.split(
    ' ',
  ),
);
const shapeOf = (line: Line) =>
  Object.fromEntries(Object.entries(line).map(([name, value]) => [name, fixed.has(name) ? value : 'some']));

let server: TestServer;
let user: TestUser;
let app: App;
let begun = 0;
beforeAll(async () => {
  server = await startTestServer({ trust_proxy: ['127.0.0.1'] });
});
beforeEach(async () => {
  user = await createTestUser(server);
  app = await createApp(server, 'standard', { client_id: undefined });
  begun = server.log.length;
});
afterEach(() => {
  vi.useRealTimers();
});
afterAll(() => server.close());

/** Each line that the page shows was logged since the story began, in that order. */
function expectTold(heading: string): void {
  const logged = server.log.slice(begun).map(({ time, ...line }) => ({ ...line, time: 'some' }));
  const shown = linesOf(heading);
  expect(shown.length).toBeGreaterThan(0);
  let at = 0;
  for (const line of shown) {
    const found = logged.findIndex(
      (each, index) =>
        index >= at && JSON.stringify(sorted(shapeOf(each))) === JSON.stringify(sorted(shapeOf(line))),
    );
    expect(
      found,
      `${JSON.stringify(line)} among\n${logged.map((each) => JSON.stringify(each)).join('\n')}`,
    ).not.toBe(-1);
    at = found + 1;
  }
}
const sorted = (line: Line): Line =>
  Object.fromEntries(Object.entries(line).toSorted(([one], [other]) => (one < other ? -1 : 1)));

const [office, home, thief] = ['198.51.100.20', '198.51.100.7', '203.0.113.66'];
const refresh = async (refresh_token: string, address: string) => {
  const form = { grant_type: 'refresh_token', refresh_token, ...credentials() };
  const answer = await post(urlOf(server, 'standard', 'token'), form, from(address));
  return (await answer.json()) as { refresh_token: string };
};
const credentials = () => ({ client_id: app.client_id, client_secret: app.client_secret });

test('a stolen refresh token', async () => {
  const { refresh_token: stolen } = await app.redeem(await app.code(new UserAgent(from(home)), user));
  const { refresh_token } = await refresh(stolen, office);
  await refresh(stolen, thief);
  await refresh(refresh_token, office);
  setClock(Date.now() + 60_000);
  await refresh(stolen, thief);
  expectTold('A stolen refresh token');
});

test('a leaked secret', async () => {
  const ask = (address: string) => requestToken(server, 'standard', credentials(), from(address));
  await ask(office);
  await ask(thief);
  const { admin } = server.instance;
  await addClientSecret(admin, 'standard', app.client_id, {});
  await revokeClientSecret(admin, 'standard', app.client_id, app.client.secrets[0]?.id ?? '');
  await eventually(async () => (await ask(thief)).status === 401);
  expectTold('A leaked secret');
});

test('a guessed password', async () => {
  for (const password of ['wrong', 'wrong too']) {
    const stranger = new UserAgent(from(thief));
    await app.code(stranger, { ...user, password }).catch(() => undefined);
  }
  await app.code(new UserAgent(from(thief)), user);
  expectTold('A guessed password');
});

test('a rogue administrator', async () => {
  const admin = { ...server.instance.admin, actor: { kind: 'cli', name: 'mallory' } as const };
  await changeClient(admin, 'standard', app.client_id, {
    redirect_uris: [callback, 'https://evil.example/callback'],
  });
  await resetPassword(admin, user.id, {});
  const { items } = await listChanges(admin, { actor: 'cli:mallory' }, { limit: 10 });
  const events = items.map(({ at, ...event }) => ({ ...event, at: 'some' }));
  expect(events.map((event) => sorted(shapeOf(event)))).toEqual(
    linesOf('A rogue administrator').map((line) => sorted(shapeOf(line))),
  );
});

test('an integrator whose app stopped working', async () => {
  const { admin } = server.instance;
  const { client_id } = await server.register('standard');
  const noon = Date.now() + 60_000;
  const { client_secret = '' } = await addClientSecret(admin, 'standard', client_id, { expires_at: noon });
  const ask = () => requestToken(server, 'standard', { client_id, client_secret }, from(office));
  await ask();
  setClock(noon);
  await ask();
  expectTold('It does not work since noon');
});

test('a wrong redirect', async () => {
  const request = { client_id: app.client_id, redirect_uri: `${callback}/`, response_type: 'code' };
  await new UserAgent(from(home)).get(authorizationUrl(issuerOf(server, 'standard'), request));
  expectTold('A wrong redirect');
});
