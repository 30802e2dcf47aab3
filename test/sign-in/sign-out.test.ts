// Signing out (OpenID Connect RP-Initiated Logout 1.0): at an app's request, and on the user's own page. Who is asked,
// where the browser goes then, and what lives on.

import { describe, expect, test, vi } from 'vitest';
import { createApp } from '../authorization/app.ts';
import { createTestUser, formOf, headingOf, type Page, UserAgent } from '../support/user-agent.ts';
import { bye, signedIn, uris } from './signed-in.ts';

const here = signedIn();

async function expectQuestion(page: Page): Promise<void> {
  expect([page.status, headingOf(page)]).toEqual([200, 'Sign out?']);
  expect(await here.isSignedIn()).toBe(true);
}

/** Browsers hold a redirect after a form to the form-action of the page that had the form (CSP Level 3 §6.4.2). */
function expectWayTo(origin: string, { headers }: Page): void {
  const policy = headers.get('content-security-policy') ?? '';
  expect(policy).toContain("default-src 'none'");
  expect(/form-action ([^;]*)/.exec(policy)?.[1] ?? origin).toContain(origin);
}

describe('an app that shows whom it means', () => {
  test('signs the user out without a question, and gets its state back', async () => {
    const stolen = new Map(here.agent.cookies);
    const request = { id_token_hint: here.id_token, post_logout_redirect_uri: bye, state: 'a&b=c d' };
    const page = await here.agent.get(here.endSession(request));
    expect([page.status, page.location]).toEqual([303, `${bye}?state=a%26b%3Dc+d`]);
    expect(page.headers.get('cache-control')).toBe('no-store');
    expect([...here.agent.cookies.keys()]).not.toContain('tessera-session');
    expect(here.server.log.at(-1)).toMatchObject({ action: 'signed_out', user_id: here.user.id });
    expect(await here.isSignedIn()).toBe(false);
    for (const [name, value] of stolen) here.agent.cookies.set(name, value);
    expect(await here.isSignedIn()).toBe(false);
  });

  test.each([
    [
      'a query keeps it',
      { post_logout_redirect_uri: `${bye}?lang=en`, state: 'x' },
      `${bye}?lang=en&state=x`,
    ],
    ['no state', { post_logout_redirect_uri: bye }, bye],
    ['no URI: our own page', {}, '/account/signed-out'],
    ['client_id beside the hint', { client_id: '', post_logout_redirect_uri: bye }, bye],
  ])('is sent back: %s', async (_what, more: Record<string, string>, expected) => {
    const named = 'client_id' in more ? { ...more, client_id: here.app.client_id } : more;
    const { location } = await here.agent.get(here.endSession({ id_token_hint: here.id_token, ...named }));
    expect(location).toBe(new URL(expected, here.server.origin).href);
    expect(headingOf(await here.agent.get(`${here.server.origin}/account/signed-out`))).toBe(
      'You are signed out',
    );
    expect(await here.isSignedIn()).toBe(false);
  });

  test('with an ID token that has expired meanwhile', async () => {
    const later = Date.now() + 2 * 3_600_000;
    vi.spyOn(Date, 'now').mockReturnValue(later);
    const url = here.endSession({ id_token_hint: here.id_token, post_logout_redirect_uri: bye });
    expect((await here.agent.get(url).finally(() => vi.restoreAllMocks())).location).toBe(bye);
    expect(await here.isSignedIn()).toBe(false);
  });

  test('by POST, too', async () => {
    const form = { id_token_hint: here.id_token, post_logout_redirect_uri: bye };
    expect((await here.agent.post(here.endSession(), form)).location).toBe(bye);
    expect(await here.isSignedIn()).toBe(false);
  });

  test('where nobody is signed in any more, just sends the browser back', async () => {
    const request = { id_token_hint: here.id_token, post_logout_redirect_uri: bye };
    expect((await new UserAgent().get(here.endSession(request))).location).toBe(bye);
    expect(await here.isSignedIn()).toBe(true);
  });

  test('keeps what the user granted for times of absence, and other browsers', async () => {
    const elsewhere = new UserAgent();
    await here.signInAt(here.app, elsewhere);
    await here.agent.get(here.endSession({ id_token_hint: here.id_token }));
    expect(await here.isSignedIn()).toBe(false);
    expect((await here.app.refresh(here.refresh_token)).status).toBe(200);
    expect(await here.isSignedIn(elsewhere)).toBe(true);
  });
});

describe('the user is asked', () => {
  test('where nothing shows who is meant; yes goes where the app said', async () => {
    const request = { client_id: here.app.client_id, post_logout_redirect_uri: bye, state: 'x' };
    const page = await here.agent.get(here.endSession(request));
    await expectQuestion(page);
    expect(page.text).toContain('<strong><bdi>Test client</bdi></strong> asks to sign you out.');
    expectWayTo('https://app.example', page);
    expect((await here.agent.submit(formOf(page, '/sign-out/confirm'))).location).toBe(`${bye}?state=x`);
    expect(await here.isSignedIn()).toBe(false);
  });

  test('where the hint is of another user', async () => {
    const stranger = await createTestUser(here.server);
    const theirs = await here.signInAt(here.app, new UserAgent(), stranger);
    await expectQuestion(await here.agent.get(here.endSession({ id_token_hint: theirs.id_token })));
  });

  test('where the hint is of another session of the same user', async () => {
    const before = await here.signInAt(here.app, new UserAgent());
    await expectQuestion(await here.agent.get(here.endSession({ id_token_hint: before.id_token })));
  });
});

describe('a form of another site, which comes without cookies', () => {
  test('is posted once more by our own page, and then it holds', async () => {
    const form = { id_token_hint: here.id_token, post_logout_redirect_uri: bye, state: 'x' };
    const page = await new UserAgent().post(here.endSession(), form);
    expect(page.status).toBe(200);
    const sent = formOf(page);
    expect(new URL(sent.action).pathname).toBe('/oauth2/logout');
    expect(sent.fields).toEqual(form);
    expectWayTo('https://app.example', page);
    expect((await here.agent.submit(sent)).location).toBe(`${bye}?state=x`);
    expect(await here.isSignedIn()).toBe(false);
  });

  test('is posted once, not for ever, where there is no session', async () => {
    const browser = new UserAgent();
    const page = await browser.post(here.endSession(), {
      client_id: here.app.client_id,
      post_logout_redirect_uri: bye,
    });
    expect((await browser.submit(formOf(page))).location).toBe(bye);
  });

  test('is asked about, where it does not show whom it means', async () => {
    const sent = formOf(await new UserAgent().post(here.endSession(), { client_id: here.app.client_id }));
    await expectQuestion(await here.agent.submit(sent));
  });
});

test('at an issuer of the other dialect', async () => {
  const there = await createApp(here.server, 'trelica', uris);
  const { id_token: id_token_hint } = await here.signInAt(there, here.agent);
  const request = { id_token_hint, post_logout_redirect_uri: bye };
  expect((await here.agent.get(here.endSession(request, 'trelica'))).location).toBe(bye);
  expect(await here.isSignedIn()).toBe(false);
});

test('the user’s own page signs out, too', async () => {
  const account = await here.agent.get(`${here.server.origin}/account`);
  const page = await here.agent.submit(formOf(account, '/account/sign-out'));
  expect(page.location).toBe(`${here.server.origin}/account/signed-out`);
  expect([...here.agent.cookies.keys()]).not.toContain('tessera-session');
  expect(await here.isSignedIn()).toBe(false);
  expect((await here.app.refresh(here.refresh_token)).status).toBe(200);
});
