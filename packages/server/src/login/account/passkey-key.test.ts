// Keys of passkeys that others could sign with, or that are none.

import { generateKeyPairSync, type webcrypto } from 'node:crypto';
import { isoCBOR } from '@simplewebauthn/server/helpers';
import { expect, test } from 'vitest';
import { isSoundKey } from './passkey-key.ts';

type JsonWebKey = webcrypto.JsonWebKey;
const octets = (text: string | undefined) => new Uint8Array(Buffer.from(text ?? '', 'base64url'));
const rsa = (modulusLength: number, publicExponent = 65_537): JsonWebKey =>
  generateKeyPairSync('rsa', { modulusLength, publicExponent }).publicKey.export({ format: 'jwk' });
const ec = (namedCurve: string): JsonWebKey =>
  generateKeyPairSync('ec', { namedCurve }).publicKey.export({ format: 'jwk' });
const okp = (): JsonWebKey => generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' });

/** RFC 9053 §7, RFC 8230 §4. */
function coseOf({ kty, n, e, x, y }: JsonWebKey): Uint8Array<ArrayBuffer> {
  const members: Record<string, [number, number | Uint8Array][]> = {
    RSA: [
      [1, 3],
      [3, -257],
      [-1, octets(n)],
      [-2, octets(e)],
    ],
    EC: [
      [1, 2],
      [3, -7],
      [-1, 1],
      [-2, octets(x)],
      [-3, octets(y)],
    ],
    OKP: [
      [1, 1],
      [3, -8],
      [-1, 6],
      [-2, octets(x)],
    ],
  };
  return new Uint8Array(isoCBOR.encode(new Map(members[kty ?? ''])));
}

test.each<[what: string, make: () => JsonWebKey]>([
  ['RSA of 2048 bits', () => rsa(2048)],
  ['P-256', () => ec('P-256')],
  ['Ed25519', okp],
])('%s is sound', async (_what, make) => {
  expect(await isSoundKey(coseOf(make()))).toBe(true);
});

test.each<[what: string, make: () => JsonWebKey]>([
  ['RSA of 1024 bits', () => rsa(1024)],
  ['RSA of 2047 bits', () => rsa(2047)],
  ['RSA with the exponent 3', () => rsa(2048, 3)],
  ['RSA with the exponent 1', () => ({ ...rsa(2048), e: 'AQ' })],
  ['RSA with an even exponent', () => ({ ...rsa(2048), e: 'AQAC' })],
  ['RSA of 1024 bits and zeros in front', () => ({ ...rsa(1024), n: `${'A'.repeat(172)}${rsa(1024).n}` })],
  ['P-256 off its curve', () => ({ ...ec('P-256'), y: ec('P-256').y ?? '' })],
  ['P-256 with coordinates of zero', () => ({ kty: 'EC', x: 'A'.repeat(43), y: 'A'.repeat(43) })],
  ['P-384 in place of P-256', () => ec('P-384')],
  ['Ed25519 of 31 octets', () => ({ kty: 'OKP', x: 'A'.repeat(42) })],
  ['another type', () => ({ kty: 'oct' })],
])('%s is not', async (_what, make) => {
  expect(await isSoundKey(coseOf(make()))).toBe(false);
});

test.each<[what: string, bytes: number[]]>([
  ['nothing', []],
  ['lists without end', Array(50_000).fill(0x81)],
  ['a number', [1]],
])('%s is no key', async (_what, bytes) => {
  expect(await isSoundKey(Uint8Array.from(bytes))).toBe(false);
});
