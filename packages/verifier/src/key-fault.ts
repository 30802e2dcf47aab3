// Why a published key is not believed: others can sign with it, or it is no key at all. Judged once, when it is loaded
// (docs/decisions/0024-what-is-checked-of-keys.md).

import { decode } from './base64url.ts';

/** The members of a JWK that are judged (RFC 7518 §6, RFC 8037 §2). */
type PublicKey = Readonly<Partial<Record<'kty' | 'n' | 'e' | 'x' | 'y', unknown>>>;

/** What is wrong with a public key of RSA, P-256 or Ed25519; undefined if nothing is. */
export function keyFault({ kty, n, e, x, y }: PublicKey): string | undefined {
  if (kty === 'RSA') return rsaFault(integer(n), integer(e));
  if (kty === 'EC') return p256Fault(octets(x), octets(y));
  return ed25519Fault(octets(x));
}

/** Bits. RFC 7518 §3.3 has the smallest; more than the longest takes OpenSSL too long to verify with. */
const [shortest, longest] = [2048, 16_384];

function rsaFault(n: bigint | undefined, e: bigint | undefined): string | undefined {
  if (n === undefined || e === undefined) return 'its n or e is not base64url';
  const bits = n.toString(2).length;
  if (bits < shortest || bits > longest) return `it has ${bits} bits, expected ${shortest} to ${longest}`;
  // FIPS 186-5 §A.1.1: odd, and 2^16 < e < 2^256. With 1 the signature is the message; 3 was forged by lax padding.
  if (e % 2n === 0n || e < 65_537n || e >= 1n << 256n)
    return 'its exponent is not odd and from 65537 to 2^256';
  const residues = smallPrimes.map((prime) => n % prime);
  if (n % 2n === 0n || residues.includes(0n)) return 'it has a small factor';
  if (residues.every((residue, index) => rocaResidues[index]?.has(residue)))
    return 'it has the fingerprint of ROCA (CVE-2017-15361)';
  return hasCloseFactors(n) ? 'its factors are close to each other (CVE-2022-26320)' : undefined;
}

/** The odd primes up to 167. */
const smallPrimes: readonly bigint[] = Array.from({ length: 165 }, (_, index) => BigInt(index + 3)).filter(
  (candidate) =>
    !Array.from({ length: 12 }, (_, index) => BigInt(index + 2)).some(
      (d) => d < candidate && candidate % d === 0n,
    ),
);

/** By prime, what a modulus of ROCA can leave: the powers of 65537 (Nemec et al., ACM CCS 2017, §3). */
const rocaResidues: readonly ReadonlySet<bigint>[] = smallPrimes.map((prime) => {
  const powers = new Set<bigint>();
  for (let power = 1n; !powers.has(power); power = (power * 65_537n) % prime) powers.add(power);
  return powers;
});

/** Fermat's method, a hundred steps: factors chosen apart from each other are out of its reach. */
function hasCloseFactors(n: bigint): boolean {
  let a = squareRoot(n - 1n) + 1n;
  for (let step = 0; step < 100; step++, a++) {
    const rest = a * a - n;
    const root = squareRoot(rest);
    if (root * root === rest) return true;
  }
  return false;
}

/** Newton's method, rounded down. */
function squareRoot(value: bigint): bigint {
  if (value < 2n) return value;
  let root = 1n << BigInt(Math.ceil(value.toString(2).length / 2));
  for (let next = root; ; root = next) {
    next = (root + value / root) / 2n;
    if (next >= root) return root;
  }
}

const p256 = 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n;
const p256B = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn;

/** SP 800-186 §3.2.1.3, and SP 800-56A §5.6.2.3.3: in the field, and y² = x³ - 3x + b. */
function p256Fault(x: Uint8Array | undefined, y: Uint8Array | undefined): string | undefined {
  if (x?.length !== 32 || y?.length !== 32) return 'its coordinates are not 32 octets';
  const [u, v] = [bigEndian(x), bigEndian(y)];
  const onCurve = u < p256 && v < p256 && (v * v - u * u * u + 3n * u - p256B) % p256 === 0n;
  return onCurve ? undefined : 'it is no point of P-256';
}

const p25519 = 2n ** 255n - 19n;
/** RFC 8032 §5.1: d = -121665/121666. */
const d = 37095705934669439343138083508754565189542113879843219016388785533085940283555n;
/** y of a point of order 8; the others of small order have its negative, 0, 1 or -1. */
const order8 = 2707385501144840649318225287225658788936804267575313519463743609750303402022n;
const ofSmallOrder: readonly bigint[] = [0n, 1n, p25519 - 1n, order8, p25519 - order8];

/** RFC 8032 §5.1.3: y in the field, with an x. A key of small order verifies signatures that nobody made. */
function ed25519Fault(encoded: Uint8Array | undefined): string | undefined {
  if (encoded?.length !== 32) return 'its x is not 32 octets';
  const y = bigEndian(encoded.toReversed()) & ((1n << 255n) - 1n);
  if (y >= p25519) return 'it is no point of Ed25519';
  if (ofSmallOrder.includes(y)) return 'it is a point of small order';
  const square = y * y;
  // x² = (y² - 1) / (dy² + 1), by Euler's criterion: it does not matter whether one multiplies or divides.
  const isSquare = power((square - 1n) * (d * square + 1n), (p25519 - 1n) / 2n) === 1n;
  return isSquare ? undefined : 'it is no point of Ed25519';
}

function power(base: bigint, exponent: bigint): bigint {
  let [result, square] = [1n, base % p25519];
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest % 2n === 1n) result = (result * square) % p25519;
    square = (square * square) % p25519;
  }
  return result;
}

const octets = (text: unknown): Uint8Array | undefined =>
  typeof text === 'string' ? decode(text) : undefined;

/** Base64urlUInt (RFC 7518 §2). */
const integer = (text: unknown): bigint | undefined => {
  const bytes = octets(text);
  return bytes && bigEndian(bytes);
};

const bigEndian = (bytes: Uint8Array): bigint =>
  BigInt(`0x${Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')}`);
