// Passwords of users (NIST SP 800-63B §5.1.1): checked for length and against a list of common ones, stored as
// argon2id hashes with a pepper (RFC 9106).

import { randomBytes } from 'node:crypto';
import type { MasterKey } from '../keys/master-key.ts';
import { argon2Cost, argon2id, formatPhc, parsePhc, verifyArgon2id } from './argon2id.ts';
import { commonPasswords } from './common-passwords.ts';
import { readableCode } from './readable-code.ts';
import { inTurn } from './slow-hash.ts';

type PasswordObjection = 'too_short' | 'too_long' | 'control_character' | 'is_login' | 'too_common';

export interface Passwords {
  /** A new password of 80 random bits, short enough to be read aloud or typed once. */
  generate(): string;
  /** Why `password` is not accepted as a new one; undefined where it is. */
  objection(password: string, login: string): PasswordObjection | undefined;
  /** The PHC string to be stored. Throws 503 where too many slow hashes are waiting. */
  hash(password: string): Promise<string>;
  /**
   * Whether `password` matches the user's stored hash. Where there is no user or no password (undefined or null) the
   * answer is false and takes as long. `admit` is called when the turn has come, and may throw to refuse. `place` is
   * the network that the attempt comes from. Throws 503 where too many slow hashes are waiting.
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
  const pepper = master.hmacKey('password').export();
  // Compared with where there is no hash: of the same cost as a real one, so that it takes as long.
  const decoy = { ...argon2Cost, salt: randomBytes(16), tag: randomBytes(32) };
  return {
    generate: readableCode,
    objection,
    hash: (password) =>
      inTurn('user', async () => {
        const salt = randomBytes(16);
        const tag = await argon2id(normalized(password), salt, pepper);
        return formatPhc({ ...argon2Cost, salt, tag });
      }),
    verify: (stored, password, admit = () => {}, place = undefined) =>
      inTurn(
        'user',
        async () => {
          // While this attempt waited, others may have failed too often.
          admit();
          const hash = typeof stored === 'string' ? parsePhc(stored) : decoy;
          if (hash === undefined) throw new Error('the stored hash of a password is malformed');
          return (await verifyArgon2id(hash, normalized(password), pepper)) && hash !== decoy;
        },
        place,
      ),
  };
}

function objection(password: string, login: string): PasswordObjection | undefined {
  const characters = [...normalized(password)].length;
  if (characters < shortestPassword) return 'too_short';
  if (characters > longestPassword) return 'too_long';
  // A form cannot send it again.
  if (/\p{Cc}/u.test(password)) return 'control_character';
  const folded = (text: string) => normalized(text).trim().toLowerCase();
  if (folded(password) === folded(login)) return 'is_login';
  return commonPasswords.has(folded(password)) ? 'too_common' : undefined;
}
