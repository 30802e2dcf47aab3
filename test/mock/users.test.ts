// The mock's user: signed in, allows everything; so an app's code flow, refresh and rotation can be tested by redirects.

import { type Mock, startMock } from '@tessera-oauth/server/mock';
import { compactVerify, createRemoteJWKSet } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { formOf } from '../support/user-agent.ts';
import {
  answerOf,
  authorize,
  callback,
  claimsOf,
  metadata,
  post,
  redeem,
  refresh,
  signedIn,
} from './client.ts';

describe.each(['standard', 'trelica'])('%s', (dialect) => {
  let mock: Mock;
  beforeAll(async () => {
    mock = await startMock({ dialect });
  });
  afterAll(() => mock.close());
  beforeEach(() => mock.reset());

  test('a code comes back at once, and is good once', async () => {
    const answer = await authorize(mock);
    expect(answer.get('state')).toBe('a state');
    expect(answer.get('iss')).toBe(mock.issuer);
    const first = await redeem(mock, answer.get('code'));
    expect(first).toMatchObject({ status: 200, json: { scope: 'read offline_access' } });
    expect(claimsOf(first.json.access_token).sub).toBe('user-1');
    expect((await redeem(mock, answer.get('code'))).json.error).toBe('invalid_grant');
  });

  test('refresh tokens rotate; one used late ends them all', async () => {
    const { refresh_token: first } = await signedIn(mock);
    const second = await refresh(mock, first);
    expect(second.json.scope).toBe('read offline_access');
    expect(second.json.refresh_token).not.toBe(first);
    expect((await refresh(mock, first)).status, 'within the grace').toBe(200);
    mock.advance('31s');
    expect((await refresh(mock, first)).json.error).toBe('invalid_grant');
    expect((await refresh(mock, second.json.refresh_token)).json.error).toBe('invalid_grant');
    expect(
      mock
        .requests()
        .map(({ reason }) => reason)
        .slice(-2),
    ).toEqual(['refresh_token_replayed', 'grant_revoked']);
  });

  test('a revoked token is not active any more', async () => {
    const { revocation_endpoint = '', introspection_endpoint = '' } = await metadata(mock);
    const { access_token, refresh_token } = await signedIn(mock);
    const client = { client_id: 'app', client_secret: 'secret' };
    const active = async () =>
      (await post(introspection_endpoint, { ...client, token: access_token })).json.active;
    expect(await active()).toBe(true);
    expect((await post(revocation_endpoint, { ...client, token: access_token })).status).toBe(200);
    expect(await active()).toBe(false);
    await post(revocation_endpoint, { ...client, token: refresh_token });
    expect((await refresh(mock, refresh_token)).json.error).toBe('invalid_grant');
  });

  test('the scope that users were asked for is not the client’s own', async () => {
    await authorize(mock);
    const form = { grant_type: 'client_credentials', client_id: 'app', client_secret: 'secret' };
    const { scope = '' } = (await post(mock.token_endpoint, form)).json;
    // What a client of the vendor has of its own.
    expect(String(scope).startsWith('Apps.Read ')).toBe(dialect === 'trelica');
    expect(String(scope).split(' ')).not.toContain('read');
  });

  test('codes and refresh tokens expire by the clock of the mock', async () => {
    const answer = await authorize(mock);
    const { refresh_token } = await signedIn(mock);
    mock.advance('10m');
    expect((await redeem(mock, answer.get('code'))).json.error).toBe('invalid_grant');
    mock.advance('31d');
    expect((await refresh(mock, refresh_token)).json.error).toBe('invalid_grant');
    expect(mock.requests().at(-1)?.reason).toBe('refresh_token_expired');
  });

  test('another user signs in', async () => {
    const ann = { id: 'ann', name: 'Ann Example', email: 'ann@example.org' };
    await mock.signIn(ann);
    const { access_token, id_token } = await signedIn(mock, { scope: 'openid profile email', nonce: 'n' });
    expect(claimsOf(id_token)).toMatchObject({ sub: 'ann', aud: 'app', nonce: 'n' });
    const { userinfo_endpoint = '' } = await metadata(mock);
    const headers = { authorization: `Bearer ${access_token}` };
    const { json } = await answerOf(await fetch(userinfo_endpoint, { headers }));
    expect(json).toMatchObject({ sub: 'ann', name: ann.name, email: ann.email, email_verified: true });
  });

  test('the user answers every question with yes', async () => {
    for (const parameters of [
      { prompt: 'login' },
      { prompt: 'login consent' },
      { prompt: 'select_account' },
      { prompt: 'none' },
      { max_age: '0' },
    ])
      expect((await authorize(mock, parameters)).get('code'), JSON.stringify(parameters)).not.toBeNull();
  });

  test('max_age=0 signs in anew', async () => {
    await authorize(mock);
    mock.advance('1h');
    const { id_token } = await signedIn(mock, { scope: 'openid', max_age: '0' });
    expect(claimsOf(id_token).auth_time * 1000).toBeGreaterThan(mock.now().getTime() - 60_000);
  });

  test('a hint of another user ends without a code', async () => {
    const { id_token } = await signedIn(mock, { scope: 'openid' });
    await mock.signIn({ id: 'ann' });
    expect((await authorize(mock, { id_token_hint: id_token })).get('error')).toBe('login_required');
  });

  test('the user refuses, or the server fails, when a test says so', async () => {
    mock.fail({ endpoint: 'authorization', error: 'access_denied', error_description: 'The user refused.' });
    const answer = await authorize(mock);
    expect(Object.fromEntries(answer)).toEqual({
      error: 'access_denied',
      error_description: 'The user refused.',
      state: 'a state',
      iss: mock.issuer,
    });
    mock.clearFaults();
    mock.fail({ endpoint: 'authorization', status: 503 });
    await expect(authorize(mock)).rejects.toThrow(/^503: /);
  });

  test('a form goes to the app as a form', async () => {
    const { authorization_endpoint = '' } = await metadata(mock);
    const form = {
      response_type: 'code',
      client_id: 'a"pp',
      redirect_uri: callback,
      response_mode: 'form_post',
      scope: 'read',
      state: '<b>',
      code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
      code_challenge_method: 'S256',
    };
    const response = await fetch(authorization_endpoint, { method: 'POST', body: new URLSearchParams(form) });
    const page = { url: authorization_endpoint, status: response.status, headers: response.headers };
    const { action, fields } = formOf({ ...page, text: await response.text(), location: undefined });
    expect(action).toBe(callback);
    expect(fields).toMatchObject({ state: '<b>', code: expect.any(String) });
  });

  test('no redirect goes to a URI that no app could register', async () => {
    await expect(authorize(mock, { redirect_uri: 'http://app.example/' })).rejects.toThrow(/redirect_uri/);
  });

  test('signing out leads where the app asks', async () => {
    const { end_session_endpoint } = await metadata(mock);
    const query = new URLSearchParams({
      client_id: 'app',
      post_logout_redirect_uri: 'https://app.example/bye',
      state: 's',
    });
    const response = await fetch(`${end_session_endpoint}?${query}`, { redirect: 'manual' });
    expect(response.headers.get('location')).toBe('https://app.example/bye?state=s');
    expect(await (await fetch(end_session_endpoint ?? '')).text()).toBe('Signed out.\n');
  });
});

test('a public client has no secret, and needs its verifier', async () => {
  await using mock = await startMock({ clients: [{ client_id: 'spa', redirect_uris: [callback] }] });
  const answer = await authorize(mock, { client_id: 'spa' });
  const form = {
    grant_type: 'authorization_code',
    client_id: 'spa',
    code: answer.get('code') ?? '',
    redirect_uri: callback,
  };
  expect((await post(mock.token_endpoint, form)).json.error).toBe('invalid_grant');
  expect(mock.requests().at(-1)?.reason).toBe('code_verifier_missing');
});

test('Tilia’s integrator gets a token for any account', async () => {
  await using mock = await startMock({ dialect: 'tilia' });
  const form = {
    client_id: 'a',
    client_secret: 'b',
    grant_type: 'client_credentials',
    scope: 'write_user_tokens,read_kycs',
  };
  const { access_token } = (await post(mock.token_endpoint, form)).json;
  const ask = async () =>
    answerOf(
      await fetch(`${mock.url}/authorize/user`, {
        method: 'POST',
        headers: { authorization: `Bearer ${access_token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ account_id: 'acct-7', return_token: true }),
      }),
    );
  const { status, json } = await ask();
  expect(status).toBe(200);
  expect(claimsOf(json.payload.token.access_token)).toMatchObject({
    account_id: 'acct-7',
    scopes: ['read_kycs'],
  });
  mock.fail({ endpoint: 'user_token', status: 404, error: 'not_found' });
  expect(await ask()).toMatchObject({ status: 404, json: { status: 'Failure', codes: ['not_found'] } });
});

test('a client gets at the mock of Trelica what it would get there, and what it is given instead', async () => {
  const form = { client_id: 'a', client_secret: 'b', grant_type: 'client_credentials' };
  const scopeAt = async (options: object) => {
    await using mock = await startMock({ dialect: 'trelica', ...options });
    return (await post(mock.token_endpoint, form)).json.scope;
  };
  expect(await scopeAt({})).toBe(
    'Apps.Read Apps.Users.Read Assets.Read Assets.Write AuditLog.Read Contracts.Read Contracts.Write People.Read ' +
      'People.Write Users.Read Workflows.Read Workflows.Runs.Read Workflows.Runs.Execute',
  );
  expect(await scopeAt({ scope: ['Users.Read'] })).toBe('Users.Read');
  expect(await scopeAt({ scope: [] })).toBeUndefined();
});

test('no redirect URI works at the mock that a server would refuse', async () => {
  await using mock = await startMock();
  for (const redirect_uri of [
    'http://app.example/cb',
    'https://*.app.example/cb',
    'https://app.example/cb?code=1',
  ]) {
    const url = new URL(`${mock.url}/oauth2/authorize`);
    url.search = new URLSearchParams({ response_type: 'code', client_id: 'a', redirect_uri }).toString();
    expect((await fetch(url, { redirect: 'manual' })).status).toBe(400);
    const clients = [{ client_id: 'a', redirect_uris: [redirect_uri] }];
    await expect(startMock({ clients })).rejects.toThrow(/redirect_uris/);
  }
});

test.each([
  [{}, 'ES256', 'RS256'],
  [{ signing_alg: 'PS256' as const }, 'PS256', 'RS256'],
  [
    {
      clients: [
        { client_id: 'app', client_secret: 'secret', id_token_signed_response_alg: 'ES256' as const },
      ],
    },
    'ES256',
    'ES256',
  ],
  [{ dialect: 'trelica' }, 'RS256', 'RS256'],
])('by %j access tokens are signed by %s and ID tokens by %s', async (options, alg, idAlg) => {
  await using mock = await startMock(options);
  const answer = await authorize(mock, { scope: 'openid' });
  const { json } = await redeem(mock, answer.get('code'));
  const keys = createRemoteJWKSet(new URL(mock.jwks_uri));
  for (const [token, by] of [
    [json.access_token, alg],
    [json.id_token, idAlg],
  ])
    expect((await compactVerify(String(token), keys)).protectedHeader.alg).toBe(by);
});

test('an algorithm that the dialect does not have is refused', async () => {
  await expect(startMock({ dialect: 'trelica', signing_alg: 'ES256' })).rejects.toThrow(
    'signing_alg: got "ES256", expected one of RS256',
  );
});
