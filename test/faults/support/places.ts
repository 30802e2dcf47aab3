// Every public endpoint of a server, with requests that it would grant, and the values that it has given.

import { from } from '../../support/addresses.ts';
import { formOf, pkce, type TestUser, UserAgent } from '../../support/user-agent.ts';
import type { Tessera } from './folder.ts';
import { type App, ask, clientCredentials, codeOf, hasUsers, redirect_uri, tokensOf } from './use.ts';
import type { Known, Place } from './values.ts';

type Values = Place['parameters'];

/** Uses the server, so that there is something to be wrong about; from `address`, at one that trusts this machine. */
export async function explore(
  server: Tessera,
  apps: readonly App[],
  user: TestUser,
  address: string,
): Promise<Known> {
  const headers = from(address);
  const agent = new UserAgent(headers);
  const tokens: string[] = [];
  const places: Place[] = [];
  for (const app of apps) {
    const given = [await clientCredentials(app, headers)];
    if (hasUsers(app)) {
      given.push(await tokensOf(ask(app, 'token', await codeOf(app, agent, user), headers)));
      const { code } = await codeOf(app, agent, user);
      tokens.push(code ?? '');
    }
    const own = given.flatMap((answer) => Object.values(answer)).filter((value) => value.length > 40);
    tokens.push(...own);
    places.push(
      ...protocolPlaces(app, own, user),
      ...(hasUsers(app) ? await pagePlaces(app, agent, user) : []),
    );
  }
  const cookieOf = ({ cookies }: UserAgent) =>
    [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  const nobody = new UserAgent(headers);
  places.push(...(await signInPlaces(server.origin, nobody, user)));
  return {
    places: [...places, { path: '/nowhere', method: 'GET', parameters: {} }],
    clients: apps.map(({ client_id, client_secret }) => [client_id, client_secret]),
    tokens,
    cookies: [cookieOf(agent), cookieOf(nobody)],
  };
}

function protocolPlaces(
  { issuer, client_id, client_secret }: App,
  tokens: readonly string[],
  { id }: TestUser,
): Place[] {
  const { paths } = issuer.dialect;
  const base = new URL(issuer.issuer).pathname.replace(/\/$/, '');
  const { code_verifier, code_challenge } = pkce();
  const scope = ['read', 'read openid', 'openid,read', 'read offline_access write_user_tokens'];
  const client: Values = { client_id: [client_id], client_secret: [client_secret] };
  const resource = ['https://api.example.com', issuer.issuer];
  const post = (path: string, parameters: Values): Place => ({
    path: base + path,
    method: 'POST',
    parameters,
  });
  const get = (path: string, parameters: Values = {}): Place => ({ path, method: 'GET', parameters });
  const grant = (grant_type: string, parameters: Values) =>
    post(paths.token, { grant_type: [grant_type], ...client, ...parameters });
  const redeemed = { code: tokens, redirect_uri: [redirect_uri], code_verifier: [code_verifier] };
  const documents = ['oauth-authorization-server', 'openid-configuration'];
  return [
    grant('client_credentials', { scope, resource }),
    grant('client_credentials', { scope }),
    grant('authorization_code', redeemed),
    grant('refresh_token', { refresh_token: tokens, scope }),
    grant('urn:ietf:params:oauth:grant-type:jwt-bearer', { assertion: tokens }),
    post(paths.introspection, {
      ...client,
      token: tokens,
      token_type_hint: ['access_token', 'refresh_token'],
    }),
    // Only for tokens that are wrong: the others are still needed.
    post(paths.revocation, { ...client, token: tokens.map((token) => token.slice(1)) }),
    get(base + paths.jwks),
    ...documents.flatMap((name) => [get(`/.well-known/${name}${base}`), get(`${base}/.well-known/${name}`)]),
    ...(paths.userinfo === undefined
      ? []
      : [get(base + paths.userinfo), post(paths.userinfo, {})].map((place) => ({
          ...place,
          bearer: tokens,
        }))),
    ...(paths.user_token === undefined ? [] : [userToken(base + paths.user_token, id, tokens)]),
    ...(paths.authorization === undefined
      ? []
      : [
          get(base + paths.authorization, authorization(client_id, code_challenge, tokens)),
          post(paths.authorization, authorization(client_id, code_challenge, tokens)),
        ]),
    ...(paths.end_session === undefined
      ? []
      : [get(base + paths.end_session, { client_id: [client_id], id_token_hint: tokens, state: ['a'] })]),
  ];
}

const authorization = (client_id: string, code_challenge: string, tokens: readonly string[]): Values => ({
  response_type: ['code', 'token', 'code id_token'],
  client_id: [client_id],
  redirect_uri: [redirect_uri, `${redirect_uri}/`, 'http://127.0.0.1:1/'],
  scope: ['openid read', 'read offline_access', 'unheard-of'],
  state: ['af0ifjsldkj'],
  nonce: ['n-0S6_WzA2Mj', 'x'.repeat(600)],
  code_challenge: [code_challenge],
  code_challenge_method: ['S256', 'plain'],
  response_mode: ['query', 'fragment', 'form_post', 'jwt'],
  prompt: ['none', 'login', 'consent', 'none login'],
  max_age: ['0', '3600', '-1', '1e3'],
  login_hint: ['ann@example.com'],
  ui_locales: ['de en', 'x-y-z'],
  id_token_hint: tokens,
});

const userToken = (path: string, account_id: string, bearer: readonly string[]): Place => ({
  path,
  method: 'POST',
  parameters: {},
  bearer,
  bodies: [
    JSON.stringify({ account_id, return_token: true, scopes: ['read'] }),
    '{"account_id":"x","return_token":true,"token_expiration_seconds":60,"scopes":["read"]}',
    '{"account_id":"\\ud800","scopes":{"a":[]}}',
    '{"__proto__":{"account_id":"x"},"return_token":"true","token_expiration_seconds":1e999}',
    `${'['.repeat(5000)}${']'.repeat(5000)}`,
    'null',
  ],
});

/** The pages of somebody who is signed in, with the tokens that their forms need; without those that sign out. */
async function pagePlaces({ issuer }: App, agent: UserAgent, { password }: TestUser): Promise<Place[]> {
  const base = `${issuer.issuer.replace(/\/$/, '')}/account`;
  const { csrf = '' } = formOf(await agent.get(base), '/account').fields;
  const { pathname } = new URL(base);
  const form = (path: string, parameters: Values): Place => ({
    path: pathname + path,
    method: 'POST',
    parameters: { csrf: [csrf], ...parameters },
  });
  const page = (path: string, parameters: Values = {}): Place => ({
    path: pathname + path,
    method: 'GET',
    parameters,
  });
  const credential = [
    '{"id":"x","rawId":"x","type":"public-key","response":{}}',
    '{',
    'null',
    '[]',
    '{"id":1}',
  ];
  return [
    page('', { notice: ['totp_on', 'x'] }),
    page('/signed-out', { goal: ['x'] }),
    page('/resume', { result: ['x'] }),
    ...['/style.css', '/passkey.js', '/page.js', '/upstream/x'].map((path) => page(path)),
    form('/disconnect', { issuer: [issuer.name], client_id: ['x'] }),
    form('/passkeys/add', { credential, name: ['A key'] }),
    form('/passkeys/remove', { id: ['x'] }),
    form('/passkey', { credential }),
    form('/totp/start', {}),
    form('/totp/confirm', { code: ['000000', '12 34 56'] }),
    form('/totp/off', {}),
    form('/password', { password: [`${password}x`], new_password: ['short', 'longer than that'] }),
    form('/select', { user: ['x'] }),
    form('/consent', { decision: ['allow', 'deny'] }),
    form('/sign-out/confirm', { goal: ['x'] }),
    form('/tickets', { ticket: ['x'], secret: ['x'], sub: ['x'] }),
  ];
}

/** Signing in, by whom nobody knows yet. */
async function signInPlaces(origin: string, agent: UserAgent, { login }: TestUser): Promise<Place[]> {
  const { csrf = '' } = formOf(await agent.get(`${origin}/account/sign-in`), '/account/sign-in').fields;
  const guess: Values = { csrf: [csrf], login: [login, 'nobody'], password: ['a wrong password'] };
  return [
    { path: '/account/sign-in', method: 'GET', parameters: { prompt: ['login'], login_hint: ['x'] } },
    { path: '/account/sign-in', method: 'POST', parameters: guess },
    { path: '/account/second-factor', method: 'GET', parameters: {} },
    { path: '/account/second-factor', method: 'POST', parameters: { csrf: [csrf], code: ['000000'] } },
  ];
}
