// Judges the claims of a token whose signature is good (RFC 7519 §4.1, RFC 9068 §4).

import { canonicalUri } from './canonical-uri.ts';
import type { TokenDialect } from './token-dialect.ts';
import { VerifierError } from './verifier-error.ts';

/** What a good access token says (RFC 9068 §2.2). It is frozen, claims included: requests with the same token share it. */
export interface VerifiedToken {
  /** The client that the token was issued to (RFC 8693 §4.3). */
  readonly client_id: string;
  /** The subject (RFC 7519 §4.1.2): a user, or the client itself; undefined if tokens of the dialect have none. */
  readonly sub: string | undefined;
  /** The scopes (RFC 6749 §3.3), one by one, however the dialect writes them. */
  readonly scope: readonly string[];
  /** The id of the token (RFC 7519 §4.1.7). */
  readonly jti: string;
  /** Expiry (RFC 7519 §4.1.4), in epoch seconds. */
  readonly exp: number;
  /** Time of issue (RFC 7519 §4.1.6), in epoch seconds. */
  readonly iat: number;
  /** All claims, as they stand in the token. */
  readonly claims: Readonly<Record<string, unknown>>;
}

export interface ClaimRules {
  readonly issuer: string;
  readonly audience: readonly string[];
  readonly dialect: TokenDialect;
  /** In seconds. */
  readonly clockTolerance: number;
}

/** `now` in epoch seconds. */
export function judgeClaims(
  claims: Readonly<Record<string, unknown>>,
  rules: ClaimRules,
  now: number,
): VerifiedToken {
  const { dialect } = rules;
  for (const name of dialect.required) if (claims[name] === undefined) throw missing(name);
  judgeIssuer(claims.iss, rules);
  judgeAudience(claims.aud, rules);
  const [exp, iat] = judgeTimes(claims, rules.clockTolerance, now);
  const { sub } = claims;
  if (sub !== undefined && typeof sub !== 'string') throw malformed('sub', 'a string');
  refuseConfirmation(claims.cnf);
  return Object.freeze({
    client_id: text(claims, dialect.client_id),
    sub,
    scope: Object.freeze(readScope(claims[dialect.scope], dialect.scope)),
    jti: text(claims, dialect.jti),
    exp,
    iat,
    claims,
  });
}

function judgeIssuer(iss: unknown, { issuer }: ClaimRules): void {
  if (iss !== undefined && iss !== issuer)
    throw new VerifierError('issuer_wrong', `The token is of another issuer: ask ${issuer} for one.`);
}

/**
 * RFC 7519 §4.1.3: a token with an audience is refused unless this API is in it. Resource URIs (RFC 8707 §2) are compared
 * as such; the issuer is compared to the letter (RFC 8414 §3.3).
 */
function judgeAudience(aud: unknown, { audience }: ClaimRules): void {
  if (aud === undefined) return;
  const named = typeof aud === 'string' ? [aud] : listed(aud, 'aud');
  if (named.some((name) => audience.includes(name))) return;
  const own = audience.map(canonicalUri);
  if (named.some((name) => own.includes(canonicalUri(name)))) return;
  const asked = audience[0] === undefined ? '' : `: ask for one with resource=${audience[0]}`;
  throw new VerifierError('audience_wrong', `The token is for another API${asked}.`);
}

function judgeTimes(
  claims: Readonly<Record<string, unknown>>,
  tolerance: number,
  now: number,
): [number, number] {
  const exp = time(claims, 'exp');
  const iat = time(claims, 'iat');
  const nbf = claims.nbf === undefined ? iat : time(claims, 'nbf');
  // RFC 7519 §4.1.4: "on or after which the JWT MUST NOT be accepted".
  if (now >= exp + tolerance)
    throw new VerifierError('token_expired', 'The token has expired: get a new one.');
  if (now < Math.max(nbf, iat) - tolerance)
    throw new VerifierError('token_not_yet_valid', 'The token is not good yet: compare the clocks.');
  return [exp, iat];
}

/** A NumericDate (RFC 7519 §2): seconds, which may have a fraction. */
function time(claims: Readonly<Record<string, unknown>>, name: string): number {
  const value = claims[name];
  if (value === undefined) throw missing(name);
  if (typeof value !== 'number' || !Number.isFinite(value)) throw malformed(name, 'a number');
  return value;
}

function text(claims: Readonly<Record<string, unknown>>, name: string): string {
  const value = claims[name];
  if (value === undefined) throw missing(name);
  if (typeof value !== 'string') throw malformed(name, 'a string');
  return value;
}

function readScope(value: unknown, name: string): readonly string[] {
  if (value === undefined) return [];
  return typeof value === 'string' ? value.split(' ').filter((each) => each !== '') : listed(value, name);
}

function listed(value: unknown, name: string): readonly string[] {
  if (!Array.isArray(value) || !value.every((each) => typeof each === 'string'))
    throw malformed(name, 'a string, or a list of strings');
  return value;
}

/**
 * RFC 7800 §3.1: a token with a `cnf` is bound to its sender, by a key (RFC 9449 §6.1), a certificate (RFC 8705 §3.1) or
 * in a way that is not known here. No proof is accepted yet, and without one the sender may be a thief.
 */
function refuseConfirmation(cnf: unknown): void {
  if (cnf === undefined) return;
  if (typeof cnf !== 'object' || cnf === null || Array.isArray(cnf)) throw malformed('cnf', 'an object');
  throw new VerifierError(
    'token_bound',
    'The token is bound to its sender (cnf), and this API accepts no proof of that: get a bearer token.',
  );
}

const missing = (name: string) =>
  new VerifierError(
    'claim_missing',
    `The token has no ${name}: look at the issuer and the dialect of the verifier.`,
  );

const malformed = (name: string, expected: string) =>
  new VerifierError('claim_malformed', `The ${name} of the token is not ${expected}.`);
