// Recovery codes: they sign a user in without the authenticator app, each of them once (NIST SP 800-63B §3.1.2).

import type { MasterKey } from '../keys/master-key.ts';
import { keyedHash, storedText, storedTexts } from '../keys/stored-hash.ts';
import { readableCode, typedCode } from './readable-code.ts';

const count = 10;

export interface RecoveryCodes {
  /** Codes to be shown once, and their hashes for the database. */
  generate(): { readonly codes: readonly string[]; readonly hashes: readonly string[] };
  /** The hashes that a code, as a person typed it, may be stored under: with each master key that there was. */
  hashesOf(typed: string): readonly string[];
}

export function createRecoveryCodes(master: MasterKey): RecoveryCodes {
  const keys = () => master.hashKeys('recovery code');
  const hash = (code: string) => keyedHash(keys(), typedCode(code));
  return {
    generate() {
      const codes = Array.from({ length: count }, readableCode);
      return { codes, hashes: codes.map((code) => storedText(keys(), hash(code))) };
    },
    hashesOf: (typed) => storedTexts(keys(), hash(typed)),
  };
}
