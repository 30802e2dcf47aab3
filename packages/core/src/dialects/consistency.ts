// What the fields of a dialect must be to each other, so that no dialect can weaken a check.

import { judgeErrorNames } from './error-names.ts';
import { judgeMembers } from './member-consistency.ts';
import { grantTypes, requestParameters } from './names.ts';
import { nearestName } from './nearest.ts';
import { type ClaimSource, claimSource, type DialectFields } from './shape.ts';

/** Refuses a field, by its path, in favour of `expected`. */
type Refuse = (path: readonly string[], expected: string) => void;

/**
 * Only the server says what key a token is bound to and which party acts by it (RFC 7800 §3.1, RFC 8693 §4.1), and that
 * it is an ID token (OpenID Connect Core 1.0 §3.1.3.6).
 */
const reservedClaims = ['cnf', 'act', 'at_hash'];

const registeredClaims: Readonly<Record<string, readonly ClaimSource[]>> = {
  iss: ['issuer'],
  exp: ['expires_at'],
  iat: ['issued_at'],
  jti: ['jti'],
  aud: ['audience', 'resources'],
  client_id: ['client_id'],
  scope: ['scope', 'scope_list'],
  sub: ['subject', 'user_id', 'user_name', 'client_id', 'owner'],
};

export function judgeConsistency(dialect: DialectFields, refuse: Refuse): void {
  judgeClaimsPresent(dialect, refuse);
  judgeClaimNames(dialect, refuse);
  judgeClaimPowers(dialect, refuse);
  judgeHeaders(dialect, refuse);
  judgePaths(dialect, refuse);
  judgeRequests(dialect, refuse);
  judgeMembers(dialect, refuse);
  judgeErrorNames(dialect, refuse);
}

function judgeClaimsPresent({ access_token }: DialectFields, refuse: Refuse): void {
  const sources = new Set(Object.values(access_token.claims).map(claimSource));
  const path = ['access_token', 'claims'];
  // Without them a token could be neither expired, nor revoked, nor traced to its client.
  for (const source of ['client_id', 'issued_at', 'expires_at', 'jti'] as const)
    if (!sources.has(source)) refuse(path, `a claim from ${source}`);
  if (!sources.has('scope') && !sources.has('scope_list')) refuse(path, 'a claim from scope or scope_list');
}

function judgeClaimNames({ access_token: { claims } }: DialectFields, refuse: Refuse): void {
  for (const name of reservedClaims)
    if (name in claims)
      refuse(['access_token', 'claims', name], 'another name: the server adds this claim itself');
  for (const [name, sources] of Object.entries(registeredClaims)) {
    const rule = claims[name];
    const source = rule === undefined ? undefined : claimSource(rule);
    // RFC 7519 §4.1: verifiers act on these names, so they mean what they say.
    if (rule !== undefined && (source === undefined || !sources.includes(source)))
      refuse(['access_token', 'claims', name], `a claim from ${sources.join(' or ')}, by its name`);
  }
}

/** Claims by which this server knows for whom a token speaks, and for what. */
const powers: readonly ClaimSource[] = ['user_id', 'scope'];

function judgeClaimPowers({ access_token, grant_types, paths }: DialectFields, refuse: Refuse): void {
  const { claims } = access_token;
  for (const [name, rule] of Object.entries(claims)) {
    if (typeof rule === 'string' || !('from' in rule) || !powers.includes(rule.from)) continue;
    // Where no user takes part, or no scope was given, the token would speak for one, or be good for more.
    if (!isEmpty(rule.otherwise))
      refuse(['access_token', 'claims', name, 'otherwise'], `'', [] or null, since ${rule.from} is a power`);
  }
  const sources = new Set(Object.values(claims).map(claimSource));
  // Else the token of a user would pass for one of the client itself, which may vouch for others.
  const toldApart = sources.has('user_id') || sources.has('subject');
  if (paths.user_token !== undefined && grant_types.includes('authorization_code') && !toldApart)
    refuse(['access_token', 'claims'], 'a claim from subject or user_id, since there is a path user_token');
}

const isEmpty = (value: unknown): boolean =>
  value === '' || value === null || (Array.isArray(value) && value.length === 0);

const jsonType = /^application\/json(\s*;\s*[\w!#$%&'*+.^`|~-]+=[\w!#$%&'*+.^`|~-]+)*$/i;

/** What a Cache-Control may say beside no-store, which no-store does not contradict. */
const cacheDirectives =
  /^(no-store|no-cache|max-age=0|s-maxage=0|must-revalidate|proxy-revalidate|private|no-transform)$/;

function judgeHeaders({ headers }: DialectFields, refuse: Refuse): void {
  const names = Object.keys(headers).map((name) => name.toLowerCase());
  if (new Set(names).size < names.length) refuse(['headers'], 'each header once, whatever its case');
  const headerOf = (wanted: string) =>
    Object.entries(headers).find(([name]) => name.toLowerCase() === wanted);
  const [typeName, type] = headerOf('content-type') ?? ['Content-Type', ''];
  // RFC 6749 §5.1: the answer is JSON, and a browser that is told otherwise would run what it holds.
  if (!jsonType.test(type)) refuse(['headers', typeName], 'application/json, with parameters at most');
  // RFC 6749 §5.1: an answer with a token MUST NOT be stored.
  const directives = headerOf('cache-control')?.[1]
    .split(',')
    .map((directive) => directive.trim().toLowerCase());
  if (!directives?.includes('no-store')) refuse(['headers'], 'a Cache-Control with no-store');
  else if (!directives.every((directive) => cacheDirectives.test(directive)))
    refuse(['headers'], 'a Cache-Control with nothing that contradicts no-store');
}

function judgePaths({ paths, grant_types, authorization_code }: DialectFields, refuse: Refuse): void {
  const used = Object.values(paths).filter((each) => each !== undefined);
  if (new Set(used).size < used.length) refuse(['paths'], 'a path of its own for each endpoint');
  const withCode = grant_types.includes('authorization_code');
  if (withCode && paths.authorization === undefined)
    refuse(['paths', 'authorization'], 'a path, since grant_types has authorization_code');
  if (withCode && authorization_code === undefined)
    refuse(['authorization_code'], 'an object, since grant_types has authorization_code');
  if (!withCode && grant_types.includes('refresh_token'))
    refuse(['grant_types'], 'authorization_code beside refresh_token, which it comes from');
}

function judgeRequests({ requests = {}, grant_types, refresh_token }: DialectFields, refuse: Refuse): void {
  const known: readonly string[] = requestParameters;
  const wish = refresh_token?.given;
  for (const [name, standard] of Object.entries(requests.names ?? {})) {
    const path = ['requests', 'names', name];
    // It would hide the parameter that bears this name.
    if (known.includes(name) || (typeof wish === 'object' && 'parameter' in wish && wish.parameter === name))
      refuse(path, 'a name that no parameter has');
    if (known.includes(standard)) continue;
    const meant = nearestName(standard, known);
    refuse(path, `a parameter that it stands for${meant === undefined ? '' : `: did you mean ${meant}?`}`);
  }
  const grants: readonly string[] = grantTypes;
  for (const [name, standard] of Object.entries(requests.grant_types ?? {})) {
    const path = ['requests', 'grant_types', name];
    if (grants.includes(name)) refuse(path, 'a name that no grant has');
    if (!grant_types.includes(standard)) refuse(path, `one of grant_types: ${grant_types.join(', ')}`);
  }
  const otherwise = requests.otherwise?.grant_type;
  if (otherwise !== undefined && !grant_types.includes(otherwise))
    refuse(['requests', 'otherwise', 'grant_type'], `one of grant_types: ${grant_types.join(', ')}`);
}
