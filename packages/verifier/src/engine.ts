// Signatures and hashes: by node:crypto in Node.js, where its synchronous calls are the fastest; elsewhere by WebCrypto.

import { base64url, compactVerify, importJWK, type JWK } from 'jose';
import type { CompactJws } from './compact-jws.ts';
import { isNode } from './host.ts';

/** The algorithms that Tessera signs with (RFC 7518 §3.1, RFC 8037 §3.1); neither `none` nor HMAC is among them. */
export type Algorithm = 'ES256' | 'RS256' | 'PS256' | 'EdDSA' | 'RS512';

/** Whether the key has made this signature. */
export type Check = (jws: CompactJws) => boolean | Promise<boolean>;

export interface Engine {
  /** `jwk` has the public members of a key of this algorithm, and no others. */
  check(jwk: JWK, alg: Algorithm): Check | Promise<Check>;
  /** SHA-256, base64url. */
  hash(text: string): string | Promise<string>;
}

const encoder = new TextEncoder();

export const webEngine: Engine = {
  async check(jwk, alg) {
    const key = await importJWK(jwk, alg);
    return ({ token }) =>
      compactVerify(token, key, { algorithms: [alg] }).then(
        () => true,
        () => false,
      );
  },
  async hash(text) {
    return base64url.encode(new Uint8Array(await crypto.subtle.digest('SHA-256', encoder.encode(text))));
  },
};

/** In characters. No token is so long, but a deny-list may be: it is checked on the thread pool. */
const longestHere = 65_536;

// Not an import, so that bundlers and browsers never see it.
const node = isNode ? globalThis.process.getBuiltinModule?.('node:crypto') : undefined;

const elsewhere = (
  digest: string | null,
  bytes: Buffer,
  key: Parameters<NonNullable<typeof node>['verify']>[2],
  signature: Uint8Array,
) =>
  new Promise<boolean>((resolve) =>
    node?.verify(digest, bytes, key, signature, (error, good) => resolve(error === null && good)),
  );

/** Undefined if the runtime is not Node.js. */
export const nodeEngine: Engine | undefined = node && {
  check(jwk, alg) {
    const key = node.createPublicKey({ key: { ...jwk }, format: 'jwk' });
    if (alg === 'EdDSA')
      return ({ signed, signature }) => {
        const bytes = Buffer.from(signed, 'latin1');
        return signed.length > longestHere
          ? elsewhere(null, bytes, { key }, signature)
          : node.verify(null, bytes, key, signature);
      };
    const { RSA_PKCS1_PSS_PADDING: padding, RSA_PSS_SALTLEN_DIGEST: saltLength } = node.constants;
    const [digest, options] = (
      {
        // RFC 7518 §3.4: R and S side by side, not DER.
        ES256: ['sha256', { key, dsaEncoding: 'ieee-p1363' }],
        RS256: ['sha256', { key }],
        PS256: ['sha256', { key, padding, saltLength }],
        RS512: ['sha512', { key }],
      } as const
    )[alg];
    // For a signature of another length node:crypto throws.
    const length = alg === 'ES256' ? 64 : undefined;
    // Faster than node.verify.
    return ({ signed, signature }) => {
      if (length !== undefined && signature.length !== length) return false;
      if (signed.length > longestHere)
        return elsewhere(digest, Buffer.from(signed, 'latin1'), options, signature);
      return node.createVerify(digest).update(signed, 'latin1').verify(options, signature);
    };
  },
  hash: (text) =>
    node.hash === undefined
      ? node.createHash('sha256').update(text).digest('base64url')
      : node.hash('sha256', text, 'base64url'),
};

export const engine = nodeEngine ?? webEngine;
