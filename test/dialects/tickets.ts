// Codes, refresh tokens and access tokens of a party, got by requests that are in order.

import assert from 'node:assert/strict';
import { allEndpoints, type Dialect, type EndpointName, pathOf } from '@tessera-oauth/core';
import { basic } from '../support/server.ts';
import { formOf, type Page, pkce } from '../support/user-agent.ts';
import { exchange, type Received } from './exchange.ts';
import { accessTokenIn, leavesOf, refreshTokenIn } from './leaves.ts';
import { callback, type Party } from './parties.ts';
import type { Served, World } from './world.ts';
import type { Asked, Pairs } from './written.ts';

/** For all requests, so that any of them fits any code. */
export const proof = pkce();
export const keepAccess = 'Keep access while you are away';

export function urlOf({ issuer }: Served, name: EndpointName): string {
  const endpoint = allEndpoints.find((each) => each.name === name);
  const path = endpoint && pathOf(endpoint, issuer.dialect);
  assert(path !== undefined, `no ${name}`);
  return issuer.issuer.replace(/\/$/, '') + path;
}

/** How a party presents itself where nothing is odd; undefined where its dialect has no way for it. */
export function presented({ client_id, client_secret }: Party, { client_authentication }: Dialect): Asked {
  if (client_secret === '') return { authorization: undefined, pairs: [['client_id', client_id]] };
  if (client_authentication.includes('client_secret_basic'))
    return { authorization: basic(client_id, client_secret).authorization, pairs: [] };
  return {
    authorization: undefined,
    pairs: [
      ['client_id', client_id],
      ['client_secret', client_secret],
    ],
  };
}

/** Parameters of an authorization request that is in order. */
export const authorizationPairs = (
  party: Party,
  scope: readonly string[],
  { scope: rules }: Dialect,
): Pairs => [
  ['response_type', 'code'],
  ['client_id', party.client_id],
  ['redirect_uri', callback],
  ['scope', scope.join(rules.delimiter)],
  ['code_challenge', proof.code_challenge],
  ['code_challenge_method', 'S256'],
  ['state', 'a state'],
];

/** As the browser in which the user is signed in. */
function browse(world: World, url: string, form?: Readonly<Record<string, string>>): Promise<Received> {
  const cookie = [...world.agent.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  if (form === undefined) return exchange(url, { method: 'GET', headers: { cookie } });
  const headers = { cookie, 'content-type': 'application/x-www-form-urlencoded' };
  return exchange(url, { headers, body: new URLSearchParams(form).toString() });
}

/** Where an authorization request leads: at once, or when the user has said yes to what the page shows. */
export async function authorized(
  world: World,
  url: string,
): Promise<{ page: string | undefined; location: URL | undefined }> {
  const first = await browse(world, url);
  if (first.status === 303) return { page: undefined, location: new URL(first.headers.location ?? '', url) };
  if (!first.body.includes('/account/consent')) return { page: first.body, location: undefined };
  const page = {
    url,
    status: first.status,
    text: first.body,
    headers: new Headers(),
    location: undefined,
  } satisfies Page;
  const { action, fields } = formOf(page, '/account/consent');
  const answer = await browse(world, action, { ...fields, decision: 'allow' });
  assert.equal(answer.status, 303, answer.body);
  return { page: first.body, location: new URL(answer.headers.location ?? '', url) };
}

async function codeFor(
  world: World,
  served: Served,
  party: Party,
  scope: readonly string[] = ['read', 'write', 'openid', 'offline_access'],
): Promise<string> {
  const pairs = authorizationPairs(party, scope, served.issuer.dialect);
  const { location, page } = await authorized(
    world,
    `${urlOf(served, 'authorization')}?${formOfPairs(pairs)}`,
  );
  const code = location?.searchParams.get('code');
  assert(code, `no code: ${location?.href ?? page}`);
  return code;
}

export const formOfPairs = (pairs: Pairs): string =>
  new URLSearchParams(pairs.map(([name, value]) => [name, value])).toString();

/** Asks the token endpoint in the plainest way. */
export async function ask(served: Served, party: Party, pairs: Pairs): Promise<Received> {
  const { authorization, pairs: own } = presented(party, served.issuer.dialect);
  const headers = {
    'content-type': 'application/x-www-form-urlencoded',
    ...(authorization !== undefined && { authorization }),
  };
  return exchange(urlOf(served, 'token'), { headers, body: formOfPairs([...own, ...pairs]) });
}

export const redemption = (code: string): Pairs => [
  ['grant_type', 'authorization_code'],
  ['code', code],
  ['redirect_uri', callback],
  ['code_verifier', proof.code_verifier],
];

const refreshing = (refresh_token: string): Pairs => [
  ['grant_type', 'refresh_token'],
  ['refresh_token', refresh_token],
];

/** A code that was redeemed, or a refresh token that was replaced twice, where it is to be used up. */
export async function codeOrToken(
  world: World,
  served: Served,
  party: Party,
  { kind, used }: { readonly kind: 'code' | 'refresh_token'; readonly used: boolean },
): Promise<string> {
  const code = await codeFor(world, served, party);
  if (kind === 'code') {
    if (used) await ask(served, party, redemption(code));
    return code;
  }
  const next = async (pairs: Pairs) => {
    const answer = await ask(served, party, pairs);
    const token = refreshTokenIn(leavesOf(answer), world.ports, served.issuer);
    assert(token !== undefined, `no refresh token: ${answer.body}`);
    return token;
  };
  const first = await next(redemption(code));
  // The last but one is good for a moment, for a client that lost the answer.
  if (used) await next(refreshing(await next(refreshing(first))));
  return first;
}

/** An access token of the party, by the first grant that it has. */
export async function accessTokenFor(world: World, served: Served, party: Party): Promise<string> {
  world.noted();
  const answer = party.grant_types.includes('client_credentials')
    ? await ask(served, party, [['grant_type', 'client_credentials'], ...anyScope(served.issuer.dialect)])
    : await ask(served, party, redemption(await codeFor(world, served, party)));
  const [token] = accessTokenIn(leavesOf(answer), world.noted().jtis);
  assert(token !== undefined, `no access token: ${answer.body}`);
  return token;
}

/** A scope that the client may have for itself; none where it may name none. */
function anyScope({ scope, client_credentials }: Dialect): Pairs {
  const excluded = client_credentials?.excluded_scopes ?? [];
  const free = ['read', 'write', 'keep'].find((name) => !excluded.includes(name));
  return scope.required && free !== undefined ? [['scope', free]] : [];
}
