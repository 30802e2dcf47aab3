// PKCE downgrade (RFC 9700 §4.8.2): the challenge is taken out of a request, or made one that proves nothing, so that a
// code can be redeemed in a session it is not of (RFC 7636 §4.4.1, §7.2).

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createApp, type Form } from '../authorization/app.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { createTestUser, pkce, type TestUser, UserAgent } from '../support/user-agent.ts';

let server: TestServer;
let ann: TestUser;
/** Signed in, and has allowed the app: a request that is not refused ends with a code. */
const victim = new UserAgent();
beforeAll(async () => {
  server = await startTestServer();
  ann = await createTestUser(server);
});
afterAll(() => server.close());

const refused = { status: 400, error: 'invalid_grant' };
const withoutPkce = { code_challenge: undefined, code_challenge_method: undefined };

// The check: `redeemCode` wants no verifier where there was no challenge (RFC 9700 §2.1.1).
test('where PKCE is optional, a code without a challenge is not redeemed by an app that sends a verifier', async () => {
  const app = await createApp(server, 'trelica');
  // The attacker began a session at the app, took the challenge out of its request, and made the victim follow it.
  const stolen = await app.code(victim, ann, withoutPkce);
  expect(await app.redeem(stolen, { code_verifier: pkce().code_verifier })).toMatchObject(refused);
  expect(await app.redeem(stolen)).toMatchObject(refused);
  expect(await app.redeem(stolen, { code_verifier: undefined })).toMatchObject({ status: 200 });
});

// The check: `redeemCode` compares the challenge even where no verifier is sent.
describe.each(['standard', 'trelica'])('%s', (issuer) => {
  test.each([true, false])(
    'a code with a challenge is not redeemed without a verifier (public: %s)',
    async (kind) => {
      const app = await createApp(server, issuer, { public: kind });
      const stolen = await app.code(victim, ann);
      expect(await app.redeem(stolen, { code_verifier: undefined })).toMatchObject(refused);
      expect(await app.redeem(stolen, { code_verifier: '' })).toMatchObject(refused);
      expect(await app.redeem(stolen)).toMatchObject({ status: 200 });
    },
  );
});

/** Changes the request of an app on its way; the app is told, and gets no code. */
async function expectNoCode(issuer: string, kind: 'public' | 'confidential', change: Form, appended = '') {
  const app = await createApp(server, issuer, { public: kind === 'public' });
  expect(await app.code(victim, ann)).toMatch(/./);
  const { location = '' } = await victim.get(app.url(change) + appended);
  const answer = new URL(location).searchParams;
  expect([answer.get('code'), answer.get('error')]).toEqual([null, 'invalid_request']);
}

describe.each([
  ['standard', 'public'],
  ['standard', 'confidential'],
  ['trelica', 'public'],
] as const)('%s, %s, where PKCE is required', (issuer, kind) => {
  // The check: `readCodeChallenge` requires it.
  test.each([
    ['left out', withoutPkce],
    ['left out, but for its method', { code_challenge: undefined }],
    ['empty', { code_challenge: '' }],
  ])('a challenge cannot be %s', (_what, change) => expectNoCode(issuer, kind, change));
});

describe.each([
  ['standard', 'public'],
  ['standard', 'confidential'],
  ['trelica', 'public'],
  ['trelica', 'confidential'],
] as const)('%s, %s', (issuer, kind) => {
  // The check: `readCodeChallenge` takes S256 alone: with `plain`, the request itself contains the verifier.
  test.each(['plain', 'PLAIN', 's256', 'S256 ', 'S512', 'none', '', undefined])(
    'a challenge cannot be of the method %j',
    (code_challenge_method) => expectNoCode(issuer, kind, { code_challenge_method }),
  );

  // The check: `isCodeChallenge`.
  test.each(['x', 'A'.repeat(42), 'A'.repeat(44), `${'A'.repeat(42)}=`, 'A'.repeat(128)])(
    'a challenge cannot be %s, which is no SHA-256',
    (code_challenge) => expectNoCode(issuer, kind, { code_challenge }),
  );

  // The check: `refuseRepeated`. The attacker knows the verifier of the second challenge, or of the first.
  test('a challenge cannot stand twice', () =>
    expectNoCode(issuer, kind, {}, `&code_challenge=${pkce().code_challenge}`));

  // The check: a method alone is a challenge that somebody took away.
  test('a method cannot stand alone', () => expectNoCode(issuer, kind, { code_challenge: undefined }));
});

// The check: the metadata names S256 alone, so that no client is talked into `plain` (RFC 8414 §2).
test.each(['', '/trelica'])('the metadata of %j offers nothing weaker', async (base) => {
  const url = `${server.origin}${base}/.well-known/openid-configuration`;
  expect(await (await fetch(url)).json()).toMatchObject({ code_challenge_methods_supported: ['S256'] });
});
