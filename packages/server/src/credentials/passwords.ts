// Passwords of users (NIST SP 800-63B-4 §3.1.1): checked for length and against a list of common ones, stored as
// argon2id hashes with a pepper (RFC 9106).

import { createHmac, randomBytes } from 'node:crypto';
import type { HashKey, MasterKey } from '../keys/master-key.ts';
import { isStored, pepperOf, renewed, storedText, storedTexts } from '../keys/stored-hash.ts';
import { type Argon2Hash, argon2Cost, argon2id, formatPhc, parsePhc } from './argon2id.ts';
import { isCommon, isVariationOf } from './common-passwords.ts';
import { readableCode } from './readable-code.ts';
import { inTurn } from './slow-hash.ts';

type PasswordObjection = 'too_short' | 'too_long' | 'control_character' | 'is_login' | 'too_common';

export interface Passwords {
  /** A new password of 80 random bits, short enough to be read aloud or typed once. */
  generate(): string;
  /** Why `password` is not accepted as a new one; undefined where it is. */
  objection(password: string, login: string): Promise<PasswordObjection | undefined>;
  /** The PHC string to be stored. Throws 503 where too many slow hashes are waiting. */
  hash(password: string): Promise<string>;
  /**
   * Whether `password` matches the user's stored hash; to be asked in its turn (guess.ts). Where there is no user or no
   * password (undefined or null) the answer is false and takes as long.
   */
  matches(stored: string | null | undefined, password: string): Promise<boolean>;
  /** What may be kept of the login of a user who is gone: its keyed hashes, that of the newest key first. */
  digestsOf(login: string): readonly string[];
}

/** Bytes. */
const tagLength = 32;
const shortestPassword = 8;
const longestPassword = 512;

// NIST SP 800-63B-4 §3.1.1.2: "the verifier SHOULD apply the Normalization Process for Stabilized Strings".
const normalized = (password: string): string => password.normalize('NFKC');

export function createPasswords(master: MasterKey): Passwords {
  const keys = () => master.hashKeys('password');
  // Compared with where there is no hash: of the same cost as a real one, so that it takes as long.
  const decoy = {
    hash: { ...argon2Cost, salt: randomBytes(16) },
    tag: randomBytes(tagLength).toString('base64url'),
    length: tagLength,
  };
  return {
    generate: readableCode,
    objection,
    hash: (password) =>
      inTurn({ kind: 'user', known: true }, async () => {
        const salt = randomBytes(16);
        const tag = await argon2id(normalized(password), salt, pepperOf(keys()));
        return withTag({ ...argon2Cost, salt }, storedText(keys(), tag));
      }),
    async matches(stored, password) {
      const { hash, tag, length } = typeof stored === 'string' ? parsed(stored) : decoy;
      const computed = await argon2id(normalized(password), hash.salt, pepperOf(keys()), hash, length);
      return isStored(tag, storedTexts(keys(), computed)) && tag !== decoy.tag;
    },
    digestsOf: (login) =>
      master
        .macKeys('login of a deleted user')
        .map((key) => createHmac('sha256', key).update(login).digest('base64url')),
  };
}

/** The PHC string of a hash, after the id of the key that it is stored under; of the first one it is the PHC string alone. */
function withTag(hash: Omit<Argon2Hash, 'tag'>, text: string): string {
  const at = text.indexOf('.') + 1;
  return text.slice(0, at) + formatPhc({ ...hash, tag: Buffer.from(text.slice(at), 'base64url') });
}

/**
 * The way back: the hash, its tag as stored-hash.ts has it, and how long that of argon2id itself is. Throws for any other
 * text.
 */
function parsed(stored: string) {
  const at = stored.indexOf('.') + 1;
  const hash = parsePhc(stored.slice(at));
  if (hash === undefined) throw new Error('the stored hash of a password is malformed');
  const tag = stored.slice(0, at) + hash.tag.toString('base64url');
  return { hash, tag, length: at === 0 ? hash.tag.length : tagLength };
}

/** What is stored of a password, under the newest key: nobody has to know the password for that. */
export function renewedPasswordHash(keys: readonly HashKey[], stored: string): string {
  const { hash, tag, length } = parsed(stored);
  // Another length could not be told from the new text. The old key's hash key stays, so it verifies as it is.
  if (length !== tagLength) return stored;
  return withTag(hash, renewed(keys, tag));
}

async function objection(password: string, login: string): Promise<PasswordObjection | undefined> {
  const characters = [...normalized(password)].length;
  if (characters < shortestPassword) return 'too_short';
  if (characters > longestPassword) return 'too_long';
  // A form cannot send it again.
  if (/\p{Cc}/u.test(password)) return 'control_character';
  if (isVariationOf(password, login)) return 'is_login';
  return (await isCommon(password)) ? 'too_common' : undefined;
}
