// Everything about one JWS algorithm in one place (RFC 7518 §3, RFC 8037 §3.1).

import { constants, type KeyObject, type SignKeyObjectInput, sign } from 'node:crypto';
import type { SigningAlgorithm } from '@tessera-oauth/core';

type Generation = { readonly type: 'ec' | 'rsa' | 'ed25519'; readonly options: object };

interface Algorithm {
  readonly generation: Generation;
  readonly digest: string | null;
  readonly options: Omit<SignKeyObjectInput, 'key'>;
}

const ec: Generation = { type: 'ec', options: { namedCurve: 'P-256' } };
// RFC 7518 §3.3: "A key of size 2048 bits or larger MUST be used."
const rsa: Generation = { type: 'rsa', options: { modulusLength: 2048 } };
const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };

export const algorithms: Readonly<Record<SigningAlgorithm, Algorithm>> = {
  // RFC 7518 §3.4: R and S side by side, not DER.
  ES256: { generation: ec, digest: 'sha256', options: { dsaEncoding: 'ieee-p1363' } },
  RS256: { generation: rsa, digest: 'sha256', options: {} },
  PS256: { generation: rsa, digest: 'sha256', options: pss },
  RS512: { generation: rsa, digest: 'sha512', options: {} },
  EdDSA: { generation: { type: 'ed25519', options: {} }, digest: null, options: {} },
};

/** Measures signatures: `begin` when one is requested, `end` with what `begin` returned when it is done or has failed. */
export interface SigningWatch {
  begin(): number;
  end(begun: number): void;
}

/** A function that signs with `key` on libuv's thread pool, so that the event loop stays free (docs/decisions/0004). */
export function signer(
  alg: SigningAlgorithm,
  key: KeyObject,
  watch?: SigningWatch,
): (input: string) => Promise<Uint8Array> {
  const { digest, options } = algorithms[alg];
  const privateKey = { key, ...options };
  return (input) =>
    new Promise((resolve, reject) => {
      const begun = watch?.begin() ?? 0;
      sign(digest, Buffer.from(input, 'latin1'), privateKey, (error, signature) => {
        watch?.end(begun);
        if (error) reject(error);
        else resolve(signature);
      });
    });
}
