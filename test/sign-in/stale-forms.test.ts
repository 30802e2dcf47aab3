// Pages that went stale, in every way that people know: another tab signed in, out or anew; the browser was restarted, the
// tab restored; the form was sent twice; two answers at once named the browser. None is a dead end: the browser goes back
// to the request that is there, which is judged anew, and nothing that was not asked for is done (docs/decisions/0008).

import { TOTP } from 'otpauth';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { setTotp } from '../../packages/server/src/store/tables/totp.ts';
import { type App, createApp } from '../authorization/app.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import {
  createTestUser,
  type Form,
  formOf,
  headingOf,
  type TestUser,
  UserAgent,
} from '../support/user-agent.ts';

let server: TestServer;
let ann: TestUser;
let bob: TestUser;
beforeAll(async () => {
  server = await startTestServer({ trust_proxy: ['127.0.0.1'] });
  [ann, bob] = [await createTestUser(server), await createTestUser(server)];
});
afterAll(() => server.close());

/** All tabs of a browser share its cookies, so one agent is every tab. */
let agent: UserAgent;
let app: App;
let lines: number;
/** Each test is at an address of its own: wrong passwords of one must not stop another. */
let address = 0;
beforeEach(async () => {
  agent = new UserAgent({ 'x-forwarded-for': `198.51.100.${++address}` });
  app = await createApp(server, 'standard', { client_name: 'The app' });
  lines = server.log.length;
});

/** Why a request of this test was refused last. */
const reason = () => server.log.slice(lines).findLast(({ msg }) => msg === 'refused')?.reason;

const totp = new TOTP();
async function withTotp(): Promise<TestUser> {
  const user = await createTestUser(server);
  const { db, totpSecrets } = server.instance.login;
  const sealed = totpSecrets.seal(Buffer.from(totp.secret.bytes), user.id);
  await setTotp(db, user.id, sealed, 0, Date.now());
  return user;
}

const account = () => `${server.origin}/account`;
const signInElsewhere = async (user = ann) =>
  agent.signIn(await agent.get(app.url({ prompt: 'login', state: 'of another tab' })), user);
const signOutElsewhere = async () => {
  if (!agent.cookies.has('tessera-session')) return;
  await agent.submit(formOf(await agent.get(account()), '/sign-out'));
};

async function consentForm(): Promise<Form> {
  await signInElsewhere();
  return formOf(await agent.get(app.url()), '/account/consent');
}

/** A page of an app's request, and what the user was about to send. */
interface Open {
  readonly form: Form;
  readonly fields: Record<string, string>;
}
const pages: Record<string, () => Promise<Open>> = {
  async 'sign-in'() {
    const { login, password } = ann;
    return { form: formOf(await agent.get(app.url()), '/account/sign-in'), fields: { login, password } };
  },
  async 'sign-in, after a wrong password'() {
    const { login, password } = ann;
    const form = formOf(await agent.get(app.url()), '/account/sign-in');
    const again = await agent.submit(form, { login, password: 'wrong' });
    return { form: formOf(again, '/account/sign-in'), fields: { login, password } };
  },
  async passkey() {
    const { fields } = formOf(await agent.get(app.url()), '/account/sign-in');
    const query = new URL(app.url()).search;
    return { form: { action: `${account()}/passkey${query}`, fields }, fields: { credential: '{}' } };
  },
  async code() {
    const page = await agent.signIn(await agent.get(app.url()), await withTotp());
    return { form: formOf(page, '/second-factor'), fields: { code: totp.generate() } };
  },
  async 'recovery code'() {
    const page = await agent.signIn(await agent.get(app.url()), await withTotp());
    return { form: formOf(page, '/second-factor'), fields: { code: 'abcd-efgh-ijkl-mnop' } };
  },
  async chooser() {
    await signInElsewhere();
    const page = await agent.get(app.url({ prompt: 'select_account' }));
    return { form: formOf(page, '/account/select'), fields: {} };
  },
  async 'consent, allowed'() {
    return { form: await consentForm(), fields: { decision: 'allow' } };
  },
  async 'consent, refused'() {
    return { form: await consentForm(), fields: { decision: 'deny' } };
  },
};

async function open(page: string): Promise<Open> {
  const opened = await pages[page]?.();
  if (opened === undefined) throw new Error(`no page ${page}`);
  return opened;
}

const ways: Record<string, () => Promise<unknown> | unknown> = {
  'another tab signed in': () => signInElsewhere(),
  'another tab signed in as somebody else': () => signInElsewhere(bob),
  'another tab signed in, and allowed the app': async () => agent.decide(await signInElsewhere(), 'allow'),
  'another tab signed out': signOutElsewhere,
  'another tab signed out and in': async () => {
    await signOutElsewhere();
    await signInElsewhere();
  },
  'the browser was restarted': () => agent.cookies.clear(),
  'the browser was restarted, and signed in': async () => {
    agent.cookies.clear();
    await signInElsewhere();
  },
  'another answer has named the browser': () => agent.cookies.set('tessera-browser', 'x'.repeat(22)),
};

const questions = ['Sign in', 'Choose an account', 'The app wants to access your account', 'Enter your code'];

describe.each(Object.keys(pages))('%s', (page) => {
  test.each(Object.keys(ways))('%s', async (way) => {
    const { form, fields } = await open(page);
    await ways[way]?.();
    const before = agent.cookies.get('tessera-session');
    const answer = await agent.submit(form, fields);
    if (reason() === 'form_stale') {
      // Back to the request, by GET, and nothing was done.
      expect([answer.status, new URL(answer.location ?? '').pathname]).toEqual([303, '/oauth2/authorize']);
      expect(new URL(answer.location ?? '').searchParams.get('state')).toBe('a state');
      expect(agent.cookies.get('tessera-session')).toBe(before);
    }
    const shown = await agent.follow(answer);
    if (shown.location === undefined) {
      expect([shown.text.includes('<form'), questions.includes(headingOf(shown))], headingOf(shown)).toEqual([
        true,
        true,
      ]);
      if (headingOf(shown) === 'Sign in' && reason() === 'form_stale')
        expect(shown.text).toContain('This page was open for too long. Please try again.');
    } else {
      // A code only for what was allowed, and never from a form that says no, nor past the choice of an account.
      expect(shown.location).toMatch(/^https:\/\/app\.example\/callback\?code=/);
      expect([way, page]).toEqual([
        'another tab signed in, and allowed the app',
        expect.stringMatching(/^(sign-in|passkey|code|rec)/),
      ]);
    }
  });

  test('sent twice, at once and again', async () => {
    const { form, fields } = await open(page);
    const answers = await Promise.all([agent.submit(form, fields), agent.submit(form, fields)]);
    for (const answer of [...answers, await agent.submit(form, fields)]) {
      expect([303, 422]).toContain(answer.status);
      const shown = await agent.follow(answer);
      if (shown.location === undefined) expect(questions).toContain(headingOf(shown));
      else expect(shown.location).toMatch(page.includes('refused') ? /error=access_denied/ : /code=/);
    }
  });

  test('a link to it, or Enter in the address bar, leads to the question of the request', async () => {
    const { form } = await open(page);
    const shown = await agent.follow(await agent.get(form.action));
    expect([shown.status, shown.location]).toEqual([200, undefined]);
    expect(questions).toContain(headingOf(shown));
    expect(shown.text).toMatch(/The app|Enter your code|Choose an account/);
  });
});

test('two requests in two tabs: signed in in the first, the second goes on to consent by its own form', async () => {
  const [first, second] = [await agent.get(app.url()), await agent.get(app.url({ state: 'the second' }))];
  await agent.decide(await agent.signIn(first, ann), 'allow');
  const { login, password } = ann;
  const answer = await agent.follow(await agent.submit(formOf(second, '/sign-in'), { login, password }));
  expect(answer.location).toMatch(/code=.*state=the\+second/);
});

test('a code page of one user takes no code once another has typed a password in another tab', async () => {
  const form = formOf(await agent.signIn(await agent.get(app.url()), await withTotp()), '/second-factor');
  await agent.signIn(await agent.get(app.url({ state: 'of another tab' })), await withTotp());
  expect((await agent.submit(form, { code: totp.generate() })).location).toBe(app.url());
  expect(reason()).toBe('form_stale');
});

describe('the account', () => {
  const forms = ['/sign-out', '/totp/start', '/password'];
  const passwords = () => ({ password: ann.password, new_password: 'a new and long password' });

  test.each(forms)('%s, where another tab signed in anew: the page again', async (part) => {
    await signInElsewhere();
    const form = formOf(await agent.get(account()), part);
    await signInElsewhere(bob);
    const answer = await agent.submit(form, passwords());
    expect([answer.location, reason()]).toEqual([account(), 'form_stale']);
    expect((await agent.follow(answer)).text).toContain(bob.login);
  });

  test.each(forms)('%s, where nobody is signed in any more', async (part) => {
    await signInElsewhere();
    const form = formOf(await agent.get(account()), part);
    await signOutElsewhere();
    const shown = await agent.follow(await agent.submit(form, passwords()));
    expect(headingOf(shown)).toBe(part === '/sign-out' ? 'You are signed out' : 'Sign in');
  });

  test.each([
    'disconnect',
    'sessions/end',
    'passkeys/add',
    'passkeys/remove',
    'totp/start',
    'totp/confirm',
    'totp/off',
    'password',
  ])('a link to %s leads to the page, and does nothing', async (path) => {
    expect((await agent.get(`${account()}/${path}`)).location).toBe(`${account()}/sign-in`);
    await signInElsewhere();
    expect((await agent.get(`${account()}/${path}`)).location).toBe(account());
  });

  test('a passkey that cannot be taken: the page says so, with a new challenge', async () => {
    await signInElsewhere();
    const { fields } = formOf(await agent.get(account()), '/sign-out');
    const page = await agent.post(`${account()}/passkeys/add`, { ...fields, credential: '{"id":"x"}' });
    expect([page.status, headingOf(page)]).toEqual([422, 'Your account']);
  });

  test('a link to sign out asks, and once signed out says so', async () => {
    await signInElsewhere();
    const asked = await agent.get(`${account()}/sign-out`);
    expect(headingOf(asked)).toBe('Sign out?');
    const form = formOf(asked);
    await signInElsewhere(bob);
    const again = await agent.follow(await agent.submit(form));
    expect(headingOf(again)).toBe('Sign out?');
    for (const sent of [formOf(again), formOf(again), form])
      expect(headingOf(await agent.follow(await agent.submit(sent)))).toBe('You are signed out');
  });
});

describe('a form that is no stale one is refused', () => {
  const headers: [what: string, headers: Record<string, string>][] = [
    ['cross-site', { 'sec-fetch-site': 'cross-site' }],
    ['of a sibling host', { 'sec-fetch-site': 'same-site' }],
    ['cross-site, with our own Origin', { 'sec-fetch-site': 'cross-site', origin: 'http://127.0.0.1' }],
    ['with another Origin', { origin: 'https://evil.example' }],
    ['with the Origin of a sibling host', { origin: 'http://evil.localhost' }],
    ['with an opaque Origin', { origin: 'null' }],
    ['with an Origin that is none', { origin: 'x' }],
  ];
  test.each(Object.keys(pages))('%s', async (page) => {
    const { form, fields } = await open(page);
    const before = agent.cookies.get('tessera-session');
    const all = { ...form.fields, ...fields };
    const { csrf: _, ...without } = all;
    const send = (body: Record<string, string>, sent: Record<string, string> = {}, to = form.action) =>
      agent.fetch(to, { method: 'POST', body: new URLSearchParams(body), headers: sent });
    for (const [what, sent] of headers) {
      expect([what, (await send(all, sent)).status, reason()]).toEqual([what, 403, 'form_forged']);
    }
    for (const body of [without, { ...all, csrf: '' }])
      expect([(await send(body)).status, reason()]).toEqual([403, 'form_forged']);
    // What a stale form could have is led back to the question, and does as little.
    const elsewhere = form.action.replace('/account/', '/trelica/account/');
    const foreign = [
      await send({ ...all, csrf: 'x'.repeat(43) }),
      await send(all, {}, elsewhere),
      await send(all, {}, form.action.replace('a+state', 'another')),
    ];
    for (const { status } of foreign) expect([status, reason()]).toEqual([303, 'form_stale']);
    expect(agent.cookies.get('tessera-session')).toBe(before);
  });

  test.each<Record<string, string>>([{ 'sec-fetch-site': 'same-origin' }, { 'sec-fetch-site': 'none' }, {}])(
    'while our own is taken, with %j',
    async (sent) => {
      const { form, fields } = (await pages['sign-in']?.()) ?? {
        form: { action: '', fields: {} },
        fields: {},
      };
      const body = new URLSearchParams({ ...form.fields, ...fields });
      const own = Object.keys(sent).length === 0 ? { origin: server.origin } : sent;
      expect((await agent.fetch(form.action, { method: 'POST', body, headers: own })).status).toBe(303);
      expect(agent.cookies.has('tessera-session')).toBe(true);
    },
  );
});
