// A user's token under the integrator's: POST /authorize/user of Tilia's dialect. The integrator vouches for the user,
// and can give no more than it has.

import { randomUUID } from 'node:crypto';
import { mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { changeClient } from '../../packages/server/src/admin/clients.ts';
import { changeUser, changeUserState, removeUser } from '../../packages/server/src/admin/users.ts';
import { createUser } from '../../packages/server/src/store/tables/users.ts';
import { createApp, lastReason } from '../authorization/app.ts';
import { setClock } from '../support/clock.ts';
import { introspect, issuerOf, issueToken, urlOf } from '../support/endpoints.ts';
import { eventually } from '../support/eventually.ts';
import { asOperator } from '../support/operator.ts';
import { basic, post, startTestServer, type TestServer, threeIssuers } from '../support/server.ts';
import { createTestUser, formOf, type TestUser, UserAgent } from '../support/user-agent.ts';

type Registered = Awaited<ReturnType<TestServer['register']>>;

const scope = ['write_user_tokens', 'read_wallet', 'user_info', 'read_kycs'];
let server: TestServer;
let user: TestUser;
let integrator: Registered;
/** The integrator's, with all of its scopes but `read_kycs`. */
let own: string;

beforeAll(async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'tessera-dialect-'));
  const mixed = join(folder.path, 'mixed.yaml');
  await writeFile(mixed, 'name: mixed\nextends: standard\npaths: { user_token: /authorize/user }\n');
  server = await startTestServer({
    dialects: [mixed],
    issuers: [
      ...threeIssuers,
      { name: 'open', location: '/open', dialect: 'tilia', vouched_users: 'any' },
      { name: 'mixed', location: '/mixed', dialect: 'mixed' },
    ],
  });
  user = await createTestUser(server, undefined, { owner: 'acme' });
  integrator = await server.register('tilia', { owner: 'acme', scope });
  own = await ownToken('write_user_tokens,read_wallet,user_info');
});
afterAll(() => server.close());

async function ownToken(scope: string, client: Registered = integrator): Promise<string> {
  const { client_id, client_secret } = client;
  const form = { grant_type: 'client_credentials', client_id, client_secret, scope };
  const at = client_id.startsWith('open-') ? 'open' : 'tilia';
  const response = await post(urlOf(server, at, 'token'), form);
  return ((await response.json()) as { access_token: string }).access_token;
}

type Token = Record<'access_token' | 'token_type' | 'expires_in' | 'scope', string>;
interface Answer {
  readonly message: readonly string[];
  readonly payload: { readonly token?: Token };
}

async function ask(
  body: unknown,
  headers: Record<string, string> = { authorization: `Bearer ${own}` },
  path = 'tilia/authorize/user',
) {
  const response = await fetch(`${server.origin}/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body),
  });
  return { status: response.status, answer: (await response.json()) as Answer };
}

/** A token for the user; fails where there is none. */
async function userToken(members: object = {}): Promise<Token> {
  const { answer } = await ask({ account_id: user.id, return_token: true, ...members });
  if (answer.payload.token === undefined) throw new Error(JSON.stringify(answer));
  return answer.payload.token;
}

/** Refused, in the envelope, with an empty payload. */
async function expectRefused(asked: ReturnType<typeof ask>, status: number, code: string): Promise<Answer> {
  const { status: received, answer } = await asked;
  expect([received, answer]).toMatchObject([status, { status: 'Failure', codes: [code], payload: {} }]);
  expect(answer.payload).not.toHaveProperty('token');
  return answer;
}

const isActive = async (token: string) => (await introspect(server, 'tilia', integrator, token)).active;

describe('its claims', () => {
  test('name the user, and the integrator as its client', async () => {
    const { access_token, token_type } = await userToken();
    expect(token_type).toBe('Bearer');
    expect(decodeJwt(access_token)).toMatchObject({
      account_id: user.id,
      username: user.login,
      token_type: 'password',
      client_id: integrator.client_id,
      integrator: 'acme',
    });
  });

  test.for([
    ['by name, who signs in elsewhere', 'Ann Example', 'Ann Example'],
    ['by nothing, who has none', null, ''],
  ] as const)('name the user %s', async ([, name, username]) => {
    const external = {
      login: null,
      name,
      email: null,
      email_verified: false,
      password_hash: null,
      owner: 'acme',
    };
    const id = randomUUID();
    await createUser(server.instance.store.db, { id, ...external }, Date.now());
    const { access_token } = await userToken({ account_id: id });
    expect(decodeJwt(access_token)).toMatchObject({ account_id: id, username });
  });
});

describe('its scopes', () => {
  const cases: [what: string, members: object, expected: string[]][] = [
    ['as an array', { scopes: ['user_info', 'read_wallet'] }, ['user_info', 'read_wallet']],
    ['as text with commas', { scopes: 'user_info,read_wallet' }, ['user_info', 'read_wallet']],
    ['as text with blanks', { scopes: 'user_info read_wallet' }, ['user_info', 'read_wallet']],
    ['named twice', { scopes: ['user_info', 'user_info'] }, ['user_info']],
    ['left out: all but the power to make such tokens', {}, ['read_wallet', 'user_info']],
  ];
  test.for(cases)('%s', async ([, members, expected]) => {
    const { access_token, scope } = await userToken(members);
    expect(decodeJwt(access_token).scopes).toEqual(expected);
    expect(scope).toBe(expected.join(','));
  });

  test.for([
    ['that only the client has, and not its token', ['user_info', 'read_kycs']],
    ['that nobody has', ['fly']],
    ['that would let the user make further tokens', ['write_user_tokens']],
    ['that is none', ['']],
    ['that hides another', ['user_info,read_kycs']],
  ] as const)('never hold one %s', async ([, scopes]) => {
    for (const return_token of [true, false])
      await expectRefused(ask({ account_id: user.id, return_token, scopes }), 400, 'invalid_scope');
  });

  // Left out means all of them: that must not happen to who computes a list and finds nothing.
  test.for([{ scopes: [] }, { scopes: '' }, { scopes: ' , ' }])('are refused as %j', async (members) => {
    await expectRefused(ask({ account_id: user.id, ...members }), 400, 'invalid_scope');
  });

  test('are not enough to make further tokens', async () => {
    const { access_token } = await userToken();
    const headers = { authorization: `Bearer ${access_token}` };
    await expectRefused(ask({ account_id: user.id }, headers), 403, 'insufficient_scope');
  });
});

describe('its lifetime', () => {
  test.for([
    [1, 1],
    [600, 600],
    [3600, 3600],
    [86_400, 3600],
    [undefined, 3600],
  ] as const)('of %j seconds is %i', async ([token_expiration_seconds, expected]) => {
    const { access_token, expires_in } = await userToken({ token_expiration_seconds });
    const { iat = 0, exp = 0 } = decodeJwt(access_token);
    expect([exp - iat, expires_in]).toEqual([expected, String(expected)]);
  });

  test('ends', async () => {
    const { access_token } = await userToken({ token_expiration_seconds: 60 });
    expect(await isActive(access_token)).toBe(true);
    setClock(Date.now() + 60_000);
    expect(await isActive(access_token)).toBe(false);
  });
});

test('without return_token there is none', async () => {
  for (const members of [{}, { return_token: false }]) {
    const { status, answer } = await ask({ account_id: user.id, ...members });
    expect([status, answer]).toEqual([200, { status: 'Success', message: [], codes: [], payload: {} }]);
  }
});

describe('it is refused', () => {
  const account = { account_id: 'of somebody' };
  const bodies: [what: string, body: unknown, member: string | undefined][] = [
    ['no body', '', undefined],
    ['what is no JSON', '{"account_id":', undefined],
    ['an array', [], undefined],
    ['null', 'null', undefined],
    ['bytes that are not UTF-8', Buffer.from('{"account_id":"\xff"}', 'latin1'), undefined],
    ['no account', {}, 'account_id'],
    ['an empty account', { account_id: '' }, 'account_id'],
    ['an account that is a number', { account_id: 7 }, 'account_id'],
    ['an account with a NUL', { account_id: 'a\0' }, 'account_id'],
    ['an account of half a character', '{"account_id":"\\ud800"}', 'account_id'],
    ['an account without end', { account_id: 'a'.repeat(201) }, 'account_id'],
    ['return_token in words', { ...account, return_token: 'true' }, 'return_token'],
    ['scopes that are a number', { ...account, scopes: 7 }, 'scopes'],
    ['scopes that are no texts', { ...account, scopes: [7] }, 'scopes'],
    ['a lifetime of nothing', { ...account, token_expiration_seconds: 0 }, 'token_expiration_seconds'],
    ['a lifetime in words', { ...account, token_expiration_seconds: '60' }, 'token_expiration_seconds'],
    ['half a second', { ...account, token_expiration_seconds: 0.5 }, 'token_expiration_seconds'],
  ];
  test.for(bodies)('for %s', async ([, body, member]) => {
    const { message } = await expectRefused(ask(body), 400, 'invalid_request');
    if (body instanceof Uint8Array) return expect(message).toEqual(['The body is not valid UTF-8.']);
    const expected =
      member === undefined ? 'The body is not a JSON object.' : `${member} is missing or malformed.`;
    expect(message).toEqual([expected]);
  });

  test('without a good token of this issuer', async () => {
    const body = { account_id: user.id };
    const elsewhere = await issueToken(server, 'standard', await server.register('standard'));
    const { client_id, client_secret } = integrator;
    for (const headers of [{}, basic(client_id, client_secret), { authorization: `Bearer ${elsewhere}` }])
      await expectRefused(ask(body, headers as Record<string, string>), 401, 'invalid_token');
  });

  test('before anybody learns which accounts there are', async () => {
    const headers = { authorization: `Bearer ${await ownToken('user_info')}` };
    for (const account_id of [user.id, randomUUID()])
      await expectRefused(ask({ account_id }, headers), 403, 'insufficient_scope');
  });

  test('to whom the client has been disabled', async () => {
    const other = await server.register('tilia', { owner: 'acme', scope });
    const headers = { authorization: `Bearer ${await ownToken('write_user_tokens', other)}` };
    expect((await ask({ account_id: user.id }, headers)).status).toBe(200);
    await changeClient(server.instance.admin, 'tilia', other.client_id, { disabled: true });
    await eventually(async () => (await ask({ account_id: user.id }, headers)).status === 401);
  });
});

describe('it is active', () => {
  test('as the user’s, to its integrator, until that revokes it', async () => {
    const { access_token } = await userToken({ scopes: ['user_info'] });
    const { active, sub, client_id, scope } = await introspect(server, 'tilia', integrator, access_token);
    expect([active, sub, client_id, scope]).toEqual([true, user.id, integrator.client_id, 'user_info']);
    const { client_id: id, client_secret } = integrator;
    await post(urlOf(server, 'tilia', 'revocation'), { client_id: id, client_secret, token: access_token });
    expect(await isActive(access_token)).toBe(false);
    expect(await isActive(own)).toBe(true);
  });

  test('to no other client', async () => {
    const other = await server.register('tilia');
    const { access_token } = await userToken();
    expect(await introspect(server, 'tilia', other, access_token)).toEqual({ active: false });
  });

  test.for([
    ['disabled', changeUserState],
    ['deleted', removeUser],
  ] as const)('until its user is %s, and then no other is given', async ([what, end]) => {
    const other = await createTestUser(server, undefined, { owner: 'acme' });
    const { access_token } = await userToken({ account_id: other.id });
    expect(await isActive(access_token)).toBe(true);
    await asOperator(server, ({ admin }) => end(admin, other.login, true));
    await eventually(async () => !(await isActive(access_token)));
    const [status, code] =
      what === 'disabled' ? ([403, 'access_denied'] as const) : ([404, 'not_found'] as const);
    await expectRefused(ask({ account_id: other.id, return_token: true }), status, code);
  });
});

describe('whom a client may vouch for', () => {
  const account = () => ({ account_id: user.id, return_token: true });
  const bearerOf = async (client: Registered) => ({
    authorization: `Bearer ${await ownToken('write_user_tokens,user_info', client)}`,
  });

  test('the users of its owner, and no others: these are unknown to it', async () => {
    const stranger = await createTestUser(server, undefined, { owner: 'other' });
    const ofNobody = await createTestUser(server);
    const unknown = await ask({ account_id: randomUUID() });
    for (const { id } of [stranger, ofNobody])
      expect(await ask({ account_id: id, return_token: true })).toEqual(unknown);
    expect(lastReason(server)).toBe('user_of_another_owner');
    for (const owner of ['other', '', 'ACME']) {
      const headers = await bearerOf(await server.register('tilia', { owner, scope }));
      expect(await ask(account(), headers)).toEqual(unknown);
    }
    await asOperator(server, ({ admin }) => changeUser(admin, ofNobody.login, { owner: 'acme' }));
    expect((await ask({ account_id: ofNobody.id, return_token: true })).status).toBe(200);
  });

  test('any user, where the issuer says so', async () => {
    const headers = await bearerOf(
      await server.register('open', { client_id: 'open-app', owner: 'other', scope }),
    );
    const { status } = await ask(account(), headers, 'open/authorize/user');
    expect(status).toBe(200);
  });

  test('nobody by a token of a user, and nobody as a public client', async () => {
    const issuer = issuerOf(server, 'mixed');
    const app = await createApp(server, 'mixed', { owner: 'acme', scope: ['write_user_tokens', 'openid'] });
    const code = await app.code(new UserAgent(), user, { scope: 'write_user_tokens' });
    const { access_token } = await app.redeem(code);
    expect(await app.introspect(access_token)).toMatchObject({ active: true, sub: user.id });
    const asUser = { authorization: `Bearer ${access_token}` };
    await expectRefused(ask(account(), asUser, 'mixed/authorize/user'), 403, 'access_denied');
    expect(lastReason(server)).toBe('bearer_of_user');

    // One that was confidential when it got the token, as a change by hand leaves it.
    const other = await server.register('mixed', { owner: 'acme', scope: ['write_user_tokens'] });
    const form = {
      grant_type: 'client_credentials',
      client_id: other.client_id,
      client_secret: other.client_secret,
    };
    const token = (await (await post(issuer.issuer + issuer.dialect.paths.token, form)).json()) as Token;
    const { db } = server.instance.admin;
    await db
      .updateTable('clients')
      .set({ token_endpoint_auth_method: 'none' })
      .where('client_id', '=', other.client_id)
      .execute();
    const asPublic = { authorization: `Bearer ${token.access_token}` };
    await expectRefused(ask(account(), asPublic, 'mixed/authorize/user'), 403, 'access_denied');
    expect(lastReason(server)).toBe('public_client');
  });

  test('nobody any more, once the scope is taken from it; and with no scope that was taken from it', async () => {
    const client = await server.register('tilia', { owner: 'acme', scope });
    const headers = await bearerOf(client);
    const { admin } = server.instance;
    await changeClient(admin, 'tilia', client.client_id, { remove_scope: ['user_info'] });
    const { answer } = await ask(account(), headers);
    expect(answer.payload.token?.scope).toBe('');
    await expectRefused(ask({ ...account(), scopes: ['user_info'] }, headers), 400, 'invalid_scope');
    await changeClient(admin, 'tilia', client.client_id, { remove_scope: ['write_user_tokens'] });
    await expectRefused(ask(account(), headers), 403, 'insufficient_scope');
  });
});

describe('the user', () => {
  const tokensOf = async (id: string, headers?: Record<string, string>) => {
    const { answer } = await ask({ account_id: id, return_token: true }, headers);
    return answer.payload.token?.access_token ?? '';
  };
  const denied = async (issuer = 'tilia') => {
    const { issuer: base, dialect } = issuerOf(server, issuer);
    const list = await (await fetch(base + dialect.paths.deny_list)).text();
    return JSON.stringify(decodeJwt(list));
  };

  test('sees at the account which client vouched, and ends it there for good', async () => {
    const owned = await createTestUser(server, undefined, { owner: 'acme' });
    const token = await tokensOf(owned.id);
    const agent = new UserAgent();
    const home = await agent.follow(await agent.get(`${server.origin}/account`));
    const page = await agent.signIn(home, owned);
    expect(page.text).toContain('Test client');
    await agent.submit(formOf(page, '/account/disconnect'));
    await eventually(async () => !(await isActive(token)));
    await eventually(async () => (await denied()).includes(decodeJwt(token).jti ?? ''));
    await expectRefused(ask({ account_id: owned.id, return_token: true }), 403, 'access_denied');
    expect(lastReason(server)).toBe('vouching_ended');
    const after = await agent.get(`${server.origin}/account`);
    expect(after.text).not.toContain('Test client');
    // Until the operator says anew whose the user is.
    await asOperator(server, ({ admin }) => changeUser(admin, owned.login, { owner: 'acme' }));
    expect(await tokensOf(owned.id)).not.toBe('');
  });

  test.each([
    ['disabled', changeUserState],
    ['deleted', removeUser],
  ] as const)('takes all tokens along when %s, for APIs that read the deny-list too', async (_what, end) => {
    const owned = await createTestUser(server, undefined, { owner: 'acme' });
    const tokens = [await tokensOf(owned.id), await tokensOf(owned.id)];
    await asOperator(server, ({ admin }) => end(admin, owned.login, true));
    for (const token of tokens) {
      const { jti = '' } = decodeJwt(token);
      await eventually(async () => (await denied()).includes(jti));
    }
  });

  test('gets no token past the moment in which access ends', async () => {
    const owned = await createTestUser(server, undefined, { owner: 'acme' });
    const asking = Array.from({ length: 20 }, () => tokensOf(owned.id));
    await asOperator(server, ({ admin }) => changeUserState(admin, owned.login, true));
    const given = (await Promise.all(asking)).filter((text) => text !== '');
    await eventually(async () => {
      const list = await denied();
      return given.every((token) => list.includes(decodeJwt(token).jti ?? ''));
    });
    expect(await tokensOf(owned.id)).toBe('');
  });
});
