// Recovery codes: they sign a user in without the authenticator app, each of them once (NIST SP 800-63B §3.1.2).

import { createHmac } from 'node:crypto';
import type { MasterKey } from '../keys/master-key.ts';
import { readableCode, typedCode } from './readable-code.ts';

const count = 10;

export interface RecoveryCodes {
  /** Codes to be shown once, and their hashes for the database. */
  generate(): { readonly codes: readonly string[]; readonly hashes: readonly string[] };
  /** The hash of a code as a person typed it. */
  hash(typed: string): string;
}

export function createRecoveryCodes(master: MasterKey): RecoveryCodes {
  const key = master.hmacKey('recovery code');
  const hash = (typed: string) => createHmac('sha256', key).update(typedCode(typed)).digest('base64url');
  return {
    generate() {
      const codes = Array.from({ length: count }, readableCode);
      return { codes, hashes: codes.map(hash) };
    },
    hash,
  };
}
