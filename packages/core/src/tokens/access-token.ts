// Checks an access token that this server signed: signature, time, deny-list, client (RFC 7662 §4, RFC 9068 §4).

import { compactVerify } from 'jose/jws/compact/verify';
import type { Issuer } from '../model.ts';
import type { Ports, ProtocolStore, VerificationKey } from '../ports.ts';
import { type AccessTokenClaims, readClaims } from './claims.ts';
import { grantOf } from './jti.ts';

/** The claims of a token that is good now; undefined for anything else, without saying why. */
export async function checkAccessToken(
  token: string,
  issuer: Issuer,
  ports: Ports,
): Promise<AccessTokenClaims | undefined> {
  const { typ } = issuer.dialect.access_token.header;
  const payload = await verifySignature(token, ports.keys.verificationKeys(issuer.name), typ);
  const claims = payload && readClaims(payload, issuer.dialect);
  if (claims === undefined || claims.expires_at * 1000 <= ports.clock.now()) return undefined;
  if (isRevoked(issuer.name, claims, ports.store)) return undefined;
  const client =
    ports.store.cachedClient(issuer.name, claims.client_id) ??
    (await ports.store.findClient(issuer.name, claims.client_id));
  if (client === undefined || client.disabled) return undefined;
  // A new client by the name of a deleted one does not take over the old one's tokens.
  if (claims.issued_at < client.client_id_issued_at) return undefined;
  if (claims.user_id === undefined) return claims;
  const user = await ports.store.findUser(claims.user_id);
  if (user === undefined || user.disabled) return undefined;
  // A grant ends by its own entry of the deny-list, to the millisecond; what has none ends with the user's access.
  const ended =
    grantOf(claims.jti) === undefined && claims.issued_at < Math.floor(user.access_ended_at / 1000);
  return ended ? undefined : claims;
}

/** Whether the deny-list has the token, its grant, or all that its client was given before. */
export function isRevoked(
  issuer: string,
  { jti, client_id, issued_at }: Pick<AccessTokenClaims, 'jti' | 'client_id' | 'issued_at'>,
  store: Pick<ProtocolStore, 'isTokenRevoked' | 'revokedBefore'>,
): boolean {
  const grant = grantOf(jti);
  if (store.isTokenRevoked(issuer, jti)) return true;
  if (grant !== undefined && store.isTokenRevoked(issuer, grant)) return true;
  return issued_at < store.revokedBefore(issuer, client_id);
}

/**
 * The payload of a JWS by any of `keys`, of type `typ` (RFC 7515 §4.1.9); null: of any. A dialect may leave out `kid`, so
 * each key of the algorithm is tried.
 */
export async function verifySignature(
  token: string,
  keys: readonly VerificationKey[],
  typ: string | null,
): Promise<Record<string, unknown> | undefined> {
  // jose passes over what is not base64url: only one spelling of a token is accepted (RFC 7515 §2, §5.2).
  if (!token.split('.').every(isBase64url)) return undefined;
  for (const key of keys) {
    try {
      const { payload, protectedHeader } = await compactVerify(token, key.publicKey, {
        algorithms: [key.alg],
      });
      // RFC 8725 §3.11: a token of one kind is not taken for one of another.
      if (typ !== null && protectedHeader.typ !== typ) return undefined;
      const claims: unknown = JSON.parse(Buffer.from(payload).toString());
      return isRecord(claims) ? claims : undefined;
    } catch {
      // Not by this key, or not a JWS at all: the next one says so too.
    }
  }
  return undefined;
}

const isBase64url = (part: string): boolean => Buffer.from(part, 'base64url').toString('base64url') === part;

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
