// Keys that others can sign with, made here: none is believed, though most of their signatures are good.

import { checkPrimeSync, createHash, generateKeyPairSync, generatePrimeSync } from 'node:crypto';
import type { JWK } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { audience, goodClaims, newKey, sign, startIssuer } from '../../../test/verifier/issuer.ts';
import { type Engine, nodeEngine, webEngine } from './engine.ts';
import { keyFault } from './key-fault.ts';
import { createVerifierOn } from './verifier.ts';

const encode = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64url');
const hexOf = (value: bigint, octets: number) => value.toString(16).padStart(octets * 2, '0');
const numberOf = (value: bigint, octets = 0) =>
  encode(Buffer.from(hexOf(value, Math.max(octets, Math.ceil(value.toString(16).length / 2))), 'hex'));
const prime = (bits: number): bigint => generatePrimeSync(bits, { bigint: true });
const primeFrom = (first: bigint, step: bigint): bigint => {
  let candidate = first;
  while (!checkPrimeSync(candidate)) candidate += step;
  return candidate;
};

function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let [result, square] = [1n, base % modulus];
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest % 2n === 1n) result = (result * square) % modulus;
    square = (square * square) % modulus;
  }
  return result;
}

/** By the extended Euclidean algorithm. */
function inverse(value: bigint, modulus: bigint): bigint {
  let [r, next, x, y] = [modulus, value % modulus, 0n, 1n];
  while (next !== 0n) [r, next, x, y] = [next, r % next, y, x - (r / next) * y];
  return ((x % modulus) + modulus) % modulus;
}

interface Rsa {
  readonly jwk: JWK;
  /** RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017 §8.2.1). */
  sign(input: string): string;
}

function rsa(p: bigint, q: bigint, e: bigint): Rsa {
  const n = p * q;
  const d = e === 1n ? 1n : inverse(e, (p - 1n) * (q - 1n));
  const octets = Math.ceil(n.toString(2).length / 8);
  return {
    jwk: { kty: 'RSA', alg: 'RS256', kid: 'weak', n: numberOf(n), e: numberOf(e) },
    sign(input) {
      const info = `003031300d060960864801650304020105000420${createHash('sha256').update(input).digest('hex')}`;
      const message = `0001${'ff'.repeat(octets - 2 - info.length / 2)}${info}`;
      return numberOf(power(BigInt(`0x${message}`), d, n), octets);
    },
  };
}

/** As the chips did (Nemec et al., ACM CCS 2017, §2.1): k * M + (65537^a mod M). */
function rocaPrime(): bigint {
  let M = 2n;
  for (let count = 1, odd = 3n; count < 126; odd += 2n)
    if (checkPrimeSync(odd)) {
      M *= odd;
      count++;
    }
  const residue = power(65_537n, prime(100), M);
  return primeFrom((prime(1024) / M) * M + residue, M);
}

const weak: Record<string, () => Rsa> = {
  'the exponent 1: its signature is the padded message': () => rsa(prime(1024), prime(1024), 1n),
  'the exponent 3': () => {
    const third = () => primeFrom((prime(1024) / 3n) * 3n + 2n, 3n);
    return rsa(third(), third(), 3n);
  },
  'the exponent 17': () => rsa(prime(1024), prime(1024), 17n),
  'the fingerprint of ROCA': () => rsa(rocaPrime(), rocaPrime(), 65_537n),
  'factors that are neighbours': () => {
    const p = prime(1024);
    return rsa(p, primeFrom(p + 2n, 2n), 65_537n);
  },
  'a small factor': () => {
    const [p, q] = [prime(1024), prime(1024)];
    const key = rsa(p, q, 65_537n);
    return { ...key, jwk: { ...key.jwk, n: numberOf(p * q * 163n) } };
  },
  '2047 bits': () => rsa(prime(1024), primeFrom(1n << 1022n, 1n), 65_537n),
  '1024 bits': () => rsa(prime(512), prime(512), 65_537n),
  '1024 bits that look like 2048': () => {
    const key = rsa(prime(512), prime(512), 65_537n);
    return {
      ...key,
      jwk: { ...key.jwk, n: encode(Buffer.from(key.jwk.n ?? '', 'base64url')).padStart(342, 'A') },
    };
  },
};

const engines: [string, Engine | undefined][] = [
  ['node', nodeEngine],
  ['web', webEngine],
];

describe('a key of RSA with', () => {
  let issuer: Awaited<ReturnType<typeof startIssuer>>;
  beforeAll(async () => {
    issuer = await startIssuer([]);
  });
  afterAll(() => issuer.close());

  test.each(Object.entries(weak))('%s is passed over, and the log says why', async (_what, make) => {
    const key = make();
    const good = await newKey('ES256', 'good');
    issuer.keys = [key.jwk, good.jwk];
    const header = encode(Buffer.from('{"alg":"RS256","typ":"at+jwt","kid":"weak"}'));
    const input = `${header}.${encode(Buffer.from(JSON.stringify(goodClaims(issuer.issuer))))}`;
    const forged = `${input}.${key.sign(input)}`;
    for (const [, engine = webEngine] of engines) {
      const lines: string[] = [];
      const logger = { warn: (line: string) => void lines.push(line), error: expect.unreachable };
      const verifier = createVerifierOn(engine, { issuer: issuer.issuer, audience, logger });
      await verifier.verify(await sign(good, goodClaims(issuer.issuer)));
      await expect(verifier.verify(forged)).rejects.toMatchObject({ code: 'key_unknown' });
      expect(lines).toEqual([
        expect.stringMatching(/^the key "weak" of the key set is not used: it(s| has) .+$/),
      ]);
    }
  });

  test('2048 bits and 65537, as it should be, is believed', async () => {
    const key = rsa(prime(1024), prime(1024), 65_537n);
    issuer.keys = [key.jwk];
    const header = encode(Buffer.from('{"alg":"RS256","typ":"at+jwt","kid":"weak"}'));
    const input = `${header}.${encode(Buffer.from(JSON.stringify(goodClaims(issuer.issuer))))}`;
    for (const [, engine = webEngine] of engines) {
      const verifier = createVerifierOn(engine, { issuer: issuer.issuer, audience });
      expect(await verifier.verify(`${input}.${key.sign(input)}`)).toMatchObject({ client_id: 'customer' });
    }
  });
});

const littleEndian = (hex: string) => encode(Buffer.from(hex, 'hex'));
const jwkOf = (type: 'ec' | 'ed25519'): JWK => {
  const made =
    type === 'ec' ? generateKeyPairSync('ec', { namedCurve: 'P-256' }) : generateKeyPairSync('ed25519');
  return made.publicKey.export({ format: 'jwk' }) as JWK;
};
const p256 = 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n;
const ec = (x: string, y: string): JWK => ({ kty: 'EC', crv: 'P-256', x, y });
const okp = (x: string): JWK => ({ kty: 'OKP', crv: 'Ed25519', x });
const one = jwkOf('ec');
const [x = '', y = ''] = [one.x, one.y];

test.each<[what: string, jwk: JWK]>([
  ['P-256: coordinates in the wrong order', ec(y, x)],
  ['P-256: x of another key', ec(jwkOf('ec').x ?? '', y)],
  ['P-256: zeros', ec(numberOf(0n, 32), numberOf(0n, 32))],
  ['P-256: a coordinate beyond the field', ec(numberOf(p256, 32), y)],
  ['P-256: a coordinate too short', ec(x.slice(0, 42), y)],
  ['P-256: a coordinate too long', ec(numberOf(0n, 33), y)],
  ['P-256: no y', { kty: 'EC', crv: 'P-256', x }],
  ['P-256: x is a list', { kty: 'EC', crv: 'P-256', x: [x] as unknown as string, y }],
  ['Ed25519: 0, of order 4', okp(littleEndian('00'.repeat(32)))],
  ['Ed25519: 0, with the other sign', okp(littleEndian(`${'00'.repeat(31)}80`))],
  ['Ed25519: 1, the identity', okp(littleEndian(`01${'00'.repeat(31)}`))],
  ['Ed25519: -1, of order 2', okp(littleEndian(`ec${'ff'.repeat(30)}7f`))],
  [
    'Ed25519: of order 8',
    okp(littleEndian('c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a')),
  ],
  [
    'Ed25519: of order 8, negative',
    okp(littleEndian('26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85')),
  ],
  ['Ed25519: the identity, spelt otherwise', okp(littleEndian(`ee${'ff'.repeat(30)}7f`))],
  ['Ed25519: y without an x', okp(littleEndian(`02${'00'.repeat(31)}`))],
  ['Ed25519: 31 octets', okp(littleEndian('07'.repeat(31)))],
  ['RSA: an even modulus', { kty: 'RSA', n: numberOf(2n ** 2047n), e: 'AQAB' }],
  ['RSA: an even exponent', { kty: 'RSA', n: numberOf(prime(1024) * prime(1024)), e: numberOf(65_538n) }],
  ['RSA: the exponent 0', { kty: 'RSA', n: numberOf(prime(1024) * prime(1024)), e: 'AA' }],
  [
    'RSA: an exponent of 257 bits',
    { kty: 'RSA', n: numberOf(prime(1024) * prime(1024)), e: numberOf(2n ** 256n + 1n) },
  ],
  ['RSA: a square', { kty: 'RSA', n: numberOf(prime(1024) ** 2n), e: 'AQAB' }],
  ['RSA: 16,385 bits', { kty: 'RSA', n: numberOf(2n ** 16_384n + 1n), e: 'AQAB' }],
  ['RSA: no modulus', { kty: 'RSA', e: 'AQAB' }],
  ['RSA: a modulus in the alphabet of base64', { kty: 'RSA', n: `${'/+'.repeat(171)}`, e: 'AQAB' }],
])('%s is no key', (_what, jwk) => {
  expect(keyFault(jwk)).toMatch(/^it(s| is| has) /);
});

test('what OpenSSL makes is believed', () => {
  for (let each = 0; each < 50; each++)
    for (const type of ['ec', 'ed25519'] as const) {
      const jwk = jwkOf(type);
      expect(keyFault(jwk), JSON.stringify(jwk)).toBeUndefined();
    }
  for (const modulusLength of [2048, 2049, 3072]) {
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength });
    expect(keyFault(publicKey.export({ format: 'jwk' }) as JWK)).toBeUndefined();
  }
});
