// From an Authorization to tokens: claims, header, one signature (RFC 7515 §5.1, RFC 9068 §2).

import { spellClaims } from './claims.ts';
import type { Dialect } from './dialect.ts';
import type { Authorization, Issuer, TokenSet } from './model.ts';
import type { Ports, SigningKey } from './ports.ts';

const base64url = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** Encoded once for each key: the header is the same in all the tokens that it signs. */
const encodedHeaders = new WeakMap<SigningKey, { dialect: Dialect; header: string }>();

function encodedHeader(key: SigningKey, dialect: Dialect): string {
  const known = encodedHeaders.get(key);
  if (known?.dialect === dialect) return known.header;
  const { typ, kid } = dialect.access_token.header;
  const header = base64url({ alg: key.alg, ...(typ !== null && { typ }), ...(kid && { kid: key.kid }) });
  encodedHeaders.set(key, { dialect, header });
  return header;
}

export async function mint(authorization: Authorization, issuer: Issuer, ports: Ports): Promise<TokenSet> {
  const jti = ports.random.uuid();
  const now = Math.floor(ports.clock.now() / 1000);
  const key = ports.keys.signingKey(issuer.name);
  const input = `${encodedHeader(key, issuer.dialect)}.${base64url(spellClaims(authorization, issuer, jti, now))}`;
  const signature = await key.sign(input);
  return {
    access_token: `${input}.${Buffer.from(signature.buffer, signature.byteOffset, signature.length).toString('base64url')}`,
    jti,
    expires_in: issuer.access_token_lifetime,
    scope: authorization.scope,
  };
}
