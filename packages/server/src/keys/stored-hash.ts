// Hashes that are stored, through changes of the master key (docs/decisions/0023): what one key has hashed, the next one
// hashes again, and nobody has to know the secret for that. The first one's are stored as they are, others with its id.

import { createHmac, timingSafeEqual } from 'node:crypto';
import type { HashKey } from './master-key.ts';

/** The hash of a secret that cannot be guessed, by the first key. */
export const keyedHash = ([first]: readonly HashKey[], secret: string): Buffer =>
  createHmac('sha256', required(first).key).update(secret).digest();

/** What is mixed into slow hashes: always of the first key, so that one computation fits whatever is stored. */
export const pepperOf = ([first]: readonly HashKey[]): Buffer => required(first).key.export();

/** What is stored of a hash under each key, the oldest first. */
export function storedTexts(keys: readonly HashKey[], hash: Buffer): readonly string[] {
  let current = hash;
  return keys.map(({ id, key }, index) => {
    if (index === 0) return current.toString('base64url');
    current = again(key, current);
    return `${id}.${current.toString('base64url')}`;
  });
}

/** What is to be stored of a hash now. */
export const storedText = (keys: readonly HashKey[], hash: Buffer): string =>
  required(storedTexts(keys, hash)[keys.findLastIndex(({ makes }) => makes)]);

/** Whether a stored text is of the hash that `texts` are made of, in constant time. */
export function isStored(stored: string, texts: readonly string[]): boolean {
  const bytes = Buffer.from(stored);
  return texts.some((text) => text.length === bytes.length && timingSafeEqual(Buffer.from(text), bytes));
}

/** What is stored, under the newest key. Throws where it was stored under a key that is not among these. */
export function renewed(keys: readonly HashKey[], stored: string): string {
  const [id, text] = stored.includes('.') ? stored.split('.', 2) : [keys[0]?.id, stored];
  const at = keys.findLastIndex((key) => key.id === id);
  if (at === -1) throw new Error('a stored hash is of a master key that is not known here');
  const newer = keys.slice(at + 1);
  if (newer.length === 0) return stored;
  let hash = Buffer.from(text ?? '', 'base64url');
  for (const { key } of newer) hash = again(key, hash);
  return `${required(newer.at(-1)).id}.${hash.toString('base64url')}`;
}

const again = (key: HashKey['key'], hash: Buffer) => createHmac('sha256', key).update(hash).digest();

function required<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('there is no key to hash with');
  return value;
}
