// From an Authorization to tokens: claims, header, one signature (RFC 7515 §5.1, RFC 9068 §2).

import type { Dialect } from '../dialects/dialect.ts';
import type { Authorization, Issuer, TokenSet } from '../model.ts';
import type { Ports, SigningKey } from '../ports.ts';
import { spellClaims } from './claims.ts';
import { tokenTypeOf } from './confirmation.ts';
import { type IdTokenInput, idTokenClaims, idTokenTyp } from './id-token.ts';
import { idTokenAlg } from './id-token-alg.ts';
import { newJti } from './jti.ts';

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
  const jti = newJti(authorization, ports.random);
  const now = Math.floor(ports.clock.now() / 1000);
  const key = ports.keys.signingKey(issuer.name);
  const input = `${encodedHeader(key, issuer.dialect)}.${base64url(spellClaims(authorization, issuer, jti, now))}`;
  const access_token = await signed(input, key);
  const tokens = {
    access_token,
    token_type: tokenTypeOf(authorization.cnf),
    jti,
    issued_at: now,
    expires_in: authorization.lifetime ?? issuer.access_token_lifetime,
    scope: authorization.scope,
  };
  if (authorization.user === undefined) return tokens;
  const { grant, nonce, refresh_token } = authorization.user;
  const withRefresh = { ...tokens, ...(refresh_token !== undefined && { refresh_token }) };
  if (grant === undefined || !authorization.scope.includes('openid')) return withRefresh;
  const id_token = await mintIdToken({ grant, nonce, access_token, now }, authorization, issuer, ports);
  return { ...withRefresh, id_token };
}

async function mintIdToken(
  input: Pick<IdTokenInput, 'grant' | 'nonce' | 'access_token' | 'now'>,
  { client, scope }: Authorization,
  issuer: Issuer,
  ports: Ports,
): Promise<string> {
  const key = ports.keys.signingKey(issuer.name, idTokenAlg(client, issuer));
  // OpenID Connect Core 1.0 §5.4: beside an access token, userinfo has them; a client may want them here as well.
  const { user_id } = input.grant.authentication;
  const user = client.id_token_user_claims ? await ports.store.findUser(user_id) : undefined;
  return signJwt(idTokenTyp, idTokenClaims({ ...input, scope, alg: key.alg, user }, issuer), key);
}

const signJwt = (typ: string, claims: object, key: SigningKey): Promise<string> =>
  signPayload(typ, base64url(claims), key);

/** A JWS of a payload that is encoded already. */
export function signPayload(typ: string, payload: string, key: SigningKey): Promise<string> {
  const header = base64url({ alg: key.alg, typ, kid: key.kid });
  return signed(`${header}.${payload}`, key);
}

async function signed(input: string, key: SigningKey): Promise<string> {
  const { buffer, byteOffset, length } = await key.sign(input);
  return `${input}.${Buffer.from(buffer, byteOffset, length).toString('base64url')}`;
}
