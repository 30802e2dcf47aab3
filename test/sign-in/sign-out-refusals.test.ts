// Signing out (OpenID Connect RP-Initiated Logout 1.0 §2, §3), where something is wrong: a form that the user did not send
// signs nobody out, and what the app has not registered leads nowhere, though the user is signed out.

import { describe, expect, test } from 'vitest';
import { callback, createApp, lastReason } from '../authorization/app.ts';
import { formOf, headingOf, type Page, UserAgent } from '../support/user-agent.ts';
import { bye, signedIn, uris } from './signed-in.ts';

const here = signedIn();

describe('an answer to the question that the user did not give', () => {
  test.each<[what: string, fields: () => Record<string, string> | Promise<Record<string, string>>]>([
    ['no token', () => ({ csrf: '' })],
    ['a wrong token', () => ({ csrf: 'x'.repeat(43) })],
    [
      'the token of another browser',
      async () => {
        const stranger = new UserAgent();
        await here.signInAt(here.app, stranger);
        return formOf(await stranger.get(here.endSession())).fields;
      },
    ],
  ])('%s', async (_what, fields) => {
    const question = formOf(await here.agent.get(here.endSession()), '/sign-out/confirm');
    await here.expectNothing(await here.agent.submit(question, await fields()));
  });

  test('the token of another question', async () => {
    const request = { client_id: here.app.client_id, post_logout_redirect_uri: bye };
    const { action } = formOf(await here.agent.get(here.endSession(request)));
    const { fields } = formOf(await here.agent.get(here.endSession()));
    await here.expectNothing(await here.agent.post(action, { ...fields }));
    await here.expectNothing(await here.agent.post(action.split('?')[0] ?? '', { ...fields }));
  });
});

describe('nobody is sent where the app has not registered, and the user is signed out all the same', () => {
  test.each([
    ['another page', 'https://app.example/elsewhere'],
    ['another site', 'https://evil.example/bye'],
    ['a slash too many', bye.replace('/bye', '//bye')],
    ['a longer one', `${bye}/x`],
    ['another query', `${bye}?x=1`],
    ['where codes are sent', callback],
  ])('%s', async (_what, post_logout_redirect_uri) => {
    const { client_id } = here.app;
    const asked = await here.agent.get(here.endSession({ client_id, post_logout_redirect_uri }));
    expect([asked.status, headingOf(asked), await here.isSignedIn()]).toEqual([200, 'Sign out?', true]);
    expect(lastReason(here.server)).toBe('post_logout_redirect_uri_unknown');
    const request = { id_token_hint: here.id_token, post_logout_redirect_uri };
    expectSignedOut(await here.agent.follow(await here.agent.get(here.endSession(request))));
    expect(lastReason(here.server)).toBe('post_logout_redirect_uri_unknown');
    expect(await here.isSignedIn()).toBe(false);
    // The form of the page before has nothing left to do, and leads nowhere else.
    expectSignedOut(await here.agent.follow(await here.agent.submit(formOf(asked))));
  });

  test.each(['', 'nobody'])('nor where nobody says whose page it is: client_id=%s', async (client_id) => {
    const asked = await here.agent.get(here.endSession({ post_logout_redirect_uri: bye, client_id }));
    expectSignedOut(await here.agent.follow(await here.agent.submit(formOf(asked))));
  });
});

function expectSignedOut(page: Page): void {
  expect([page.url, headingOf(page)]).toEqual([
    `${here.server.origin}/account/signed-out`,
    'You are signed out',
  ]);
}

// Each mistake has its own reason: who has registered the page must not be told to register it.
test.each<[reason: string, request: () => Record<string, string>]>([
  ['end_session_client_missing', () => ({})],
  ['id_token_hint_unreadable', () => ({ id_token_hint: 'x.y.z' })],
  ['end_session_client_unknown', () => ({ client_id: 'nobody' })],
  [
    'post_logout_redirect_uri_unknown',
    () => ({ id_token_hint: here.id_token, post_logout_redirect_uri: `${bye}/` }),
  ],
])('%s is the reason in the log', async (reason, request) => {
  await here.agent.get(here.endSession({ post_logout_redirect_uri: bye, ...request() }));
  expect(lastReason(here.server)).toBe(reason);
});

test('a hint that cannot be read does no harm beside a client_id', async () => {
  const request = { id_token_hint: 'x.y.z', client_id: here.app.client_id, post_logout_redirect_uri: bye };
  const page = await here.agent.get(here.endSession(request));
  expect([page.status, headingOf(page)]).toEqual([200, 'Sign out?']);
});

describe('a hint that is none hints at nothing', () => {
  test.each<[what: string, hint: () => string | Promise<string>]>([
    ['a word', () => 'hint'],
    [
      'one with its signature changed',
      () => here.id_token.slice(0, -6) + [...here.id_token.slice(-6)].toReversed().join(''),
    ],
    ['an access token', async () => (await here.signInAt(here.app, here.agent)).access_token],
    [
      'of another issuer',
      async () => (await here.signInAt(await createApp(here.server, 'trelica'), here.agent)).id_token,
    ],
  ])('%s', async (_what, hint) => {
    const id_token_hint = await hint();
    // Keys rotate, so the user may be asked; but nobody is sent anywhere for it.
    const page = await here.agent.get(here.endSession({ id_token_hint }));
    expect([page.status, headingOf(page)]).toEqual([200, 'Sign out?']);
    expect(await here.isSignedIn()).toBe(true);
    const request = { id_token_hint, post_logout_redirect_uri: bye };
    await here.expectNothing(await here.agent.get(here.endSession(request)));
  });

  test('nor does one of another app than the client_id says, and it leads nowhere', async () => {
    const { client_id } = await createApp(here.server, 'standard', uris);
    const request = { id_token_hint: here.id_token, client_id, post_logout_redirect_uri: bye };
    const asked = await here.agent.get(here.endSession(request));
    await here.expectNothing(asked);
    expect(lastReason(here.server)).toBe('id_token_hint_of_another_client');
    expectSignedOut(await here.agent.follow(await here.agent.submit(formOf(asked))));
  });
});

test.each(['', 'x'.repeat(43)])('a form of the user’s own page that was made elsewhere: %j', async (csrf) => {
  await here.expectNothing(await here.agent.post(`${here.server.origin}/account/sign-out`, { csrf }));
});
