// ID tokens (OpenID Connect Core 1.0 §2): made beside an access token, and read back as a hint.

import { hash } from 'node:crypto';
import type { IdTokenHint, Issuer, User, UserGrant } from '../model.ts';
import type { Ports } from '../ports.ts';
import { verifySignature } from './access-token.ts';
import { userClaims } from './user-claims.ts';

/** OpenID Connect Core 1.0 §2: how it was, and no order of better and worse. */
const acrOf = (amr: readonly string[]): string =>
  amr.includes('mfa') ? 'urn:tessera:mfa' : 'urn:tessera:sfa';
export const acrValues = [acrOf([]), acrOf(['mfa'])];

const digests: Readonly<Record<string, string>> = { RS512: 'sha512', EdDSA: 'sha512' };

/** OpenID Connect Core 1.0 §3.1.3.6: the left half of the hash that the algorithm has. */
function halfHash(token: string, alg: string): string {
  const digest = hash(digests[alg] ?? 'sha256', token, 'buffer');
  return digest.subarray(0, digest.length / 2).toString('base64url');
}

export const idTokenTyp = 'JWT';

export interface IdTokenInput {
  readonly grant: UserGrant;
  /** Of this answer: a refresh may ask for less than the grant has. */
  readonly scope: readonly string[];
  readonly nonce: string | null | undefined;
  readonly access_token: string;
  readonly alg: string;
  /** Undefined: the client asks userinfo for them. */
  readonly user: User | undefined;
  /** Epoch seconds. */
  readonly now: number;
}

export function idTokenClaims(
  { grant, scope, nonce, access_token, alg, user, now }: IdTokenInput,
  issuer: Issuer,
) {
  const { user_id, auth_time, amr, session_id } = grant.authentication;
  return {
    iss: issuer.issuer,
    sub: user_id,
    aud: grant.client_id,
    exp: now + issuer.access_token_lifetime,
    iat: now,
    // §2: it is not made up where the provider that signed the user in told none.
    ...(auth_time > 0 && { auth_time }),
    ...(typeof nonce === 'string' && { nonce }),
    acr: acrOf(amr),
    ...(amr.length > 0 && { amr }),
    sid: session_id,
    at_hash: halfHash(access_token, alg),
    ...(user !== undefined && userClaims(user, scope)),
  };
}

/** Reads an ID token that this issuer made, even if it has expired: a hint is no proof (§3.1.2.1). */
export async function readIdToken(
  token: string,
  issuer: Issuer,
  ports: Ports,
): Promise<IdTokenHint | undefined> {
  const claims = await verifySignature(token, ports.keys.verificationKeys(issuer.name), idTokenTyp);
  if (claims?.iss !== issuer.issuer || claims.at_hash === undefined) return undefined;
  const { sub, aud, sid } = claims;
  if (typeof sub !== 'string' || typeof aud !== 'string') return undefined;
  return { sub, aud, sid: typeof sid === 'string' ? sid : undefined };
}
