// Refresh tokens (RFC 6749 §6, RFC 9700 §4.14.2): each is good once, gives the next one, and one that comes back late
// ends everything.

import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { changeClient } from '../../packages/server/src/admin/clients.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { createTestUser, type TestUser, UserAgent } from '../support/user-agent.ts';
import { type App, createApp, type Form, lastReason } from './app.ts';

const day = 24 * 3_600_000;
let server: TestServer;
let user: TestUser;
const agent = new UserAgent();
let app: App;

beforeAll(async () => {
  server = await startTestServer();
  user = await createTestUser(server);
  app = await createApp(server, 'standard');
});
afterAll(() => server.close());

const tokens = async (parameters?: Form) => app.redeem(await app.code(agent, user, parameters));
const active = async (token: string) => (await app.introspect(token)).active;
const grantOf = (refresh_token: string) =>
  server.instance.grantTokens.readRefreshToken('standard', refresh_token)?.id ?? '';

/** As if so much time had passed since the token was given. */
async function age(refresh_token: string, ms: number): Promise<void> {
  const { numUpdatedRows } = await server.instance.store.db
    .updateTable('grants')
    .set(({ eb }) => ({
      rotated_at: eb('rotated_at', '-', ms),
      refresh_expires_at: eb('refresh_expires_at', '-', ms),
      expires_at: eb('expires_at', '-', ms),
    }))
    .where('id', '=', grantOf(refresh_token))
    .executeTakeFirst();
  expect(numUpdatedRows).toBe(1n);
}

describe('there is one', () => {
  test('only where offline_access was allowed', async () => {
    expect(await tokens({ scope: 'read' })).not.toHaveProperty('refresh_token');
    expect((await tokens({ scope: 'read offline_access' })).refresh_token).toMatch(/^[\w-]{71}$/);
  });

  test('only where the app is registered for it', async () => {
    const other = await createApp(server, 'standard', { grant_types: ['authorization_code'] });
    const { status, refresh_token } = await other.redeem(await other.code(agent, user));
    expect([status, refresh_token]).toEqual([200, undefined]);
  });
});

describe('it gives', () => {
  test('an access token of the same grant, and the next refresh token', async () => {
    const first = await tokens({ scope: 'openid read offline_access' });
    const second = await app.refresh(first.refresh_token);
    expect(second.refresh_token).not.toBe(first.refresh_token);
    expect(grantOf(second.refresh_token)).toBe(grantOf(first.refresh_token));
    const [before, after] = [decodeJwt(first.access_token), decodeJwt(second.access_token)];
    expect(after.jti).not.toBe(before.jti);
    const { iat, exp, jti, ...same } = before;
    expect(after).toMatchObject(same);
    const names = ['sub', 'sid', 'auth_time', 'acr', 'amr', 'aud'];
    const of = (id_token: string) => names.map((name) => decodeJwt(id_token)[name]);
    expect(of(second.id_token)).toEqual(of(first.id_token));
  });

  test('no ID token where openid was not allowed, or is narrowed away', async () => {
    expect(await app.refresh((await tokens()).refresh_token)).not.toHaveProperty('id_token');
    const { refresh_token } = await tokens({ scope: 'openid read offline_access' });
    expect(await app.refresh(refresh_token, { scope: 'read' })).not.toHaveProperty('id_token');
  });

  test('less scope where less is asked for, and all of it again after that', async () => {
    const scope = 'read write offline_access';
    const { refresh_token } = await tokens({ scope });
    const narrowed = await app.refresh(refresh_token, { scope: 'write' });
    expect(narrowed.scope).toBe('write');
    expect((await app.refresh(narrowed.refresh_token)).scope).toBe(scope);
  });

  test('never more scope than was allowed; a request for that does not use it up', async () => {
    const { refresh_token } = await tokens({ scope: 'read offline_access' });
    expect((await app.refresh(refresh_token, { scope: 'read write' })).error).toBe('invalid_scope');
    expect((await app.introspect(refresh_token)).active).toBe(true);
    expect((await app.refresh(refresh_token)).scope).toBe('read offline_access');
  });

  test('no scope that the app has lost since', async () => {
    const other = await createApp(server, 'standard');
    const code = await other.code(agent, user, { scope: 'read write offline_access' });
    const { refresh_token } = await other.redeem(code);
    const scope = ['read', 'offline_access'];
    await changeClient(server.instance.admin, 'standard', other.client_id, { scope });
    await expect
      .poll(async () => server.instance.store.cachedClient('standard', other.client_id)?.scope ?? scope)
      .toEqual(scope);
    expect((await other.refresh(refresh_token)).scope).toBe('read offline_access');
  });
});

describe('it lives', () => {
  test('for thirty days, and from its use on for thirty more', async () => {
    const { refresh_token } = await tokens();
    await age(refresh_token, 30 * day - 15_000);
    const next = await app.refresh(refresh_token);
    expect(next.status).toBe(200);
    await age(next.refresh_token, 30 * day - 15_000);
    const last = await app.refresh(next.refresh_token);
    expect(last.status).toBe(200);
    await age(last.refresh_token, 30 * day);
    expect((await app.refresh(last.refresh_token)).error).toBe('invalid_grant');
    expect(lastReason(server)).toBe('refresh_token_expired');
  });

  test('for its client alone: another one cannot use it, end it, or learn of it', async () => {
    const thief = await createApp(server, 'standard');
    const { refresh_token } = await tokens();
    expect((await thief.refresh(refresh_token)).error).toBe('invalid_grant');
    expect((await thief.revoke(refresh_token)).status).toBe(400);
    expect(await thief.introspect(refresh_token)).toEqual({ active: false });
    expect((await app.refresh(refresh_token)).status).toBe(200);
  });

  test('for its issuer alone', async () => {
    const twin = await createApp(server, 'trelica', { client_id: app.client_id });
    const { refresh_token } = await tokens();
    expect((await twin.refresh(refresh_token)).error).toBe('invalid_grant');
    expect((await app.refresh(refresh_token)).status).toBe(200);
  });

  test('not in any other spelling', async () => {
    const { refresh_token } = await tokens();
    const changed = [...refresh_token].map(
      (letter, at) => refresh_token.slice(0, at) + (letter === 'A' ? 'B' : 'A') + refresh_token.slice(at + 1),
    );
    for (const other of [...changed, `${refresh_token}=`, refresh_token.slice(0, -1)])
      expect((await app.refresh(other)).error, other).toBe('invalid_grant');
    expect((await app.refresh(refresh_token)).status).toBe(200);
  });
});

describe('one that comes back', () => {
  test('within the grace window gives the same successor, and an access token of its own', async () => {
    const { refresh_token } = await tokens();
    const next = await app.refresh(refresh_token);
    await age(refresh_token, 25_000);
    const again = await app.refresh(refresh_token);
    expect(again.refresh_token).toBe(next.refresh_token);
    expect(again.access_token).not.toBe(next.access_token);
    expect([await active(next.access_token), await active(again.access_token)]).toEqual([true, true]);
    expect((await app.refresh(next.refresh_token)).status).toBe(200);
  });

  test('later ends everything', async () => {
    const first = await tokens();
    const next = await app.refresh(first.refresh_token);
    await age(first.refresh_token, 30_000);
    expect((await app.refresh(first.refresh_token)).error).toBe('invalid_grant');
    expect(lastReason(server)).toBe('refresh_token_replayed');
    expect([await active(first.access_token), await active(next.access_token)]).toEqual([false, false]);
    expect((await app.refresh(next.refresh_token)).error).toBe('invalid_grant');
  });

  test('after its successor was used ends everything, within the window too', async () => {
    const { refresh_token } = await tokens();
    const last = await app.refresh((await app.refresh(refresh_token)).refresh_token);
    expect((await app.refresh(refresh_token)).error).toBe('invalid_grant');
    expect(await active(last.access_token)).toBe(false);
    expect((await app.refresh(last.refresh_token)).error).toBe('invalid_grant');
  });

  test('is inactive at introspection, while its successor is active', async () => {
    const { refresh_token } = await tokens();
    const next = await app.refresh(refresh_token);
    expect(await app.introspect(refresh_token)).toEqual({ active: false });
    expect((await app.introspect(next.refresh_token)).active).toBe(true);
  });
});
