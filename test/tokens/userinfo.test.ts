// The UserInfo endpoint (OpenID Connect Core 1.0 §5.3): what it says for which scope, and how it refuses (RFC 6750 §3).

import { decodeJwt, decodeProtectedHeader } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { changeUser } from '../../packages/server/src/admin/users.ts';
import { setDisabled } from '../../packages/server/src/store/tables/users.ts';
import { createApp } from '../authorization/app.ts';
import { issuerOf, issueToken } from '../support/endpoints.ts';
import { eventually } from '../support/eventually.ts';
import { asOperator } from '../support/operator.ts';
import { post, startTestServer, type TestServer } from '../support/server.ts';
import { createTestUser, type TestUser, UserAgent } from '../support/user-agent.ts';

let server: TestServer;
let user: TestUser;
let agent: UserAgent;
beforeAll(async () => {
  server = await startTestServer();
  user = await createTestUser(server);
  agent = new UserAgent();
});
afterAll(() => server.close());

/** What an app of its own gets for this scope from a user who allows all of it. */
async function tokensFor(scope: string, issuer = 'standard', who = user, browser = agent) {
  const app = await createApp(server, issuer, { scope: scope.split(' ') });
  return { app, ...(await app.redeem(await app.code(browser, who, { scope }))) };
}

function userinfoOf(name: string): string {
  const { issuer, dialect } = issuerOf(server, name);
  return `${issuer}${dialect.paths.userinfo}`;
}

const ask = (access_token: string | undefined, issuer = 'standard', method = 'GET') =>
  fetch(userinfoOf(issuer), {
    method,
    headers: access_token === undefined ? {} : { authorization: `Bearer ${access_token}` },
  });

async function expectChallenge(response: Response, status: number, parameters: Record<string, string>) {
  expect(response.status, await response.clone().text()).toBe(status);
  const challenge = response.headers.get('www-authenticate') ?? '';
  expect(challenge.split(' ')[0]).toBe('Bearer');
  const found = [...challenge.matchAll(/(\w+)="([^"]*)"/g)].map(([, name, value]) => [name, value]);
  expect(Object.fromEntries(found)).toMatchObject(parameters);
  expect(response.headers.get('cache-control')).toContain('no-store');
}

const expectInvalid = async (response: Response) =>
  expectChallenge(response, 401, { error: 'invalid_token', error_description: 'The token is not good.' });

describe.each(['standard', 'trelica'])('%s', (issuer) => {
  const profile = () => ({
    name: 'Ann Example',
    preferred_username: user.login,
    updated_at: expect.any(Number),
  });
  const email = () => ({ email: `${user.login}@example.com`, email_verified: false });

  test.each<[scope: string, claims: () => object]>([
    ['openid', () => ({})],
    ['openid profile', profile],
    ['openid email', email],
    ['openid profile email read', () => ({ ...profile(), ...email() })],
  ])('%s', async (scope, claims) => {
    const { access_token } = await tokensFor(scope, issuer);
    const response = await ask(access_token, issuer);
    expect(response.status).toBe(200);
    expect(response.headers.get('cache-control')).toContain('no-store');
    expect(await response.json()).toEqual({ sub: user.id, ...claims() });
    // OpenID Connect Core 1.0 §5.3.1: by POST as well.
    expect(await (await ask(access_token, issuer, 'POST')).json()).toEqual({ sub: user.id, ...claims() });
  });

  test('a token without openid is told what it lacks', async () => {
    const { access_token } = await tokensFor('read profile', issuer);
    await expectChallenge(await ask(access_token, issuer), 403, {
      error: 'insufficient_scope',
      scope: 'openid',
      realm: issuerOf(server, issuer).issuer,
    });
  });

  test('a token of a client alone has no user to tell of', async () => {
    const client = await server.register(issuer, { scope: ['read', 'openid'] });
    const response = await ask(await issueToken(server, issuer, client), issuer);
    await expectChallenge(response, 403, { error: 'insufficient_scope' });
  });

  test('a revoked token', async () => {
    const { access_token, app } = await tokensFor('openid', issuer);
    expect((await ask(access_token, issuer)).status).toBe(200);
    expect((await app.revoke(access_token)).status).toBe(200);
    await expectInvalid(await ask(access_token, issuer));
  });

  test('an expired token', async () => {
    const { access_token } = await tokensFor('openid', issuer);
    const now = Math.floor(Date.now() / 1000);
    expect((await ask(await resigned(access_token, issuer, now + 5), issuer)).status).toBe(200);
    await expectInvalid(await ask(await resigned(access_token, issuer, now), issuer));
  });
});

// RFC 9449 §7.1, RFC 8705 §3
test.each([
  ['a key', { jkt: 'NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs' }],
  ['a certificate', { 'x5t#S256': 'bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg2' }],
  ['something unknown', { other: 'x' }],
  ['what is no object', 'x'],
])('a token that is bound to %s is refused without the proof of it', async (_what, cnf) => {
  const { access_token } = await tokensFor('openid');
  const exp = Math.floor(Date.now() / 1000) + 60;
  expect((await ask(await resigned(access_token, 'standard', exp))).status).toBe(200);
  await expectInvalid(await ask(await resigned(access_token, 'standard', exp, { cnf })));
});

/** The same token with another expiry, and more claims, signed by the issuer's own key. */
async function resigned(
  token: string,
  issuer: string,
  exp: number,
  more: object = {},
  other?: object,
): Promise<string> {
  const [own, payload = ''] = token.split('.');
  const header = other === undefined ? own : Buffer.from(JSON.stringify(other)).toString('base64url');
  const claims = { ...JSON.parse(Buffer.from(payload, 'base64url').toString()), ...more, exp };
  const input = `${header}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}`;
  const signature = await server.instance.keyring.signingKey(issuer).sign(input);
  return `${input}.${Buffer.from(signature).toString('base64url')}`;
}

// RFC 6750 §3.1: "the resource server SHOULD NOT include an error code" where there is no authentication at all.
test.each([
  ['no token', {}],
  ['another scheme', { authorization: 'Basic eDp5' }],
])('%s: a challenge without an error', async (_what, headers) => {
  const response = await fetch(userinfoOf('standard'), { headers: headers as object });
  await expectChallenge(response, 401, { realm: server.origin });
  expect(response.headers.get('www-authenticate')).not.toContain('error');
});

test.each([
  ['a word', 'not-a-token'],
  ['three words', 'a.b.c'],
  ['much', `${'x'.repeat(2000)}.${'y'.repeat(2000)}.z`],
])('%s is no token', async (_what, token) => {
  await expectInvalid(await ask(token));
});

// RFC 6750 §2.2, OpenID Connect Core 1.0 §5.3.1
describe('a token in a form', () => {
  test('is taken, alone or beside other members', async () => {
    const { access_token } = await tokensFor('openid');
    for (const more of [{}, { schema: 'openid' }]) {
      const response = await post(userinfoOf('standard'), { access_token, ...more });
      expect([response.status, await response.json()]).toEqual([200, { sub: user.id }]);
    }
  });

  test('is judged as one in the header is', async () => {
    const url = userinfoOf('standard');
    await expectInvalid(await post(url, { access_token: 'not-a-token' }));
    const { access_token } = await tokensFor('read profile');
    await expectChallenge(await post(url, { access_token }), 403, { error: 'insufficient_scope' });
    await expectChallenge(await post(url, { access_token: 'a b' }), 401, { realm: server.origin });
  });

  test.each<[what: string, status: number, request: (token: string) => RequestInit & { query?: string }]>([
    [
      'beside the header',
      400,
      (token) => ({ headers: { authorization: `Bearer ${token}` }, body: form(token) }),
    ],
    [
      'beside another scheme',
      400,
      (token) => ({ headers: { authorization: 'Basic eDp5' }, body: form(token) }),
    ],
    ['twice', 400, (token) => ({ body: new URLSearchParams(`${form(token)}&${form(token)}`) })],
    ['as JSON', 401, (token) => ({ body: JSON.stringify({ access_token: token }) })],
    [
      'as text',
      401,
      (token) => ({ headers: { 'content-type': 'text/plain' }, body: `access_token=${token}` }),
    ],
    ['in the query', 401, (token) => ({ query: `?${form(token)}` })],
    ['in the query of a GET', 401, (token) => ({ method: 'GET', query: `?${form(token)}` })],
  ])('%s is refused with %i', async (_what, status, request) => {
    const { access_token } = await tokensFor('openid');
    const { query = '', ...init } = request(access_token);
    const response = await fetch(userinfoOf('standard') + query, { method: 'POST', ...init });
    expect(response.status).toBe(status);
    expect(await response.text()).not.toContain(access_token);
    if (status === 400) expect(server.log.at(-1)).toMatchObject({ error: 'invalid_request' });
  });
  const form = (access_token: string) => new URLSearchParams({ access_token });
});

// RFC 8725 §3.11: of the same key, with the same claims, and yet of another kind.
test.each(['JWT', 'login-ticket+jwt', 'AT+JWT', undefined])(
  'an access token of type %s is none',
  async (typ) => {
    const { access_token } = await tokensFor('openid');
    const exp = Math.floor(Date.now() / 1000) + 60;
    expect((await ask(await resigned(access_token, 'standard', exp))).status).toBe(200);
    const header = { ...decodeProtectedHeader(access_token), typ };
    await expectInvalid(await ask(await resigned(access_token, 'standard', exp, {}, header)));
  },
);

describe('all that is known of a user', () => {
  const claims = {
    family_name: 'Example',
    given_name: 'Ann',
    middle_name: 'B.',
    nickname: 'Annie',
    preferred_username: 'ann.example',
    profile: 'https://example.com/ann',
    picture: 'https://example.com/ann.png',
    website: 'https://ann.example/',
    gender: 'female',
    birthdate: '0000-02-29',
    zoneinfo: 'Europe/Zurich',
    locale: 'de-CH',
    phone_number: '+41 44 668 18 00',
    phone_number_verified: true,
    address: { formatted: 'Example 1\n8001 Zurich', locality: 'Zurich', country: 'CH' },
  };
  const { phone_number, phone_number_verified, address, ...profile } = claims;
  const ofScope: Record<string, object> = {
    profile: { name: 'Ann Example', ...profile, updated_at: expect.any(Number) },
    phone: { phone_number, phone_number_verified },
    address: { address },
  };
  let known: TestUser;
  beforeAll(async () => {
    known = await createTestUser(server);
    await asOperator(server, ({ admin }) => changeUser(admin, known.id, { claims }));
  });

  test.each([['profile'], ['phone'], ['address'], ['address phone profile']])('%s', async (scope) => {
    const browser = new UserAgent();
    const { access_token, id_token } = await tokensFor(`openid ${scope}`, 'standard', known, browser);
    const expected = Object.assign({}, ...scope.split(' ').map((name) => ofScope[name]));
    expect(await (await ask(access_token)).json()).toEqual({ sub: known.id, ...expected });
    // OpenID Connect Core 1.0 §5.4: beside an access token, userinfo has them.
    for (const claim of Object.keys(expected)) expect(decodeJwt(id_token)).not.toHaveProperty(claim);
  });

  test('stands in the ID token too where the client says so, as far as the scope of that answer goes', async () => {
    const scope = ['openid', 'profile', 'email', 'address', 'offline_access'];
    const app = await createApp(server, 'standard', { scope, id_token_user_claims: true });
    const code = await app.code(new UserAgent(), known, { scope: scope.join(' ') });
    const first = await app.redeem(code);
    const email = { email: `${known.login}@example.com`, email_verified: false };
    expect(decodeJwt(first.id_token)).toMatchObject({ ...ofScope.profile, ...email, address });
    expect(decodeJwt(first.id_token)).not.toHaveProperty('phone_number');
    const { id_token } = await app.refresh(first.refresh_token, { scope: 'openid email' });
    expect(decodeJwt(id_token)).toMatchObject(email);
    for (const claim of ['name', 'address']) expect(decodeJwt(id_token)).not.toHaveProperty(claim);
  });
});

test('a token with one letter changed', async () => {
  const { access_token } = await tokensFor('openid');
  const at = access_token.lastIndexOf('.') + 5;
  const changed = access_token[at] === 'A' ? 'B' : 'A';
  await expectInvalid(await ask(access_token.slice(0, at) + changed + access_token.slice(at + 1)));
});

test('a token of another issuer of the same server', async () => {
  const { access_token } = await tokensFor('openid', 'trelica');
  expect((await ask(access_token, 'trelica')).status).toBe(200);
  await expectInvalid(await ask(access_token, 'standard'));
  await expectInvalid(await ask((await tokensFor('openid')).access_token, 'trelica'));
});

test('an ID token is no access token', async () => {
  await expectInvalid(await ask((await tokensFor('openid')).id_token));
});

test('a user who is disabled is nobody; enabled again, the old token stays bad', async () => {
  const other = await createTestUser(server);
  const { access_token } = await tokensFor('openid', 'standard', other, new UserAgent());
  expect((await ask(access_token)).status).toBe(200);
  const disable = (disabled: boolean) =>
    asOperator(server, ({ admin }) => setDisabled(admin.db, other.id, disabled, Date.now()));
  await disable(true);
  await expectInvalid(await ask(access_token));
  await disable(false);
  // The other process reads that the grant has ended.
  await eventually(async () => (await ask(access_token)).status === 401);
  await expectInvalid(await ask(access_token));
});

test('the dialect without users has no such endpoint', async () => {
  const { paths } = issuerOf(server, 'tilia').dialect;
  expect(paths).not.toHaveProperty('userinfo');
  expect((await fetch(`${server.origin}/tilia/oauth2/userinfo`)).status).toBe(404);
});
