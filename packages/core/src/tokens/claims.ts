// Claims of an access token: from values to a dialect's spelling, and back again.

import { type ClaimSource, claimSource, type Dialect } from '../dialects/dialect.ts';
import type { Authorization, AuthorizingUser, Confirmation, Issuer } from '../model.ts';
import { readConfirmation } from './confirmation.ts';

type Values = Partial<Record<ClaimSource, unknown>>;

/** The claims of a token, in the dialect's names and order. `now` in epoch seconds. */
export function spellClaims(authorization: Authorization, issuer: Issuer, jti: string, now: number) {
  const values = claimValues(authorization, issuer, jti, now);
  const claims: Record<string, unknown> = {};
  const rules = issuer.dialect.access_token.claims;
  for (const name in rules) {
    const rule = rules[name];
    if (rule === undefined) continue;
    if (typeof rule === 'string') {
      if (values[rule] !== undefined) claims[name] = values[rule];
    } else claims[name] = 'from' in rule ? (values[rule.from] ?? rule.otherwise) : rule.value;
  }
  // Not the dialect's to leave out: a token that is bound must say so, and for whom it acts.
  if (authorization.cnf !== undefined) claims.cnf = authorization.cnf;
  if (authorization.actor !== undefined) claims.act = authorization.actor;
  return claims;
}

/** What claims can be filled from. `now` in epoch seconds. */
export function claimValues(authorization: Authorization, issuer: Issuer, jti: string, now: number): Values {
  const { client, scope, resources } = authorization;
  const named = resources.length > 1 ? resources : resources[0];
  return {
    issuer: issuer.issuer,
    // RFC 9068 §3: without a resource parameter, a default resource indicator.
    audience: named ?? issuer.resources[0] ?? issuer.issuer,
    resources: named,
    subject: authorization.subject,
    client_id: client.client_id,
    owner: client.owner,
    grant_type: authorization.grant_type,
    // RFC 9068 §2.2.3: the scope claim is space-separated, whatever the wire's delimiter.
    // RFC 6749 §3.3 has no empty scope.
    scope: scope.length > 0 ? scope.join(' ') : undefined,
    scope_list: scope,
    issued_at: now,
    not_before: now,
    expires_at: now + (authorization.lifetime ?? issuer.access_token_lifetime),
    jti,
    ...(authorization.user !== undefined && userValues(authorization.user)),
  };
}

function userValues({ id, name, grant }: AuthorizingUser): Values {
  const authentication = grant?.authentication;
  return {
    user_id: id,
    user_name: name ?? undefined,
    auth_time: authentication?.auth_time || undefined,
    amr: authentication?.amr.length === 0 ? undefined : authentication?.amr,
    identity_provider: authentication?.identity_provider,
    session_id: authentication?.session_id,
  };
}

/** What is common to the tokens of all dialects. Times in epoch seconds. */
export interface AccessTokenClaims {
  readonly client_id: string;
  readonly jti: string;
  readonly issued_at: number;
  readonly expires_at: number;
  readonly scope: readonly string[];
  readonly issuer?: string;
  readonly subject?: string;
  /** Where a user takes part. */
  readonly user_id?: string;
  readonly audience?: string | string[];
  /** Where the token is bound to a key. */
  readonly cnf?: Confirmation;
}

/** Reads a payload that the dialect wrote; undefined where it did not. */
export function readClaims(
  payload: Record<string, unknown>,
  dialect: Dialect,
): AccessTokenClaims | undefined {
  const read: Values = {};
  for (const [name, rule] of Object.entries(dialect.access_token.claims)) {
    const source = claimSource(rule);
    if (source !== undefined && payload[name] !== undefined) read[source] ??= payload[name];
  }
  const { client_id, jti, issued_at, expires_at, issuer, subject } = read;
  const audience = read.audience ?? read.resources;
  const user_id = userOf(read);
  const cnf = readConfirmation(payload.cnf);
  const scope =
    read.scope_list ?? (typeof read.scope === 'string' ? read.scope.split(' ').filter(Boolean) : []);
  if (typeof client_id !== 'string' || typeof jti !== 'string' || !isStringArray(scope)) return undefined;
  if (typeof issued_at !== 'number' || typeof expires_at !== 'number') return undefined;
  return {
    client_id,
    jti,
    issued_at,
    expires_at,
    scope,
    ...(typeof issuer === 'string' && { issuer }),
    ...(typeof subject === 'string' && { subject }),
    ...(user_id !== undefined && { user_id }),
    ...((typeof audience === 'string' || isStringArray(audience)) && { audience }),
    ...(cnf !== undefined && { cnf }),
  };
}

/** A dialect may say nothing of users but a subject, which is the client where none takes part (RFC 9068 §2.2). */
function userOf({ user_id, subject, client_id }: Values): string | undefined {
  const user = user_id ?? (subject === client_id ? undefined : subject);
  return typeof user === 'string' && user !== '' ? user : undefined;
}

const isStringArray = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((item) => typeof item === 'string');
