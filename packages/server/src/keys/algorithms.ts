// Everything about one JWS algorithm in one place (RFC 7518 §3, RFC 8037 §3.1).

import { constants, type KeyObject, type SignKeyObjectInput, sign } from 'node:crypto';
import type { SigningAlgorithm } from '@tessera/core';

type Generation = { readonly type: 'ec' | 'rsa' | 'ed25519'; readonly options: object };

interface Algorithm {
  readonly generation: Generation;
  readonly sign: (input: Buffer, key: KeyObject) => Uint8Array | Promise<Uint8Array>;
}

type SignOptions = Omit<SignKeyObjectInput, 'key'>;

/** On the event loop: for signatures that cost less than handing them to a thread and back. */
const inline =
  (digest: string | null, options: SignOptions = {}): Algorithm['sign'] =>
  (input, key) =>
    sign(digest, input, { key, ...options });

/** On libuv's thread pool: for signatures that would hold up everybody else. */
const pooled =
  (digest: string, options: SignOptions = {}): Algorithm['sign'] =>
  (input, key) =>
    new Promise((resolve, reject) => {
      sign(digest, input, { key, ...options }, (error, signature) =>
        error ? reject(error) : resolve(signature),
      );
    });

const ec: Generation = { type: 'ec', options: { namedCurve: 'P-256' } };
// RFC 7518 §3.3: "A key of size 2048 bits or larger MUST be used."
const rsa: Generation = { type: 'rsa', options: { modulusLength: 2048 } };
const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };

export const algorithms: Readonly<Record<SigningAlgorithm, Algorithm>> = {
  // RFC 7518 §3.4: R and S side by side, not DER.
  ES256: { generation: ec, sign: inline('sha256', { dsaEncoding: 'ieee-p1363' }) },
  RS256: { generation: rsa, sign: pooled('sha256') },
  PS256: { generation: rsa, sign: pooled('sha256', pss) },
  RS512: { generation: rsa, sign: pooled('sha512') },
  EdDSA: { generation: { type: 'ed25519', options: {} }, sign: inline(null) },
};
