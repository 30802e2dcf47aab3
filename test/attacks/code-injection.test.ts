// Authorization code injection (RFC 9700 §4.5): a stolen code, brought to its app in a session of the attacker's, or to
// another app, or to another issuer (RFC 6749 §4.1.3).

import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createApp } from '../authorization/app.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { createTestUser, pkce, type TestUser, UserAgent } from '../support/user-agent.ts';

let server: TestServer;
let ann: TestUser;
/** The victim's browser. A code read at the end of one of its requests is a stolen one. */
const victim = new UserAgent();
beforeAll(async () => {
  server = await startTestServer();
  ann = await createTestUser(server);
});
afterAll(() => server.close());

const refused = { status: 400, error: 'invalid_grant' };
const withoutPkce = { code_challenge: undefined, code_challenge_method: undefined };

describe.each(['standard', 'trelica'])('%s', (issuer) => {
  // The check: `redeemCode` compares the challenge with the verifier.
  test.each([true, false])(
    'a code is no good with the verifier of another session (public: %s)',
    async (kind) => {
      const app = await createApp(server, issuer, { public: kind });
      const stolen = await app.code(victim, ann);
      // The attacker has begun a session at the app himself, and brings the code there: the app sends its verifier.
      const { code_verifier } = pkce();
      expect(await app.redeem(stolen, { code_verifier })).toMatchObject(refused);
      // Nothing else was wrong with it.
      expect(await app.redeem(stolen)).toMatchObject({ status: 200 });
    },
  );

  // The check: `redeemCode` compares the client. The redirect URI and the verifier are right.
  test.each([true, false])('an app cannot redeem the code of another (public: %s)', async (kind) => {
    const app = await createApp(server, issuer);
    const thief = await createApp(server, issuer, { public: kind });
    const stolen = await app.code(victim, ann);
    const { code_verifier } = app.pkce;
    expect(await thief.redeem(stolen, { code_verifier })).toMatchObject(refused);
    expect(await app.redeem(stolen)).toMatchObject({ status: 200 });
  });

  // The checks: the issuer is part of a code's tag, and `redeemCode` compares it.
  test('a code of one issuer is no good at another, where an app has the same name', async () => {
    const client_id = `app-of-${issuer}`;
    const app = await createApp(server, issuer, { client_id });
    const namesake = await createApp(server, issuer === 'standard' ? 'trelica' : 'standard', { client_id });
    const stolen = await app.code(victim, ann);
    const { code_verifier } = app.pkce;
    expect(await namesake.redeem(stolen, { code_verifier })).toMatchObject(refused);
    expect(await app.redeem(stolen)).toMatchObject({ status: 200 });
  });

  // The check: the tag. What names a grant is no secret: an API reads it in the `jti` of every access token.
  test('nobody makes a code out of the name of a grant', async () => {
    const app = await createApp(server, issuer);
    const code = await app.code(victim, ann);
    const name = Buffer.from(code, 'base64url').subarray(0, 16);
    const forged = Buffer.concat([name, Buffer.alloc(32)]).toString('base64url');
    expect(await app.redeem(forged)).toMatchObject(refused);
    const redeemed = await app.redeem(code);
    expect(decodeJwt(redeemed.access_token).jti).toContain(name.toString('base64url'));
  });
});

// The check: the ID token has the nonce of the request (OpenID Connect Core 1.0 §3.1.3.7), in place of PKCE.
test('without PKCE an app sees by the nonce that a code is of another session', async () => {
  const app = await createApp(server, 'trelica');
  const request = { ...withoutPkce, scope: 'openid read' };
  const nonces = { victim: crypto.randomUUID(), attacker: crypto.randomUUID() };
  const stolen = await app.code(victim, ann, { ...request, nonce: nonces.victim });
  const { id_token } = await app.redeem(stolen, { code_verifier: undefined });
  const { nonce } = decodeJwt(id_token);
  // In the attacker's session the app expects his.
  expect(nonce).not.toBe(nonces.attacker);
  expect(nonce).toBe(nonces.victim);
});

// The check: a refresh tells no nonce, so that its ID token does not pass for that of a sign-in.
test('the ID token of a refresh does not pass for that of a sign-in', async () => {
  const app = await createApp(server, 'trelica');
  const nonce = crypto.randomUUID();
  const code = await app.code(victim, ann, { scope: 'openid offline_access', nonce });
  const { refresh_token, id_token } = await app.redeem(code);
  expect(decodeJwt(id_token).nonce).toBe(nonce);
  const refreshed = await app.refresh(refresh_token);
  expect(refreshed.id_token).toMatch(/./);
  expect(decodeJwt(refreshed.id_token).nonce).toBeUndefined();
});
