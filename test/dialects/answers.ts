// What must be true of any answer, of one with tokens, and of a refusal, whatever the dialect.

import assert from 'node:assert/strict';
import type { Dialect, Issuer } from '@tessera-oauth/core';
import { decodeJwt } from 'jose';
import type { Plan } from './arbitrary/plan.ts';
import type { Received } from './exchange.ts';
import { accessTokenIn, jwtsIn, leavesOf, membersOf, refreshTokenIn } from './leaves.ts';
import type { Party } from './parties.ts';
import type { Served, World } from './world.ts';

/** Headers that a dialect must not have: with them it could take a check away, or speak for the server. */
const ownHeaders =
  /^(set-cookie|location|content-(?!type$|language$|disposition$).*|.+-cache-control|surrogate-.*|edge-.*|x-accel-.*|x-sendfile.*|access-control-.*|timing-allow-origin|cross-origin-.*|strict-transport-security|x-content-type-options|x-frame-options|referrer-policy|permissions-policy|clear-site-data|www-authenticate|retry-after|x-request-id|vary|etag|age|link|refresh|allow|nel|report-to|reporting-endpoints|service-worker-.*|alt-svc|connection|transfer-encoding|date)$/;

/** What the server itself may add to an answer of these endpoints. */
const added =
  /^(date|connection|keep-alive|content-length|x-content-type-options|x-request-id|www-authenticate|access-control-(allow-origin|expose-headers)|accept-encoding|cache-control)$/;

export function checkFrame(
  answer: Received,
  { dialect, issuer }: Issuer,
  endpoint: string,
  plan: Plan,
): void {
  const { headers, status } = answer;
  const chosen = Object.keys(dialect.headers).map((name) => name.toLowerCase());
  for (const name of chosen) assert(!ownHeaders.test(name), `the dialect has ${name}`);
  for (const name of Object.keys(headers))
    assert(chosen.includes(name) || added.test(name), `${name} came with it`);
  assert.match(headers['cache-control'] ?? '', /(^|,)\s*no-store\s*(,|$)/);
  assert.doesNotMatch(headers['cache-control'] ?? '', /public|max-age=[1-9]/);
  assert.equal(headers['x-content-type-options'], 'nosniff');
  if (answer.body !== '') assert.match(headers['content-type'] ?? '', typeFor(dialect, endpoint));
  const challenge = `Basic realm="${issuer}", charset="UTF-8"`;
  assert.equal(
    headers['www-authenticate'],
    status === 401 && dialect.errors.challenge ? challenge : undefined,
  );
  const isOpen = endpoint !== 'introspection' && dialect.paths.authorization !== undefined;
  const shared = plan.origin && isOpen && dialect.client_authentication.includes('none');
  assert.equal(headers['access-control-allow-origin'], shared ? '*' : undefined);
}

const typeFor = ({ answer_media = ['json'] }: Dialect, endpoint: string): RegExp => {
  if (endpoint !== 'token' || !answer_media.includes('form')) return /^application\/json/;
  return answer_media.includes('json')
    ? /^application\/(json|x-www-form-urlencoded)/
    : /^application\/x-www-form-urlencoded/;
};

const tokenNames = ['access_token', 'refresh_token', 'id_token'];

interface Given {
  /** Of the tokens that the server says it gave. */
  readonly jtis: readonly string[];
  readonly world: World;
  readonly served: Served;
  readonly party: Party;
}

/** A success: the access token once, every other token where its name is, and nothing that only looks like one. */
export function checkGiven(answer: Received, { jtis, world, served, party }: Given): void {
  const { issuer } = served;
  assert.equal(answer.status, 200, answer.body);
  assert.equal(jtis.length, 1, answer.body);
  const leaves = leavesOf(answer);
  const access = accessTokenIn(leaves, jtis);
  assert.equal(access.length, 1, `access tokens in ${answer.body}`);
  const refresh = refreshTokenIn(leaves, world.ports, issuer);
  for (const { path, value } of leaves) {
    const name = path.at(-1);
    if (name === 'access_token') assert.equal(value, access[0]);
    if (name === 'refresh_token') assert.equal(value, refresh);
    if (name === 'id_token') assert.deepEqual(decodeJwt(String(value)).aud, party.client_id);
  }
  assert(jwtsIn(leaves).length <= 2, `tokens in ${answer.body}`);
  if (!issuer.dialect.grant_types.includes('refresh_token')) assert.equal(refresh, undefined);
}

interface Refusal {
  readonly dialect: Dialect;
  readonly jtis: readonly string[];
  readonly endpoint: string;
}

/** A refusal: no token, nothing that is named like one, no `active`, and a status that says so. */
export function checkRefused(answer: Received, { dialect, jtis, endpoint }: Refusal): void {
  const { status, body } = answer;
  assert.deepEqual(jtis, [], 'a token was given to a request that is not in order');
  const statuses = Object.values(dialect.errors.status);
  if (status === 200)
    assert(endpoint === 'token' && statuses.includes(200), `a refusal with ${status}: ${body}`);
  else
    assert(status >= 400 && (status < 500 || statuses.includes(status)), `a refusal with ${status}: ${body}`);
  const leaves = leavesOf(answer);
  assert.deepEqual(jwtsIn(leaves), []);
  for (const { path } of leaves)
    assert(!path.some((name) => tokenNames.includes(name)), `${path.join('.')} in an error`);
  assert(!Object.keys(membersOf(answer)).some((name) => name.toLowerCase() === 'active'), body);
}

/** All of an answer but what is of the moment, or drawn anew: names and types stay. */
export function comparable({ status, headers, body }: Received): unknown {
  const { date, 'x-request-id': id = '', 'content-length': length, ...lasting } = headers;
  const same = status === 200 && id === '';
  const members = body === '' ? {} : membersOf({ status, headers, body });
  return { status, headers: lasting, body: same ? typesOf(members) : body.replaceAll(id || '\n', 'ID') };
}

/** In the place of every value its type: two tokens differ. */
function typesOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(typesOf);
  if (typeof value !== 'object' || value === null) return typeof value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, typesOf(each)]));
}
