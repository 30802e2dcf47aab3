// Second factors: time-based codes (RFC 6238) and recovery codes.

import { createHmac, randomBytes } from 'node:crypto';
import { Secret, TOTP } from 'otpauth';
import type { MasterKey } from '../keys/master-key.ts';
import { readableCode, typedCode } from './readable-code.ts';

// What every authenticator app understands; many pass over what the URI says.
const form = { algorithm: 'SHA1', digits: 6, period: 30 };
const recoveryCodeCount = 10;

export interface SecondFactor {
  /** For the column of the user, and no other. */
  sealTotpSecret(secret: Buffer, user_id: string): string;
  openTotpSecret(sealed: string, user_id: string): Buffer;
  /** Codes to be shown once, and their hashes to be kept. */
  generateRecoveryCodes(): { readonly codes: readonly string[]; readonly hashes: readonly string[] };
  /** Of a code as it was typed. */
  recoveryHash(code: string): string;
}

export function createSecondFactor(master: MasterKey): SecondFactor {
  const key = master.hmacKey('recovery code');
  const recoveryHash = (code: string) =>
    createHmac('sha256', key).update(typedCode(code)).digest('base64url');
  return {
    sealTotpSecret: (secret, user_id) => master.seal(secret, `totp/${user_id}`),
    openTotpSecret: (sealed, user_id) => master.open(sealed, `totp/${user_id}`),
    generateRecoveryCodes() {
      const codes = Array.from({ length: recoveryCodeCount }, readableCode);
      return { codes, hashes: codes.map(recoveryHash) };
    },
    recoveryHash,
  };
}

/** RFC 4226 §4, R6: "We RECOMMEND a shared secret length of 160 bits." */
export const generateTotpSecret = (): Buffer => randomBytes(20);

/**
 * The time step of a code, one step late or early at most; undefined where it is wrong. Whoever asks marks the step as
 * used, in the statement that decides (store/second-factors.ts).
 */
export function verifyTotp(secret: Buffer, code: string, now: number): number | undefined {
  const token = code.normalize('NFKC').replace(/\s/g, '');
  if (!/^\d{6}$/.test(token)) return undefined;
  // RFC 6238 §5.2: "We RECOMMEND that at most one time step is allowed as the network delay."
  const delta = TOTP.validate({ ...form, token, secret: sharedSecret(secret), timestamp: now, window: 1 });
  return delta === null ? undefined : Math.floor(now / 1000 / form.period) + delta;
}

/** In base32, as people type it where they cannot scan. */
export const totpSecretText = (secret: Buffer): string => sharedSecret(secret).base32;

/** The otpauth: URI of the QR code; `issuer` names the service, `label` the account. */
export function totpUri(secret: Buffer, issuer: string, label: string): string {
  // Key Uri Format: "Neither issuer nor account name may themselves contain a colon."
  const [named, account] = [issuer, label].map((text) => text.replaceAll(':', ' '));
  return new TOTP({ ...form, secret: sharedSecret(secret), issuer: named, label: account }).toString();
}

const sharedSecret = (secret: Buffer): Secret => new Secret({ buffer: new Uint8Array(secret).buffer });
