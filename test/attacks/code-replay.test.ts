// Replay of an authorization code (RFC 6749 §10.5, RFC 9700 §4.5.3): a code is good once and for a short time, and a
// second use ends what the first one gave (§4.1.2).

import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { type App, createApp } from '../authorization/app.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { createTestUser, formOf, pkce, type TestUser, UserAgent } from '../support/user-agent.ts';

let server: TestServer;
let ann: TestUser;
const victim = new UserAgent();
beforeAll(async () => {
  server = await startTestServer();
  ann = await createTestUser(server);
});
afterEach(() => {
  vi.useRealTimers();
});
afterAll(() => server.close());

const refused = { status: 400, error: 'invalid_grant' };
const later = (seconds: number) => vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + seconds * 1000 });

/** Whether anything that a redemption gave still works. */
async function isAlive(app: App, tokens: { access_token: string; refresh_token: string }) {
  const { active } = await app.introspect(tokens.access_token);
  return { access: active, refresh: (await app.introspect(tokens.refresh_token)).active };
}
const alive = { access: true, refresh: true };
const ended = { access: false, refresh: false };

describe.each(['standard', 'trelica'])('%s', (issuer) => {
  const lifetime = issuer === 'standard' ? 60 : 300;

  // The attacker reads it in a log or a history, and knows all that the app knows.
  // The checks: `redeemCode` takes a code that was issued, and makes it redeemed in the same statement.
  test('a code that was redeemed is good no more', async () => {
    const app = await createApp(server, issuer);
    const code = await app.code(victim, ann);
    expect(await app.redeem(code)).toMatchObject({ status: 200 });
    for (let time = 0; time < 2; time++) expect(await app.redeem(code)).toMatchObject(refused);
  });

  // The attacker was first. The check: `whyNotRedeemed` ends the grant.
  test('when the app comes second, what the attacker got ends', async () => {
    const app = await createApp(server, issuer);
    const code = await app.code(victim, ann);
    const stolen = await app.redeem(code);
    expect(await isAlive(app, stolen)).toEqual(alive);
    expect(await app.redeem(code)).toMatchObject(refused);
    expect(await isAlive(app, stolen)).toEqual(ended);
    expect(await app.refresh(stolen.refresh_token)).toMatchObject(refused);
  });

  test('what the attacker made of it in the meantime ends too', async () => {
    const app = await createApp(server, issuer);
    const code = await app.code(victim, ann);
    const stolen = await app.refresh((await app.redeem(code)).refresh_token);
    expect(await isAlive(app, stolen)).toEqual(alive);
    expect(await app.redeem(code)).toMatchObject(refused);
    expect(await isAlive(app, stolen)).toEqual(ended);
  });

  // The check: it is one statement, not a look and then a write.
  test('of many who redeem it at once, one wins, and keeps nothing', async () => {
    const app = await createApp(server, issuer);
    const code = await app.code(victim, ann);
    const answers = await Promise.all(Array.from({ length: 20 }, () => app.redeem(code)));
    const won = answers.filter(({ status }) => status === 200);
    expect(won).toHaveLength(1);
    for (const tokens of won) expect(await isAlive(app, tokens)).toEqual(ended);
  });

  // The check: `redeemCode` compares the time.
  test('a code that was not used in time is good no more', async () => {
    const app = await createApp(server, issuer);
    const [late, inTime] = [await app.code(victim, ann), await app.code(victim, ann)];
    later(lifetime - 2);
    expect(await app.redeem(inTime)).toMatchObject({ status: 200 });
    later(3);
    expect(await app.redeem(late)).toMatchObject(refused);
  });

  // The check: `redeemCode` wants a grant that lives.
  test('a code is good no more when the user has disconnected the app', async () => {
    const app = await createApp(server, issuer);
    const [stolen, other] = [await app.code(victim, ann), await createApp(server, issuer)];
    const untouched = await other.code(victim, ann);
    const base = issuer === 'standard' ? '' : '/trelica';
    const account = await victim.get(`${server.origin}${base}/account`);
    await victim.submit(formOf(account, '/disconnect'), { issuer, client_id: app.client_id });
    expect(await app.redeem(stolen)).toMatchObject(refused);
    expect(await other.redeem(untouched)).toMatchObject({ status: 200 });
  });

  // The check: `whyNotRedeemed` ends nothing before it knows that the app and the verifier are right.
  test('who has the code and nothing else cannot end what the app got for it', async () => {
    const app = await createApp(server, issuer, { public: true });
    const watcher = await createApp(server, issuer, { introspection: 'any' });
    const thief = await createApp(server, issuer);
    const code = await app.code(victim, ann);
    const { access_token } = await app.redeem(code);
    for (const code_verifier of [pkce().code_verifier, undefined])
      expect(await app.redeem(code, { code_verifier })).toMatchObject(refused);
    expect(await thief.redeem(code, app.pkce)).toMatchObject(refused);
    expect(await watcher.introspect(access_token)).toMatchObject({ active: true });
    // The app itself can.
    expect(await app.redeem(code)).toMatchObject(refused);
    expect(await watcher.introspect(access_token)).toMatchObject({ active: false });
  });
});
