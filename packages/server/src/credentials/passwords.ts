// Passwords of users (NIST SP 800-63B §5.1.1): judged by length alone, stored under argon2id with a pepper (RFC 9106).

import { randomBytes } from 'node:crypto';
import type { MasterKey } from '../keys/master-key.ts';
import { commonPasswords } from './common-passwords.ts';
import { readableCode } from './readable-code.ts';
import { argon2Parameters, inTurn } from './slow-hash.ts';

type PasswordObjection = 'too_short' | 'too_long' | 'control_character' | 'is_login' | 'too_common';

export interface Passwords {
  /** 80 random bits, to be read aloud or typed once. */
  generate(): string;
  /** Why it cannot be a new password; undefined where it can. */
  objection(password: string, login: string): PasswordObjection | undefined;
  /** A PHC string. Throws 503 where too many slow hashes are waiting. */
  hash(password: string): Promise<string>;
  /**
   * `stored` is the user's; undefined or null, where there is no user or no password, costs the same and is false.
   * `admit` is asked when the turn has come, and may throw.
   */
  verify(
    stored: string | null | undefined,
    password: string,
    admit?: () => void,
    place?: string,
  ): Promise<boolean>;
}

const shortestPassword = 8;
const longestPassword = 512;

// NIST SP 800-63B §5.1.1.2: "the verifier SHOULD apply the Normalization Process for Stabilized Strings".
const normalized = (password: string): string => password.normalize('NFKC');

export function createPasswords(master: MasterKey): Passwords {
  const secret = master.hmacKey('password').export();
  // Of the same parameters as a real one: to compare with it takes as long.
  const nobodys = phc(randomBytes(16), randomBytes(32));
  return {
    generate: readableCode,
    objection,
    hash: (password) =>
      inTurn('user', async () => {
        const { hash } = await import('@node-rs/argon2');
        return hash(normalized(password), { ...argon2Parameters, secret });
      }),
    verify: (stored, password, admit = () => {}, place = undefined) =>
      inTurn(
        'user',
        async () => {
          // While this one waited its turn, others may have failed too often.
          admit();
          const { verify } = await import('@node-rs/argon2');
          const matches = await verify(stored ?? nobodys, normalized(password), { secret });
          return matches && typeof stored === 'string';
        },
        place,
      ),
  };
}

function objection(password: string, login: string): PasswordObjection | undefined {
  const characters = [...normalized(password)].length;
  if (characters < shortestPassword) return 'too_short';
  if (characters > longestPassword) return 'too_long';
  // No form could send it again.
  if (/\p{Cc}/u.test(password)) return 'control_character';
  const folded = (text: string) => normalized(text).trim().toLowerCase();
  if (folded(password) === folded(login)) return 'is_login';
  return commonPasswords.has(folded(password)) ? 'too_common' : undefined;
}

const phc = (salt: Buffer, digest: Buffer): string => {
  const { memoryCost, timeCost, parallelism } = argon2Parameters;
  const [saltText, digestText] = [salt, digest].map((bytes) => bytes.toString('base64').replaceAll('=', ''));
  return `$argon2id$v=19$m=${memoryCost},t=${timeCost},p=${parallelism}$${saltText}$${digestText}`;
};
