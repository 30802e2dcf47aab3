// Signing in where the company's users already are (OpenID Connect Core 1.0 §3.1, as a client): at a second Tessera and
// at oidc-provider. What comes through, and what is refused; test/sign-in/upstream-failures.test.ts has the rest.

import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findUser, setDisabled } from '../../packages/server/src/store/tables/users.ts';
import { type App, createApp } from '../authorization/app.ts';
import { allUsers } from '../support/accounts.ts';
import { setClock } from '../support/clock.ts';
import type { TestServer } from '../support/server.ts';
import { createTestUser, headingOf, UserAgent } from '../support/user-agent.ts';
import { startUpstreams, type Upstreams } from './upstreams.ts';

let upstreams: Upstreams;
let server: TestServer;
let app: App;
beforeAll(async () => {
  upstreams = await startUpstreams();
  server = upstreams.server;
  app = await createApp(server, 'standard');
});
afterAll(() => upstreams.close());

const scope = 'openid profile email';

async function userinfo(access_token: string): Promise<unknown> {
  const headers = { authorization: `Bearer ${access_token}` };
  return (await fetch(`${server.origin}/oauth2/userinfo`, { headers })).json();
}

/** What the app learns of a user who signs in at the provider. */
async function tokensBy(name: string, at = new UserAgent(), where = app, agent = new UserAgent()) {
  const answer = await upstreams.authorize(name, where.url({ scope }), agent, at);
  const tokens = await where.redeem(answer.searchParams.get('code') ?? '');
  return { ...tokens, claims: decodeJwt(tokens.id_token) };
}

describe('a second Tessera', () => {
  test('makes a user at the first sign-in, and finds the same one at the second', async () => {
    const { employee } = upstreams;
    const first = await tokensBy('corp');
    expect(first.claims.sub).not.toBe(employee.id);
    expect(await userinfo(first.access_token)).toEqual({
      updated_at: expect.any(Number),
      sub: first.claims.sub,
      name: 'Ann Example',
      email: `${employee.login}@example.com`,
      email_verified: false,
    });
    const second = await tokensBy('corp');
    expect(second.claims.sub).toBe(first.claims.sub);
    expect(second.claims.sid).not.toBe(first.claims.sid);
  });

  test('says how the user signed in, and the tokens say where', async () => {
    const there = await createApp(server, 'trelica');
    const { access_token, claims } = await tokensBy('corp', new UserAgent(), there);
    expect(claims).toMatchObject({ amr: ['pwd'], acr: 'urn:tessera:sfa' });
    expect(decodeJwt(access_token)).toMatchObject({ idp: 'corp', amr: ['pwd'], sub: claims.sub });
    const event = server.log.findLast(({ msg }) => msg === 'signed in');
    expect(event).toMatchObject({ identity_provider: 'corp', user_id: claims.sub });
  });

  test('has another user for another of its users', async () => {
    const at = new UserAgent();
    const agent = new UserAgent();
    const target = await upstreams.start('corp', app.url(), agent);
    const back = await upstreams.signIn('corp', target, at, await createTestUser(upstreams.corp));
    await agent.get(back);
    const another = (await tokensBy('corp', at, app, new UserAgent())).claims.sub;
    expect(another).not.toBe((await tokensBy('corp')).claims.sub);
  });
});

describe('a second Tessera where the user is signed in already', () => {
  const wishes = [{ prompt: 'login' }, { max_age: '0' }];
  let browsers: UserAgent[];
  let before: number;
  beforeAll(async () => {
    browsers = await Promise.all(
      [{}, ...wishes].map(async () => {
        const at = new UserAgent();
        await tokensBy('corp', at);
        return at;
      }),
    );
    before = Math.floor(Date.now() / 1000);
  });
  /** auth_time counts seconds. */
  const inTheNextSecond = () => setClock(Date.now() + 1000);

  test('says when that was', async () => {
    inTheNextSecond();
    const { claims } = await tokensBy('corp', browsers[0]);
    expect(claims.auth_time).toBeLessThanOrEqual(before);
    expect(claims.iat).toBeGreaterThan(before);
  });

  test.each(wishes.map((wish, index) => ({ wish, index })))(
    'asks again where the app wants that: $wish',
    async ({ wish, index }) => {
      inTheNextSecond();
      const [agent, at = agent] = [new UserAgent(), browsers[index + 1]];
      const url = app.url({ scope, ...wish });
      const target = await upstreams.start('corp', url, agent);
      expect(headingOf(await at.get(target))).toBe('Sign in');
      const answer = await upstreams.authorize('corp', url, agent, at);
      const { id_token } = await app.redeem(answer.searchParams.get('code') ?? '');
      expect(decodeJwt(id_token).auth_time).toBeGreaterThan(before);
    },
  );
});

describe('oidc-provider', () => {
  const ann = { sub: 'ann', name: 'Ann of Corp', email: 'ann@corp.example', email_verified: true };

  test('makes a user at the first sign-in, and finds the same one at the second', async () => {
    upstreams.op.account = ann;
    const first = await tokensBy('op');
    const { sub, ...profile } = ann;
    expect(await userinfo(first.access_token)).toEqual({
      ...profile,
      sub: first.claims.sub,
      updated_at: expect.any(Number),
    });
    expect(first.claims).toMatchObject({ amr: ['hwk', 'mfa'], acr: 'urn:tessera:mfa' });
    expect((await tokensBy('op')).claims.sub).toBe(first.claims.sub);
  });

  test('tells what has changed, and what it does not tell stays', async () => {
    upstreams.op.account = ann;
    const { claims } = await tokensBy('op');
    upstreams.op.account = { sub: 'ann', email: 'ann@new.example' };
    const { access_token } = await tokensBy('op');
    expect(await userinfo(access_token)).toEqual({
      updated_at: expect.any(Number),
      sub: claims.sub,
      name: ann.name,
      email: 'ann@new.example',
      email_verified: false,
    });
  });

  test('gives nobody the account of who has the same address', async () => {
    const local = await createTestUser(server);
    const email = `${local.login}@example.com`;
    upstreams.op.account = { sub: 'eve', email, email_verified: true };
    const { claims } = await tokensBy('op');
    expect(claims.sub).not.toBe(local.id);
    const users = await allUsers(server.instance.store.db);
    expect(users.filter((user) => user.email === email).map(({ id }) => id)).toContain(claims.sub);
  });

  test('works in two tabs at once, in either order', async () => {
    upstreams.op.account = ann;
    const [agent, at] = [new UserAgent(), new UserAgent()];
    const first = await upstreams.start('op', app.url({ state: 'first' }), agent);
    const second = await upstreams.start('op', app.url({ state: 'second' }), agent);
    for (const [target, state] of [
      [second, 'second'],
      [first, 'first'],
    ] as const) {
      const { location = '' } = await agent.get(await upstreams.signIn('op', target, at));
      expect(new URL(location).searchParams.get('state')).toBe(state);
    }
  });

  test('brings back a request however long it is', async () => {
    upstreams.op.account = ann;
    const state = 'x'.repeat(3000);
    const answer = await upstreams.authorize('op', app.url({ state }), new UserAgent(), new UserAgent());
    expect(answer.searchParams.get('state')).toBe(state);
  });

  test('knows where the login_hint is for', async () => {
    const target = await upstreams.start('op', app.url({ login_hint: 'ann@corp.example' }), new UserAgent());
    expect(new URL(target).searchParams.get('login_hint')).toBe('ann@corp.example');
  });

  test('signs in to the user’s own page, where no app has asked', async () => {
    upstreams.op.account = ann;
    const agent = new UserAgent();
    const target = await upstreams.start('op', `${server.origin}/account/sign-in`, agent);
    const page = await agent.follow(await agent.get(await upstreams.signIn('op', target, new UserAgent())));
    expect([page.url, headingOf(page)]).toEqual([`${server.origin}/account`, 'Your account']);
    // A user of another provider has no password here.
    expect(page.text).not.toContain('type="password"');
  });

  test('is no way in for a user who is disabled', async () => {
    upstreams.op.account = { sub: 'bob' };
    const { claims } = await tokensBy('op');
    const { db } = server.instance.store;
    await setDisabled(db, claims.sub ?? '', true, Date.now());
    const agent = new UserAgent();
    const target = await upstreams.start('op', app.url(), agent);
    const page = await agent.get(await upstreams.signIn('op', target, new UserAgent()));
    expect([page.status, page.location]).toEqual([403, undefined]);
    expect(page.text).toContain('This account is disabled.');
    expect([...agent.cookies.keys()]).not.toContain('tessera-session');
    expect(server.log.at(-1)).toMatchObject({ msg: 'refused', reason: 'user_disabled' });
    expect((await findUser(db, claims.sub ?? ''))?.disabled).toBe(true);
  });
});
