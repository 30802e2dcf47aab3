// Where a user takes part: what the consent page says, what it leads to, and for whom a token speaks then.

import assert from 'node:assert/strict';
import type { Dialect } from '@tessera-oauth/core';
import fc, { type Arbitrary } from 'fast-check';
import { exchange } from './exchange.ts';
import { accessTokenIn, leavesOf, refreshTokenIn } from './leaves.ts';
import type { Party } from './parties.ts';
import {
  ask,
  authorizationPairs,
  authorized,
  formOfPairs,
  keepAccess,
  redemption,
  urlOf,
} from './tickets.ts';
import type { Served, World } from './world.ts';
import { otherNameOf, type Pairs } from './written.ts';

export interface Visit {
  readonly who: 'app' | 'open' | 'limited';
  readonly scope: readonly string[];
  /** A parameter that some dialects take for a wish for refresh tokens. */
  readonly wish: readonly [name: string, value: string] | undefined;
  readonly others: readonly boolean[];
  readonly flaw:
    | 'none'
    | 'no_challenge'
    | 'plain'
    | 'no_response_type'
    | 'token'
    | 'repeated'
    | 'both_names'
    | 'request'
    | 'json'
    | 'redirect_uri'
    | 'beyond';
}

export const anyVisit: Arbitrary<Visit> = fc.record({
  who: fc.constantFrom('app', 'app', 'open', 'limited'),
  scope: fc.shuffledSubarray(['read', 'write', 'keep', 'openid', 'offline_access', 'write_user_tokens']),
  wish: fc.constantFrom<Visit['wish'][]>(
    undefined,
    ['access_type', 'offline'],
    ['access_type', 'online'],
    ['prompt', 'consent'],
  ),
  others: fc.array(fc.boolean(), { minLength: 8, maxLength: 8 }),
  flaw: fc.oneof(
    { weight: 3, arbitrary: fc.constant('none') },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        ...(['no_challenge', 'plain', 'no_response_type', 'token', 'repeated', 'both_names'] as const),
        ...(['request', 'json', 'redirect_uri', 'beyond'] as const),
      ),
    },
  ),
});

/** Whether the request is refused, from what went into it. */
function isRefused({ flaw, scope }: Visit, party: Party, dialect: Dialect): boolean {
  if (!party.grant_types.includes('authorization_code')) return true;
  const { pkce, scope_required } = dialect.authorization_code ?? {};
  if (scope_required && scope.length === 0) return true;
  const onlyOffline = scope.length === 1 && scope[0] === 'offline_access';
  if (onlyOffline && !party.grant_types.includes('refresh_token')) return true;
  if (flaw === 'none') return false;
  if (flaw === 'no_challenge') return pkce === 'required' || party.client_secret === '';
  // OpenID Connect Core 1.0 §3.1.2.1: scopes that nobody knows are ignored.
  if (flaw === 'beyond') return !scope.includes('openid');
  if (flaw === 'no_response_type') return dialect.requests?.otherwise?.response_type === undefined;
  if (flaw === 'both_names') return otherNameOf('client_id', dialect) !== undefined;
  return true;
}

function pairsOf({ flaw, scope, wish, others }: Visit, party: Party, dialect: Dialect): Pairs {
  const all: Pairs = [...authorizationPairs(party, scope, dialect), ...(wish === undefined ? [] : [wish])];
  const changed = all.flatMap(([name, value]): Pairs => {
    if (flaw === 'no_challenge' && name.startsWith('code_challenge')) return [];
    if (flaw === 'plain' && name === 'code_challenge_method') return [[name, 'plain']];
    if (flaw === 'no_response_type' && name === 'response_type') return [];
    if (flaw === 'token' && name === 'response_type') return [[name, 'token']];
    if (flaw === 'redirect_uri' && name === 'redirect_uri') return [[name, `${value}/x`]];
    if (flaw === 'beyond' && name === 'scope') return [[name, `${value}${dialect.scope.delimiter}root`]];
    if (flaw === 'repeated' && name === 'client_id')
      return [
        [name, value],
        [name, value],
      ];
    if (flaw === 'both_names' && name === 'client_id')
      return [
        [name, value],
        [otherNameOf(name, dialect) ?? 'zz', value],
      ];
    return [[name, value]];
  });
  const written = changed.map(([name, value], index): Pairs[number] => [
    (flaw !== 'both_names' && others[index % others.length] && otherNameOf(name, dialect)) || name,
    value,
  ]);
  return flaw === 'request' ? [...written, ['request', 'e30.e30.']] : written;
}

/** Whether the dialect, or the client, has this request mean refresh tokens. */
function meansRefresh({ scope, wish }: Visit, party: Party, dialect: Dialect): boolean {
  if (!party.grant_types.includes('refresh_token')) return false;
  if (scope.includes('offline_access')) return true;
  const given = dialect.refresh_token?.given ?? 'offline_access';
  if (typeof given === 'string') return given === 'always';
  if ('parameter' in given)
    return [wish, ['prompt', 'consent']].some(
      (each) => each?.[0] === given.parameter && each[1] === given.value,
    );
  const all: readonly string[] =
    scope.length > 0 ? scope : ['read', 'write', 'keep', 'write_user_tokens', 'profile'];
  return all.includes(given.scope);
}

/** Sends the user, who allows all of it; redeems the code; tries what the token is good for. Gives whether there was one. */
export async function checkVisit(world: World, served: Served, visit: Visit): Promise<boolean> {
  const { dialect } = served.issuer;
  if (dialect.paths.authorization === undefined) return false;
  const party = served.parties[visit.who] ?? served.parties.app;
  const pairs = pairsOf(visit, party, dialect);
  if (visit.flaw === 'json') {
    await checkNoJson(served, pairs);
    return false;
  }
  const { page, location } = await authorized(
    world,
    `${urlOf(served, 'authorization')}?${formOfPairs([...pairs, ...again(visit, dialect)])}`,
  );
  const code = location?.searchParams.get('code') ?? undefined;
  if (isRefused(visit, party, dialect)) {
    assert.equal(code, undefined, 'a code for a request that is not in order');
    return false;
  }
  assert(code !== undefined, `no code: ${location ?? page?.slice(0, 2000)}`);
  world.noted();
  const answer = await ask(
    served,
    party,
    visit.flaw === 'no_challenge' ? withoutVerifier(code) : redemption(code),
  );
  const { jtis } = world.noted();
  assert.equal(answer.status, 200, answer.body);
  const leaves = leavesOf(answer);
  const refresh = refreshTokenIn(leaves, world.ports, served.issuer);
  assert.equal(page?.includes(keepAccess), refresh !== undefined, 'what the page says of access');
  assert.equal(
    refresh !== undefined,
    meansRefresh(visit, party, dialect),
    'whether there is a refresh token',
  );
  const [token = ''] = accessTokenIn(leaves, jtis);
  await checkPowers(world, served, token, true);
  return true;
}

/** The page is to be seen, also by who has allowed all of it before. */
const again = ({ wish, others }: Visit, dialect: Dialect): Pairs =>
  wish?.[0] === 'prompt' ? [] : [[(others[0] && otherNameOf('prompt', dialect)) || 'prompt', 'consent']];

const withoutVerifier = (code: string): Pairs =>
  redemption(code).filter(([name]) => name !== 'code_verifier');

async function checkNoJson(served: Served, pairs: Pairs): Promise<void> {
  const body = JSON.stringify(Object.fromEntries(pairs));
  const headers = { 'content-type': 'application/json' };
  const answer = await exchange(urlOf(served, 'authorization'), { headers, body });
  assert.equal(answer.status, 400, answer.body);
}

/** What a token of a client, or of a user, must not be good for. */
async function checkPowers(world: World, served: Served, token: string, ofUser: boolean): Promise<void> {
  const { paths } = served.issuer.dialect;
  const headers = { authorization: `Bearer ${token}` };
  if (!ofUser && paths.userinfo !== undefined && paths.authorization !== undefined) {
    const answer = await exchange(urlOf(served, 'userinfo'), { method: 'GET', headers });
    assert(
      answer.status === 401 || answer.status === 403,
      `userinfo for a client: ${answer.status} ${answer.body}`,
    );
  }
  if (paths.user_token === undefined || !ofUser) return;
  const body = JSON.stringify({ account_id: world.user.id, return_token: true });
  const sent = { headers: { ...headers, 'content-type': 'application/json' }, body };
  const answer = await exchange(urlOf(served, 'user_token'), sent);
  assert(answer.status >= 400, `a user who vouches: ${answer.body}`);
}

/** A client that asks for itself does not get to know of users. */
export async function checkOwnToken(world: World, served: Served): Promise<void> {
  const { parties, issuer } = served;
  const { app } = parties;
  if (!app.grant_types.includes('client_credentials') || app.client_secret === '') return;
  world.noted();
  const scope: Pairs = issuer.dialect.scope.required ? [['scope', 'write']] : [];
  const answer = await ask(served, app, [['grant_type', 'client_credentials'], ...scope]);
  const [token] = accessTokenIn(leavesOf(answer), world.noted().jtis);
  if (token !== undefined) await checkPowers(world, served, token, false);
}
