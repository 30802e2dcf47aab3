// Whether only the device can sign with a new passkey's key (decision 24). The library imports the key when it is used,
// and looks neither at its size nor at its exponent.

import { createPublicKey, type webcrypto } from 'node:crypto';

/** RFC 7518 §3.3, and FIPS 186-5 §A.1.1. */
const [shortest, smallestExponent] = [2048, 65_537n];

/** `publicKey` is a COSE key (RFC 9052 §7); false, too, for what is none, or is no point of its curve. */
export async function isSoundKey(publicKey: Uint8Array<ArrayBuffer>): Promise<boolean> {
  const { decodeCredentialPublicKey } = await import('@simplewebauthn/server/helpers');
  try {
    const key = jwkOf(decodeCredentialPublicKey(publicKey) as unknown as ReadonlyMap<number, unknown>);
    const { asymmetricKeyDetails } = createPublicKey({ key, format: 'jwk' });
    if (key.kty !== 'RSA') return true;
    const { modulusLength = 0, publicExponent = 0n } = asymmetricKeyDetails ?? {};
    return modulusLength >= shortest && publicExponent >= smallestExponent && publicExponent % 2n === 1n;
  } catch {
    return false;
  }
}

/** RFC 9053 §7.1.1 and §7.2, RFC 8230 §4: the labels of the parameters, by the type of the key. Throws for another type. */
function jwkOf(cose: ReadonlyMap<number, unknown>): webcrypto.JsonWebKey {
  const text = (label: number): string => {
    const octets = cose.get(label);
    if (octets instanceof Uint8Array) return Buffer.from(octets).toString('base64url');
    throw new TypeError(`${label} is not octets`);
  };
  const kty = cose.get(1);
  if (kty === 1 && cose.get(-1) === 6) return { kty: 'OKP', crv: 'Ed25519', x: text(-2) };
  if (kty === 2 && cose.get(-1) === 1) return { kty: 'EC', crv: 'P-256', x: text(-2), y: text(-3) };
  if (kty === 3) return { kty: 'RSA', n: text(-1), e: text(-2) };
  throw new TypeError('another type of key');
}
