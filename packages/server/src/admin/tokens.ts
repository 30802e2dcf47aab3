// Access tokens: decoded and judged by the keys that are here, and put on the deny-list (RFC 7009).

import { readClaims, verifySignature } from '@tessera-oauth/core';
import type { JWTPayload, ProtectedHeaderParameters } from 'jose';
import { decodeProtectedHeader } from 'jose/decode/protected_header';
import { decodeJwt } from 'jose/jwt/decode';
import { holdIssuer, listIssuers } from '../store/tables/issuers.ts';
import { longestAccessToken } from '../store/tables/revoked-clients.ts';
import {
  pageOfRevokedTokens,
  type RevokedOf,
  revokeToken as storeRevocation,
} from '../store/tables/revoked-tokens.ts';
import { conflict, invalid, notFound } from './admin-error.ts';
import { change } from './change.ts';
import type { AdminContext } from './context.ts';
import { unknownIssuer } from './existing.ts';
import { type ListRequest, type Page, pageOf } from './page.ts';

/** What a token says, and whether it is to be believed. */
export interface InspectedToken {
  /** Whether a local key signed it, and it has neither expired nor been revoked. */
  readonly valid: boolean;
  /** Why, in plain words. */
  readonly reason: string;
  /** The name of the issuer whose key made the signature; missing where none did. */
  readonly issuer?: string;
  /** The JOSE header, not verified by itself. */
  readonly header: ProtectedHeaderParameters;
  /** The claims, to be believed only where `valid` is true. */
  readonly claims: JWTPayload;
}

/** A token on the deny-list. */
export interface RevokedToken {
  /** The name of the issuer. */
  readonly issuer: string;
  /** The identifier of the token (RFC 7519 §4.1.7). */
  readonly jti: string;
  /** Epoch milliseconds: until when it is listed. */
  readonly expires_at: number;
}

/** The tokens that were revoked and have not expired, of all issuers or of one; a grant stands for all of its tokens. */
export const listRevokedTokens = (
  { db, now }: Pick<AdminContext, 'db' | 'now'>,
  filter: { readonly issuer?: string | undefined },
  request: ListRequest,
): Promise<Page<RevokedToken>> =>
  pageOf(
    request,
    ['string', 'string'],
    (page) => pageOfRevokedTokens(db, filter, now(), page),
    (token) => token,
  );

/** Decodes a token and judges it. Throws `invalid` for what is no JWT. */
export async function inspectToken(context: AdminContext, token: string): Promise<InspectedToken> {
  const { header, claims } = decode(token);
  const signed = await findSignature(context, token);
  if (signed === undefined)
    return { valid: false, reason: 'no local key made this signature', header, claims };
  const { issuer, known } = signed;
  const expired = known === undefined || known.expires_at * 1000 <= context.now();
  const revoked = known !== undefined && context.isTokenRevoked(issuer, known);
  const reason = revoked ? 'revoked' : expired ? 'expired' : 'signature and time are good';
  return { valid: !expired && !revoked, reason, issuer, header, claims };
}

/**
 * Puts a token on the deny-list until it expires. Throws `invalid` for what is no JWT, `not_found` where no local key made
 * its signature, and `conflict` where it has expired, cannot be told from others, or is not of `expected`, an issuer's name.
 */
export async function revokeToken(
  context: AdminContext,
  token: string,
  expected?: string,
): Promise<RevokedToken> {
  decode(token);
  // Before the transaction: signatures take time, and on SQLite every other writer would wait.
  const signed = await findSignature(context, token);
  if (signed === undefined) throw notFound('token', 'no local key made the signature of this token');
  const { issuer, known } = signed;
  if (expected !== undefined && expected !== issuer)
    throw conflict('issuer', `this token is of issuer ${issuer}, not of ${expected}`);
  if (known === undefined) throw conflict('token', 'this token is no access token of its issuer');
  const expires_at = known.expires_at * 1000;
  if (expires_at <= context.now()) throw conflict('token', 'this token has expired');
  return list(context, { issuer, jti: known.jti, expires_at }, known);
}

/**
 * The same for a token of which only the `jti` is known: it stays on the deny-list for 25 hours, the longest life of a token. Throws
 * `not_found` for the issuer, and `invalid`.
 */
export function revokeTokenById(context: AdminContext, issuer: string, jti: string): Promise<RevokedToken> {
  // What other entries of the deny-list are told by has a colon (store/tables/revoked-tokens.ts).
  if (!/^[A-Za-z0-9._~-]{1,200}$/.test(jti))
    throw invalid('jti', `got ${JSON.stringify(jti)}, expected the jti of a token`);
  return list(context, { issuer, jti, expires_at: context.now() + longestAccessToken });
}

function list(context: AdminContext, token: RevokedToken, of?: RevokedOf): Promise<RevokedToken> {
  const { issuer, jti, expires_at } = token;
  return change(context, 'token.revoke', async (transaction) => {
    if ((await holdIssuer(transaction, issuer)) === undefined) throw unknownIssuer(issuer);
    await storeRevocation(transaction, issuer, jti, expires_at, of, context.now());
    return { issuer, target: jti, before: null, after: { expires_at }, result: token };
  });
}

function decode(token: string) {
  try {
    return { header: decodeProtectedHeader(token), claims: decodeJwt(token) };
  } catch {
    throw invalid('token', 'got what is not a JWT, expected three parts of base64url with dots between');
  }
}

/** Whose key made the signature, and the claims of an access token. */
async function findSignature({ db, keys, dialects }: AdminContext, token: string) {
  for (const { name, dialect: dialectName } of await listIssuers(db)) {
    const dialect = dialects.get(dialectName);
    if (dialect === undefined) continue;
    const payload = await verifySignature(token, keys.verificationKeys(name), null);
    if (payload === undefined) continue;
    return { issuer: name, known: readClaims(payload, dialect) };
  }
  return undefined;
}
