// oauth4webapi, a client that nobody here wrote, through the whole code flow (OpenID Connect Core 1.0 §3.1, RFC 7636,
// RFC 9207): each answer is judged by the library, ID tokens by the published keys.

import * as oauth from 'oauth4webapi';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { setClock } from '../support/clock.ts';
import { authorize, createTestUser, formOf, headingOf, type Page, UserAgent } from '../support/user-agent.ts';
import {
  atHash,
  idTokens,
  type Kind,
  kinds,
  post_logout_redirect_uri,
  registerApp,
  scope,
  startWorld,
  type World,
} from './code-flow.ts';
import { type App, ask, introspect, makeApp, refresh, revoke, userinfo } from './oauth4webapi-app.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.server.close());

async function confidentialApp(kind: Kind): Promise<App> {
  const { client_id, client_secret } = await registerApp(world, kind);
  const client = { client_id, ...idTokens(kind) };
  return makeApp(world.server.origin + kind.path, client, oauth.ClientSecretPost(client_secret));
}

async function tokensFor(app: App, kind: Kind, agent = world.agent) {
  const { url, redeem } = await ask(app, kind.pkce);
  return redeem(await authorize(agent, url, world.user));
}

describe.each(kinds)('$name, $alg', (kind) => {
  test('says in its metadata what it does', async () => {
    const { as } = await confidentialApp(kind);
    expect(as).toMatchObject({
      response_types_supported: ['code'],
      response_modes_supported: ['query', 'fragment', 'form_post'],
      code_challenge_methods_supported: ['S256'],
      authorization_response_iss_parameter_supported: true,
      // OpenID Connect Discovery 1.0 §3: "The algorithm RS256 MUST be included."
      id_token_signing_alg_values_supported:
        kind.name === 'standard' ? ['RS256', 'ES256'] : [...new Set(['RS256', kind.alg])],
      grant_types_supported: ['client_credentials', 'authorization_code', 'refresh_token'],
    });
  });

  test('a code becomes tokens that hold', async () => {
    const app = await confidentialApp(kind);
    const { claims, access_token } = await tokensFor(app, kind);
    expect(claims).toMatchObject({ sub: world.user.id, at_hash: atHash(access_token, kind.alg) });
    expect(await userinfo(app, access_token, claims.sub)).toMatchObject({ name: 'Ann Example' });
    expect(await introspect(app, access_token)).toMatchObject({ active: true, sub: claims.sub });
  });

  test('a refresh gives the next tokens, and a replay of an old one ends them all', async () => {
    const app = await confidentialApp(kind);
    const first = await tokensFor(app, kind);
    const second = await refresh(app, first.refresh_token);
    const third = await refresh(app, second.refresh_token, { scope: 'openid read' });
    expect(third.scope).toBe('openid read');
    expect(oauth.getValidatedIdTokenClaims(third)?.at_hash).toBe(atHash(third.access_token, kind.alg));
    for (const { refresh_token } of [first, third])
      await expect(refresh(app, refresh_token)).rejects.toMatchObject({ error: 'invalid_grant' });
    expect(await introspect(app, third.access_token)).toEqual({ active: false });
  });

  test('tokens that are revoked are good for nothing', async () => {
    const app = await confidentialApp(kind);
    const { access_token, refresh_token = '', claims } = await tokensFor(app, kind);
    await revoke(app, refresh_token);
    expect(await introspect(app, refresh_token)).toEqual({ active: false });
    await expect(userinfo(app, access_token, claims.sub)).rejects.toMatchObject({
      code: oauth.WWW_AUTHENTICATE_CHALLENGE,
      cause: [{ scheme: 'bearer', parameters: { error: 'invalid_token' } }],
    });
  });
});

const standard: Kind = { name: 'standard', path: '', alg: 'RS256', pkce: true };

const answers: Record<string, (page: Page) => URL | URLSearchParams> = {
  query: ({ location = '' }) => new URL(location),
  fragment: ({ location = '' }) => new URLSearchParams(new URL(location).hash.slice(1)),
  form_post: (page) => new URLSearchParams(formOf(page, 'https://app.example/callback').fields),
};

test.each(Object.entries(answers))('answers by %s', async (response_mode, answerOf) => {
  const app = await confidentialApp(standard);
  await tokensFor(app, standard);
  // Allowed already, so the answer comes at once.
  const { url, redeem } = await ask(app, true, { response_mode });
  expect((await redeem(answerOf(await world.agent.get(url)))).scope).toBe(scope);
});

test('errors come back to the client, with state and iss', async () => {
  const app = await confidentialApp(standard);
  const agent = new UserAgent();
  const silent = await ask(app, true, { prompt: 'none' });
  const { location: unseen = '' } = await agent.get(silent.url);
  await expect(silent.redeem(new URL(unseen))).rejects.toMatchObject({ error: 'login_required' });

  const { url, redeem } = await ask(app, true);
  const consent = await agent.signIn(await agent.get(url), world.user);
  const { location: denied = '' } = await agent.decide(consent, 'deny');
  await expect(redeem(new URL(denied))).rejects.toMatchObject({
    error: 'access_denied',
    error_description: 'The user refused.',
  });
});

test('max_age has the user sign in again, and auth_time says so', async () => {
  const agent = new UserAgent();
  const app = await confidentialApp(standard);
  const before = await tokensFor(app, standard, agent);
  // auth_time counts seconds: in the second of the sign-in itself even 0 is not over.
  setClock(Date.now() + 1000);
  const { url, redeem } = await ask(app, true, { max_age: '0' });
  expect(headingOf(await agent.get(url))).toBe('Sign in');
  const { claims } = await redeem(await authorize(agent, url, world.user), 2);
  expect(claims.auth_time).toBeGreaterThan(before.claims.auth_time ?? 0);
  expect(claims.sid).not.toBe(before.claims.sid);
});

test('a public app on the user’s own computer, at whatever port it got (RFC 8252)', async () => {
  const { client_id } = await world.server.register('standard', {
    public: true,
    redirect_uris: ['http://127.0.0.1/callback'],
    scope: scope.split(' '),
  });
  const callback = 'http://127.0.0.1:51004/callback';
  const app = await makeApp(world.server.origin, { client_id }, oauth.None(), callback);
  const tokens = await tokensFor(app, standard);
  expect((await refresh(app, tokens.refresh_token)).scope).toBe(scope);
});

test('another user at the same browser is another subject', async () => {
  const agent = new UserAgent();
  const app = await confidentialApp(standard);
  const first = await tokensFor(app, standard, agent);
  const other = await createTestUser(world.server);
  const { url, redeem } = await ask(app, true, { prompt: 'login' });
  const { claims } = await redeem(await authorize(agent, url, other));
  expect([first.claims.sub, claims.sub]).toEqual([world.user.id, other.id]);
});

test('signs the user out at the end', async () => {
  const agent = new UserAgent();
  const app = await confidentialApp(standard);
  const { id_token = '' } = await tokensFor(app, standard, agent);
  const url = new URL(app.as.end_session_endpoint ?? '');
  url.search = new URLSearchParams({ id_token_hint: id_token, post_logout_redirect_uri }).toString();
  expect((await agent.get(url)).location).toBe(post_logout_redirect_uri);
  expect(headingOf(await agent.get((await ask(app, true)).url))).toBe('Sign in');
});
