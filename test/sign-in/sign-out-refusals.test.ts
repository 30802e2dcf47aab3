// Signing out (OpenID Connect RP-Initiated Logout 1.0 §2, §3), where it is refused: a page says so, the browser is sent
// nowhere, and the user stays signed in.

import { describe, expect, test } from 'vitest';
import { callback, createApp, lastReason } from '../authorization/app.ts';
import { formOf, headingOf, UserAgent } from '../support/user-agent.ts';
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
    await here.expectRefused(await here.agent.submit(question, await fields()), 403);
  });

  test('the token of another question', async () => {
    const request = { client_id: here.app.client_id, post_logout_redirect_uri: bye };
    const { action } = formOf(await here.agent.get(here.endSession(request)));
    const { fields } = formOf(await here.agent.get(here.endSession()));
    await here.expectRefused(await here.agent.post(action, { ...fields }), 403);
    await here.expectRefused(await here.agent.post(action.split('?')[0] ?? '', { ...fields }), 403);
  });
});

describe('nobody is sent where the app has not registered', () => {
  test.each([
    ['another page', 'https://app.example/elsewhere'],
    ['another site', 'https://evil.example/bye'],
    ['a longer one', `${bye}/x`],
    ['another query', `${bye}?x=1`],
    ['where codes are sent', callback],
  ])('%s', async (_what, post_logout_redirect_uri) => {
    await here.expectRefused(
      await here.agent.get(here.endSession({ id_token_hint: here.id_token, post_logout_redirect_uri })),
    );
    const { client_id } = here.app;
    await here.expectRefused(await here.agent.get(here.endSession({ client_id, post_logout_redirect_uri })));
  });

  test('nor where nobody says whose page it is', async () => {
    await here.expectRefused(await here.agent.get(here.endSession({ post_logout_redirect_uri: bye })));
    await here.expectRefused(
      await here.agent.get(here.endSession({ post_logout_redirect_uri: bye, client_id: 'nobody' })),
    );
  });
});

// Each mistake has its own words: who has registered the page must not be told to register it.
test.each<[reason: string, request: () => Record<string, string>, words: RegExp]>([
  ['end_session_client_missing', () => ({}), /needs an id_token_hint or a client_id/],
  [
    'id_token_hint_unreadable',
    () => ({ id_token_hint: 'x.y.z' }),
    /no ID token that this server can still read/,
  ],
  ['end_session_client_unknown', () => ({ client_id: 'nobody' }), /No app is registered by this client_id/],
  [
    'post_logout_redirect_uri_unknown',
    () => ({ id_token_hint: here.id_token, post_logout_redirect_uri: `${bye}/` }),
    /not one that this app registered/,
  ],
])('%s is said in its own words', async (reason, request, words) => {
  const page = await here.agent.get(here.endSession({ post_logout_redirect_uri: bye, ...request() }));
  expect([page.status, lastReason(here.server)]).toEqual([400, reason]);
  expect(page.text).toMatch(words);
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
    await here.expectRefused(await here.agent.get(here.endSession(request)));
  });

  test('and one of another app than the client_id says is refused', async () => {
    const { client_id } = await createApp(here.server, 'standard', uris);
    await here.expectRefused(
      await here.agent.get(here.endSession({ id_token_hint: here.id_token, client_id })),
    );
  });
});

test.each(['', 'x'.repeat(43)])('a form of the user’s own page that was made elsewhere: %j', async (csrf) => {
  await here.expectRefused(await here.agent.post(`${here.server.origin}/account/sign-out`, { csrf }), 403);
});
