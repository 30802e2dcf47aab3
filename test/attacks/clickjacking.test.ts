// Clickjacking (RFC 9700 §4.16): the attacker's page holds ours in a frame that nobody sees, and has the victim click on
// what lies beneath. No page of ours is shown in a frame.

import { TOTP } from 'otpauth';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { setTotp } from '../../packages/server/src/store/tables/totp.ts';
import { type App, createApp } from '../authorization/app.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { createTestUser, formOf, headingOf, type Page, UserAgent } from '../support/user-agent.ts';

let server: TestServer;
let app: App;
const victim = new UserAgent();
beforeAll(async () => {
  server = await startTestServer();
  app = await createApp(server, 'standard');
  await victim.signIn(await victim.get(url('/account/sign-in')), await createTestUser(server));
});
afterAll(() => server.close());

const url = (path: string) => server.origin + path;

const policy = ({ headers }: Page): readonly string[] =>
  (headers.get('content-security-policy') ?? '').split(';').map((directive) => directive.trim());

/** Whether a browser shows it in a frame of another origin (CSP Level 3 §6.4.2, RFC 7034 §2.1). */
const showsInFrame = (page: Page): boolean =>
  !policy(page).includes("frame-ancestors 'none'") && page.headers.get('x-frame-options') !== 'DENY';

// The checks: the two headers of `pageResponse`.
test('the attacker cannot have the victim click on “Allow”', async () => {
  const framed = await victim.get(app.url());
  expect(headingOf(framed)).toContain('wants to access your account');
  const clicked = showsInFrame(framed) ? await victim.decide(framed, 'allow') : undefined;
  expect(clicked).toBeUndefined();
  // Such a click would do: no check stands behind it.
  expect((await victim.decide(framed, 'allow')).location).toMatch(/code=/);
});

const forged = { csrf: 'x' };
const wrong = { login: 'nobody', password: 'wrong' };

async function halfSignedIn(): Promise<{ agent: UserAgent; page: Page }> {
  const [agent, user] = [new UserAgent(), await createTestUser(server)];
  const { db, totpSecrets } = server.instance.login;
  const sealed = totpSecrets.seal(Buffer.from(new TOTP().secret.bytes), user.id);
  await setTotp(db, user.id, sealed, 0, Date.now());
  return { agent, page: await agent.signIn(await agent.get(url('/account/sign-in')), user) };
}

const consentAction = async () =>
  formOf(await victim.get(app.url({ prompt: 'consent' })), '/account/consent').action;

async function afterOldForm(): Promise<Page> {
  const agent = new UserAgent();
  return agent.follow(await agent.post(await consentAction(), forged));
}

async function tryToSignIn(times: number): Promise<Page> {
  const agent = new UserAgent();
  let page = await agent.get(app.url());
  for (let time = 0; time < times; time++)
    page = await agent.submit(formOf(page, '/sign-in'), { ...wrong, login: `nobody-${times}` });
  expect(page.status).toBe(times > 10 ? 429 : 422);
  return page;
}

async function enterWrongCode(): Promise<Page> {
  const { agent, page } = await halfSignedIn();
  return agent.submit(formOf(page), { code: '000000' });
}

async function answerByForm(): Promise<Page> {
  const request = { response_mode: 'form_post', scope: 'write' };
  const page = await victim.decide(await victim.get(app.url(request)), 'allow');
  expect(formOf(page).action).toBe('https://app.example/callback');
  return page;
}

async function changePassword(): Promise<Page> {
  const form = formOf(await victim.get(url('/account')), '/password');
  return victim.submit(form, { password: 'wrong', new_password: crypto.randomUUID() });
}

const setUpTotp = async () => victim.submit(formOf(await victim.get(url('/account')), '/totp/start'));

const pages: Record<string, readonly [heading: string, open: () => Promise<Page>]> = {
  'sign-in': ['Sign in', () => new UserAgent().get(app.url())],
  'sign-in, of an account': ['Sign in', () => new UserAgent().get(url('/account/sign-in'))],
  'a sign-in that failed': ['Sign in', () => tryToSignIn(1)],
  'a sign-in that must wait': ['Sign in', () => tryToSignIn(11)],
  'a form that is too old': ['Sign in', afterOldForm],
  'second factor': ['Enter your code', async () => (await halfSignedIn()).page],
  'a code that was wrong': ['Enter your code', enterWrongCode],
  'choice of an account': ['Choose an account', () => victim.get(app.url({ prompt: 'select_account' }))],
  'an answer by form': ['One moment', answerByForm],
  account: ['Your account', () => victim.get(url('/account'))],
  'a password that was wrong': ['Your account', changePassword],
  'set-up of a second factor': ['Set up two-step sign-in', setUpTotp],
  'sign-out': ['Sign out?', () => victim.get(url('/oauth2/logout'))],
  'signed out': ['You are signed out', () => victim.get(url('/account/signed-out'))],
  'an app that is unknown': [
    'This app is not known here',
    () => victim.get(app.url({ client_id: 'nobody' })),
  ],
  'a redirect URI that is unknown': [
    'This link is not safe to follow',
    () => victim.get(app.url({ redirect_uri: 'https://evil.example/' })),
  ],
  'a form that was forged': ['This did not work', () => victim.post(url('/account/disconnect'), {})],
  'a request to sign out that is wrong': [
    'This did not work',
    () => victim.get(url('/oauth2/logout?client_id=a&client_id=b')),
  ],
};

describe.each(Object.entries(pages))('the page of %s', (_name, [heading, open]) => {
  test('is shown in no frame, by old browsers neither', async () => {
    const page = await open();
    expect(page.headers.get('content-type')).toMatch(/^text\/html\b/);
    expect(headingOf(page)).toBe(heading);
    expect(policy(page)).toContain("frame-ancestors 'none'");
    expect(page.headers.get('x-frame-options')).toBe('DENY');
    // Nor does it run what somebody else put into it, which could click as well.
    expect(policy(page)).toEqual(
      expect.arrayContaining(["default-src 'none'", "script-src 'self'", "base-uri 'none'"]),
    );
    expect(page.text).not.toMatch(/<script(?![^>]* src=)|<iframe|<object|<embed|\son[a-z]+=|\sstyle=/);
  });
});
