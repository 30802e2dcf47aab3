// User enumeration (OWASP ASVS 3.2.3, NIST SP 800-63B §5.2.2): signing in tells nobody who has an account here; not by what
// it says, not by how long it takes, and not by when it has had enough.
//
// A password costs some 30 milliseconds to verify, all else some 3. Every answer computes the same
// number of slow hashes. The test counts them: a measured time would depend on how busy the machine is.

import { TOTP } from 'otpauth';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { registerUser } from '../../packages/server/src/admin/users.ts';
import { setTotp } from '../../packages/server/src/store/tables/totp.ts';
import { setDisabled } from '../../packages/server/src/store/tables/users.ts';
import { createApp } from '../authorization/app.ts';
import { fromAnywhere } from '../support/addresses.ts';
import { scrape } from '../support/metrics.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { createTestUser, formOf, type Page, type TestUser, UserAgent } from '../support/user-agent.ts';

let server: TestServer;
let account: string;
let request: string;
let users: Record<'known' | 'disabled' | 'second_factor' | 'without_password', TestUser>;
beforeAll(async () => {
  // By name and not by address, so that the pages offer passkeys too.
  server = await startTestServer({
    public_url: 'https://auth.example.com',
    trust_proxy: ['127.0.0.1'],
    management: { port: 0 },
  });
  const origin = `http://127.0.0.1:${server.port}`;
  account = `${origin}/account/sign-in`;
  const app = await createApp(server, 'standard');
  request = app.url().replace('https://auth.example.com', origin);
  const [known, disabled, second_factor, without_password] = [
    await createTestUser(server),
    await createTestUser(server),
    await createTestUser(server),
    await createTestUser(server),
  ];
  users = { known, disabled, second_factor, without_password };
  const { db, totpSecrets } = server.instance.login;
  await setDisabled(db, disabled.id, true, Date.now());
  const secret = Buffer.from(new TOTP().secret.bytes);
  await setTotp(db, second_factor.id, totpSecrets.seal(secret, second_factor.id), 0, Date.now());
  await db.updateTable('users').set({ password_hash: null }).where('id', '=', without_password.id).execute();
});
afterAll(() => server.close());
afterEach(() => {
  vi.useRealTimers();
});

const nobody = () => `user-${crypto.randomUUID().slice(0, 8)}`;
const wrong = 'a wrong password';

/** Types it into the form that is at `url`, always in the same browser. */
async function tryToSignIn(url: string, login: string, password: string, address = fromAnywhere()) {
  const agent = new UserAgent(address);
  agent.cookies.set('__Host-tessera-browser', 'A'.repeat(22));
  return agent.submit(formOf(await agent.get(url), '/account/sign-in'), { login, password });
}

/** All of an answer but what was typed, and what is of the moment. */
function lasting({ status, headers, location, text }: Page, login: string) {
  const { date, 'x-request-id': id, 'content-length': length, ...rest } = Object.fromEntries(headers);
  const constant = text
    .replace(/(&quot;challenge&quot;:&quot;)[\w-]+/g, '$1…')
    .replace(`value="${login}"`, 'value="…"');
  return { status, location, headers: rest, text: constant };
}

describe.each([
  ['at the account', () => account],
  ['for an app', () => request],
])('%s', (_where, url) => {
  // The check: `signInWithPassword` gives one answer for all that is wrong.
  test('whatever is wrong, the answer is the same, byte for byte', async () => {
    const { known, disabled, second_factor, without_password } = users;
    const attempts: Record<string, readonly [login: string, password: string]> = {
      unknown: [nobody(), wrong],
      'a wrong password': [known.login, wrong],
      'a wrong password, for an address': [`${known.login}@example.com`, wrong],
      'an unknown address': [`${nobody()}@example.com`, wrong],
      'a wrong password, for a login that is typed otherwise': [known.login.toUpperCase(), wrong],
      'a wrong password of a user with a second factor': [second_factor.login, wrong],
      'a wrong password of a user who is disabled': [disabled.login, wrong],
      'the right password of a user who is disabled': [disabled.login, disabled.password],
      'a password of a user who has none': [without_password.login, wrong],
      'the password of somebody else': [known.login, disabled.password],
      'no password': [known.login, ''],
      'no password, unknown': [nobody(), ''],
      'a long password': [known.login, 'x'.repeat(5000)],
      'a long password, unknown': [nobody(), 'x'.repeat(5000)],
    };
    const answers: Record<string, unknown> = {};
    for (const [kind, [login, password]] of Object.entries(attempts))
      answers[kind] = lasting(await tryToSignIn(url(), login, password), login);
    const [first] = Object.values(answers);
    const text = expect.stringContaining('&quot;challenge&quot;:&quot;…');
    expect(first).toMatchObject({ status: 422, location: undefined, text });
    expect(answers).toEqual(Object.fromEntries(Object.keys(answers).map((kind) => [kind, first])));
    // The operator is told.
    const reasons = new Set(server.log.map(({ reason }) => reason));
    for (const reason of ['user_unknown', 'password_wrong', 'user_disabled'])
      expect(reasons).toContain(reason);
  });
});

// The check: `showSignIn` shows what the app says of its user, and looks nobody up.
test('a login_hint is shown alike for a known and an unknown user', async () => {
  const shown = async (login: string) => {
    const page = await new UserAgent().get(`${request}&login_hint=${login}`);
    return page.text
      .replaceAll(login, '…')
      .replace(/(name="csrf" value=")[\w-]+/g, '$1')
      .replace(/(&quot;challenge&quot;:&quot;)[\w-]+/g, '$1');
  };
  expect(await shown(users.known.login)).toBe(await shown(nobody()));
  expect(await shown(users.known.login)).not.toContain('allowCredentials');
});

// The check: `matches` of credentials/passwords.ts compares with nobody's password where there is none.
test('each answer costs one slow hash, for known and unknown users alike', async () => {
  const { known, disabled, second_factor, without_password } = users;
  const kinds: Record<string, readonly [login: string, password: string]> = {
    unknown: [nobody(), wrong],
    'an unknown address': [`${nobody()}@example.com`, wrong],
    known: [known.login, wrong],
    'disabled, and right': [disabled.login, disabled.password],
    'with a second factor': [second_factor.login, wrong],
    'without a password': [without_password.login, wrong],
  };
  const computed = async () => (await scrape(server)).sum('tessera_slow_hashes_total');
  const costs: Record<string, number> = {};
  for (const [kind, [login, password]] of Object.entries(kinds)) {
    const before = await computed();
    expect((await tryToSignIn(account, login, password)).status).toBe(422);
    costs[kind] = (await computed()) - before;
  }
  expect(costs).toEqual(Object.fromEntries(Object.keys(kinds).map((kind) => [kind, 1])));
});

describe('by when it has had enough', () => {
  /** What all of these attempts were answered, from one address, within a moment. */
  async function answersTo(attempts: readonly (readonly [login: string, password: string])[]) {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
    const address = fromAnywhere();
    const answers: unknown[] = [];
    for (const [login, password] of attempts)
      answers.push(lasting(await tryToSignIn(account, login, password, address), login));
    vi.useRealTimers();
    return answers as { status: number }[];
  }
  const times = (count: number, login: string) =>
    Array<readonly [string, string]>(count).fill([login, wrong]);

  // The check: `claimOf` of login/visit/attempt.ts counts for a user who does not exist, too, and before the password.
  test('the eleventh attempt must wait, for anybody, and with the right password too', async () => {
    const user = await createTestUser(server);
    const unknown = nobody();
    const known = await answersTo([...times(11, user.login), [user.login, user.password]]);
    expect(known.map(({ status }) => status)).toEqual([...Array(10).fill(422), 429, 429]);
    expect(await answersTo(times(12, unknown))).toEqual(known);
    expect(await answersTo(times(12, users.disabled.login))).toEqual(known);
  });

  // NIST SP 800-63B-4 §3.2.2 counts for the account. So somebody who knows both a login and an address, and has spent the
  // attempts of one, can tell that they are one user's: of names that are not, each has its own.
  test('the login and the address of a user are one account, and unknown ones are not', async () => {
    const login = nobody();
    const email = `${nobody()}@example.com`;
    await registerUser(server.instance.admin, { login, email });
    const last = async (...names: readonly [string, string]) =>
      (await answersTo([...times(10, names[0]), ...times(1, names[1])])).at(-1)?.status;
    expect(await last(login, email)).toBe(429);
    expect(await last(email, login)).toBe(429);
    expect(await last(nobody(), `${nobody()}@example.com`)).toBe(422);
  });

  test('however a name is typed, it is one name, whether there is such a user or not', async () => {
    for (const login of [(await createTestUser(server)).login, nobody()]) {
      const spellings = [login.toUpperCase(), ` ${login}`, `${login} `, login];
      const statuses = (
        await answersTo([...times(10, login), ...spellings.flatMap((each) => times(1, each))])
      ).map(({ status }) => status);
      expect(statuses).toEqual([...Array(10).fill(422), 429, 429, 429, 429]);
    }
  });
});
