// openid-client, a client that nobody here wrote, through the whole code flow (OpenID Connect Core 1.0 §3.1, RFC 7636,
// RFC 9207), at an issuer of each signing algorithm and at the Trelica-style one.

import * as client from 'openid-client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { authorize, formOf, headingOf, type Page, UserAgent } from '../support/user-agent.ts';
import {
  atHash,
  idTokens,
  type Kind,
  kinds,
  post_logout_redirect_uri,
  redirect_uri,
  registerApp,
  scope,
  startWorld,
  type World,
} from './code-flow.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.server.close());

/** An app of its own, and an authorization request as the library builds it. */
async function prepare(kind: Kind) {
  const { path, pkce } = kind;
  const { client_id, client_secret } = await registerApp(world, kind);
  const config = await client.discovery(
    new URL(world.server.origin + path),
    client_id,
    idTokens(kind),
    client.ClientSecretBasic(client_secret),
    // So that signatures of ID tokens are verified, too.
    { execute: [client.allowInsecureRequests, client.enableNonRepudiationChecks] },
  );
  const [state, nonce, verifier] = [
    client.randomState(),
    client.randomNonce(),
    client.randomPKCECodeVerifier(),
  ];
  const challenge = {
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  };
  const request = (more: Record<string, string> = {}) =>
    client.buildAuthorizationUrl(config, {
      redirect_uri,
      scope,
      state,
      nonce,
      ...(pkce && challenge),
      ...more,
    }).href;
  const checks = {
    expectedState: state,
    expectedNonce: nonce,
    ...(pkce && { pkceCodeVerifier: verifier }),
    idTokenExpected: true,
    maxAge: 600,
  };
  const redeem = (answer: URL | Request, more = {}) =>
    client.authorizationCodeGrant(config, answer, { ...checks, ...more });
  return { config, request, redeem, client_id };
}

async function tokensFor(kind: Kind, agent = world.agent) {
  const app = await prepare(kind);
  const tokens = await app.redeem(await authorize(agent, app.request(), world.user));
  return { ...app, tokens, refresh_token: tokens.refresh_token ?? '' };
}

const kindNamed = (name: string): Kind => {
  const kind = kinds.find((each) => each.name === name);
  if (kind === undefined) throw new Error(`no issuer ${name}`);
  return kind;
};

describe.each(kinds)('$name, $alg', (kind) => {
  test('a code becomes an ID token that holds, and what userinfo says fits it', async () => {
    const { tokens, config, client_id } = await tokensFor(kind);
    expect(tokens).toMatchObject({ token_type: 'bearer', expires_in: 3600, scope });
    const claims = tokens.claims();
    expect(claims).toMatchObject({
      iss: world.server.origin + kind.path,
      aud: client_id,
      sub: world.user.id,
      acr: 'urn:tessera:sfa',
      amr: ['pwd'],
      at_hash: atHash(tokens.access_token, kind.alg),
    });
    expect(await client.fetchUserInfo(config, tokens.access_token, world.user.id)).toEqual({
      sub: world.user.id,
      name: 'Ann Example',
      preferred_username: world.user.login,
      email: `${world.user.login}@example.com`,
      email_verified: false,
      updated_at: expect.any(Number),
    });
  });

  test('refreshes, with the scope that it has and with less', async () => {
    const { config, tokens, refresh_token } = await tokensFor(kind);
    const again = await client.refreshTokenGrant(config, refresh_token);
    expect(again.scope).toBe(scope);
    expect(again.refresh_token).not.toBe(refresh_token);
    const [before, after] = [tokens.claims(), again.claims()];
    // OpenID Connect Core 1.0 §12.2
    for (const name of ['iss', 'sub', 'aud', 'auth_time', 'sid'])
      expect(after?.[name]).toEqual(before?.[name]);
    expect(after?.at_hash).toBe(atHash(again.access_token, kind.alg));
    expect(after).not.toHaveProperty('nonce');

    const less = await client.refreshTokenGrant(config, again.refresh_token ?? '', { scope: 'read' });
    expect(less.scope).toBe('read');
    expect(less.id_token).toBeUndefined();
    expect(await client.tokenIntrospection(config, less.access_token)).toMatchObject({ scope: 'read' });
    const whole = await client.refreshTokenGrant(config, less.refresh_token ?? '');
    expect(whole.scope).toBe(scope);
    const more = client.refreshTokenGrant(config, whole.refresh_token ?? '', { scope: 'read delete' });
    await expect(more).rejects.toMatchObject({ error: 'invalid_scope' });
  });

  test('a revoked refresh token takes everything with it', async () => {
    const { config, tokens, refresh_token, client_id } = await tokensFor(kind);
    const of = { client_id, sub: world.user.id, scope };
    for (const token of [tokens.access_token, refresh_token])
      expect(await client.tokenIntrospection(config, token)).toMatchObject({ active: true, ...of });
    await client.tokenRevocation(config, refresh_token);
    for (const token of [tokens.access_token, refresh_token])
      expect(await client.tokenIntrospection(config, token)).toEqual({ active: false });
    await expect(client.refreshTokenGrant(config, refresh_token)).rejects.toMatchObject({
      error: 'invalid_grant',
    });
    await expect(client.fetchUserInfo(config, tokens.access_token, world.user.id)).rejects.toThrow();
  });

  test('a revoked access token leaves the refresh token alone', async () => {
    const { config, tokens, refresh_token } = await tokensFor(kind);
    await client.tokenRevocation(config, tokens.access_token);
    expect(await client.tokenIntrospection(config, tokens.access_token)).toEqual({ active: false });
    expect((await client.refreshTokenGrant(config, refresh_token)).scope).toBe(scope);
  });

  test('signs the user out, and sends the browser back', async () => {
    const agent = new UserAgent();
    const { config, tokens, request } = await tokensFor(kind, agent);
    const id_token_hint = tokens.id_token ?? '';
    const url = client.buildEndSessionUrl(config, { id_token_hint, post_logout_redirect_uri, state: 'gone' });
    expect((await agent.get(url)).location).toBe(`${post_logout_redirect_uri}?state=gone`);
    expect(headingOf(await agent.get(request()))).toBe('Sign in');
  });
});

describe.each(['standard', 'trelica'])('%s', (name) => {
  const answers: Record<string, (page: Page) => URL | Request> = {
    query: ({ location = '' }) => new URL(location),
    fragment({ location = '' }) {
      const url = new URL(location);
      expect(url.search).toBe('');
      return new URL(`${redirect_uri}?${url.hash.slice(1)}`);
    },
    form_post(page) {
      const { action, fields } = formOf(page);
      return new Request(action, { method: 'POST', body: new URLSearchParams(fields) });
    },
  };

  test.each(Object.keys(answers))('answers by %s', async (response_mode) => {
    const { request, redeem } = await prepare(kindNamed(name));
    await authorize(world.agent, request(), world.user);
    // Allowed already, so the answer comes at once.
    const page = await world.agent.get(request({ response_mode }));
    const answer = answers[response_mode]?.(page);
    if (answer === undefined) throw new Error('no answer');
    expect(await redeem(answer)).toMatchObject({ scope });
  });

  test('an answer that does not say who gives it is not taken (RFC 9207)', async () => {
    const { request, redeem } = await prepare(kindNamed(name));
    const answer = await authorize(world.agent, request(), world.user);
    const good = answer.href;
    answer.searchParams.delete('iss');
    await expect(redeem(answer)).rejects.toHaveProperty(
      'cause.message',
      'response parameter "iss" (issuer) missing',
    );
    expect(await redeem(new URL(good))).toMatchObject({ scope });
  });

  test('a refusal of the user is access_denied', async () => {
    const { request, redeem } = await prepare(kindNamed(name));
    await authorize(world.agent, (await prepare(kindNamed(name))).request(), world.user);
    const { location = '' } = await world.agent.decide(await world.agent.get(request()), 'deny');
    await expect(redeem(new URL(location))).rejects.toMatchObject({ error: 'access_denied' });
  });

  test.each([
    ['login_required', 'the browser is not signed in', () => new UserAgent()],
    ['consent_required', 'the user has not allowed it yet', () => world.agent],
  ] as const)('prompt=none is %s: %s', async (error, _why, agent) => {
    await authorize(world.agent, (await prepare(kindNamed(name))).request(), world.user);
    const { request, redeem } = await prepare(kindNamed(name));
    const { location = '' } = await agent().get(request({ prompt: 'none' }));
    await expect(redeem(new URL(location))).rejects.toMatchObject({ error });
  });

  test('a code that is used again is invalid_grant, and ends what it gave', async () => {
    const { request, redeem, config } = await prepare(kindNamed(name));
    const answer = await authorize(world.agent, request(), world.user);
    const { access_token } = await redeem(answer);
    await expect(redeem(answer)).rejects.toMatchObject({ error: 'invalid_grant', status: 400 });
    expect(await client.tokenIntrospection(config, access_token)).toEqual({ active: false });
  });
});

test('a code with the wrong verifier is invalid_grant', async () => {
  const { request, redeem } = await prepare(kindNamed('standard'));
  const answer = await authorize(world.agent, request(), world.user);
  const wrong = { pkceCodeVerifier: client.randomPKCECodeVerifier() };
  await expect(redeem(answer, wrong)).rejects.toMatchObject({ error: 'invalid_grant' });
  expect(await redeem(answer)).toMatchObject({ scope });
});
