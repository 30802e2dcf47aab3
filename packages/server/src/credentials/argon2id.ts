// argon2id (RFC 9106), computed by Node.js itself, and PHC strings: the text that a hash is stored as. It contains the
// parameters, so hashes made with other ones still verify.

import { argon2, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

export interface Argon2Cost {
  /** KiB. */
  readonly memory: number;
  readonly passes: number;
  readonly parallelism: number;
}

export interface Argon2Hash extends Argon2Cost {
  readonly salt: Buffer;
  readonly tag: Buffer;
}

/** RFC 9106 §4 leaves the choice; this is OWASP's: 19 MiB, two passes, one lane. */
export const argon2Cost: Argon2Cost = { memory: 19_456, passes: 2, parallelism: 1 };

const derive = promisify(argon2);

let computed = 0;

/** How many hashes this process has computed. */
export const slowHashesComputed = (): number => computed;

/** The tag (RFC 9106 §3.1) of a password, computed on the thread pool. `secret` is the pepper. */
export function argon2id(
  password: string,
  salt: Buffer,
  secret: Buffer,
  { memory, passes, parallelism }: Argon2Cost = argon2Cost,
  tagLength = 32,
): Promise<Buffer> {
  computed += 1;
  return derive('argon2id', {
    message: password,
    nonce: salt,
    secret,
    memory,
    passes,
    parallelism,
    tagLength,
  });
}

/** Whether `password` is the one that was hashed, compared in constant time. */
export async function verifyArgon2id(hash: Argon2Hash, password: string, secret: Buffer): Promise<boolean> {
  return timingSafeEqual(await argon2id(password, hash.salt, secret, hash, hash.tag.length), hash.tag);
}

export const formatPhc = ({ memory, passes, parallelism, salt, tag }: Argon2Hash): string =>
  `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${unpadded(salt)}$${unpadded(tag)}`;

const number = '([1-9]\\d{0,9})';
const base64 = '([A-Za-z0-9+/]+)';
const phc = new RegExp(`^\\$argon2id\\$v=19\\$m=${number},t=${number},p=${number}\\$${base64}\\$${base64}$`);

/** Reads what `formatPhc` writes, and nothing else; undefined for any other text. */
export function parsePhc(text: string): Argon2Hash | undefined {
  const [, memory, passes, parallelism, salt = '', tag = ''] = phc.exec(text) ?? [];
  const hash = {
    memory: Number(memory),
    passes: Number(passes),
    parallelism: Number(parallelism),
    salt: Buffer.from(salt, 'base64'),
    tag: Buffer.from(tag, 'base64'),
  };
  // Base64 leaves bits of the last character unused: only the spelling in which they are zero is accepted.
  return withinLimits(hash) && formatPhc(hash) === text ? hash : undefined;
}

/** The limits of RFC 9106 §3.1; for the salt, those of its implementations. */
const withinLimits = ({ memory, passes, parallelism, salt, tag }: Argon2Hash): boolean =>
  parallelism < 2 ** 24 &&
  memory >= 8 * parallelism &&
  memory < 2 ** 32 &&
  passes < 2 ** 32 &&
  salt.length >= 8 &&
  tag.length >= 4;

const unpadded = (bytes: Buffer): string => bytes.toString('base64').replace(/=+$/, '');
