// Keeping users out by guessing in their names (NIST SP 800-63B-4 §3.2.2): a browser in which a user has signed in is not
// affected, until the user has a new password.

import { TOTP } from 'otpauth';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { resetPassword } from '../../packages/server/src/admin/users.ts';
import { setTotp } from '../../packages/server/src/store/tables/totp.ts';
import { from, fromAnywhere } from '../support/addresses.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { createTestUser, formOf, type TestUser, UserAgent } from '../support/user-agent.ts';

let server: TestServer;
let url: string;
beforeAll(async () => {
  server = await startTestServer({ trust_proxy: ['127.0.0.1'] });
  url = `${server.origin}/account/sign-in`;
});
afterAll(() => server.close());

const wrong = 'a wrong password';

/** The status of an attempt: 303 where it was right, 422 where it was wrong, 429 where it has to wait. */
async function attempt(agent: UserAgent, { login, password }: Pick<TestUser, 'login' | 'password'>) {
  const page = await agent.submit(formOf(await agent.get(url), '/account/sign-in'), { login, password });
  return page.status;
}
/** The browser of somebody else. */
const stranger = (address = fromAnywhere()) => new UserAgent(address);
/** Signs in, and leaves. */
async function knownBrowser(user: TestUser): Promise<UserAgent> {
  const agent = stranger();
  expect(await attempt(agent, user)).toBe(303);
  leave(agent);
  return agent;
}
/** From now on it is elsewhere, and without a session. */
function leave(agent: UserAgent): void {
  for (const name of agent.cookies.keys()) if (name.endsWith('session')) agent.cookies.delete(name);
  Object.assign(agent.headers, fromAnywhere());
}
async function spend({ login }: TestUser): Promise<void> {
  for (let network = 0; network < 4; network += 1) {
    const agent = stranger();
    for (let time = 0; time < 5; time += 1)
      expect(await attempt(agent, { login, password: wrong })).toBe(422);
  }
  expect(await attempt(stranger(), { login, password: wrong })).toBe(429);
}

test('strangers cannot keep a user out of a browser that is known, and no other one is', async () => {
  const [user, other] = [await createTestUser(server), await createTestUser(server)];
  const known = await knownBrowser(user);
  const ofAnother = await knownBrowser(other);
  await spend(user);
  expect(await attempt(stranger(), user)).toBe(429);
  expect(await attempt(ofAnother, user)).toBe(429);
  expect(await attempt(known, { ...user, password: wrong })).toBe(422);
  expect(await attempt(known, user)).toBe(303);
  // A new password ends it, as it ends sessions: whoever knew the old one may have such a browser.
  const { password = '' } = await resetPassword(server.instance.admin, user.id, {});
  leave(known);
  const anew = { ...user, password };
  await spend(anew);
  expect(await attempt(known, anew)).toBe(429);
});

test('it has ten failures of its own', async () => {
  const user = await createTestUser(server);
  const known = await knownBrowser(user);
  const statuses: number[] = [];
  for (let time = 0; time < 11; time += 1) {
    statuses.push(await attempt(known, { ...user, password: wrong }));
    leave(known);
  }
  expect(statuses).toEqual([...Array(10).fill(422), 429]);
  expect(await attempt(stranger(), user)).toBe(303);
});

test('its second factor is not affected either', async () => {
  const user = await createTestUser(server);
  const known = await knownBrowser(user);
  const totp = new TOTP();
  const { db, totpSecrets } = server.instance.login;
  await setTotp(db, user.id, totpSecrets.seal(Buffer.from(totp.secret.bytes), user.id), 0, Date.now());
  const enter = async (agent: UserAgent, code: string) => {
    const page = await agent.signIn(await agent.get(url), user);
    return (await agent.submit(formOf(page, '/second-factor'), { code })).status;
  };
  for (let network = 0; network < 4; network += 1) {
    const agent = stranger();
    for (let time = 0; time < 5; time += 1) expect(await enter(agent, 'none')).toBe(422);
  }
  expect(await enter(stranger(), totp.generate())).toBe(429);
  expect(await enter(known, totp.generate())).toBe(303);
});

test('a flood from one IPv6 /48 takes nobody’s place', async () => {
  const user = await createTestUser(server);
  const known = await knownBrowser(user);
  for (let round = 0; round < 4; round += 1) {
    const flood = Array.from({ length: 100 }, async (_, index) => {
      const agent = stranger(from(`2001:db8:7:${(round * 100 + index).toString(16)}::1`));
      const own = formOf(await agent.get(url), '/account/sign-in');
      return (await agent.submit(own, { login: `nobody-${round}-${index}`, password: wrong })).status;
    });
    expect(await attempt(known, user)).toBe(303);
    leave(known);
    const statuses = await Promise.all(flood);
    // Ten wait in turn, and the others are sent away.
    expect(statuses.filter((status) => status === 503).length).toBeGreaterThan(0);
  }
});
