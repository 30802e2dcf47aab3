// Codes that people read and type: Crockford's base32, in groups of four.

import { randomBytes } from 'node:crypto';

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';

/** 80 random bits as xxxx-xxxx-xxxx-xxxx. */
export function readableCode(): string {
  // 256 is a multiple of 32: no character is likelier than another.
  const characters = [...randomBytes(16)].map((byte) => alphabet[byte % 32]).join('');
  return characters.match(/.{4}/g)?.join('-') ?? '';
}

/** A typed code without blanks, dashes and case; i and l are read as 1, o as 0. */
export const typedCode = (text: string): string =>
  text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[\s\p{Pd}]/gu, '')
    .replace(/[il]/g, '1')
    .replaceAll('o', '0');
