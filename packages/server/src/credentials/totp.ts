// Time-based one-time passwords (TOTP, RFC 6238): the codes of an authenticator app, and the secret that it is given.

import { randomBytes } from 'node:crypto';
import { Secret, TOTP } from 'otpauth';
import type { MasterKey } from '../keys/master-key.ts';

// Every authenticator app knows these; many ignore what the URI says of them.
const parameters = { algorithm: 'SHA1', digits: 6, period: 30 };

/** TOTP secrets as the database has them: encrypted under the master key, each for one user alone. */
export interface TotpSecrets {
  seal(secret: Buffer, user_id: string): string;
  /** Throws where the text was sealed for another user or under another key. */
  open(sealed: string, user_id: string): Buffer;
}

export const createTotpSecrets = (master: MasterKey): TotpSecrets => ({
  seal: (secret, user_id) => master.seal(secret, `totp/${user_id}`),
  open: (sealed, user_id) => master.open(sealed, `totp/${user_id}`),
});

/** RFC 4226 §4, R6: "We RECOMMEND a shared secret length of 160 bits." */
export const generateTotpSecret = (): Buffer => randomBytes(20);

/**
 * The time step of a code, one step late or early at most; undefined where the code is wrong. The caller marks the step
 * as used (store/tables/totp.ts): RFC 6238 §5.2 accepts a code once.
 */
export function verifyTotp(secret: Buffer, code: string, now: number): number | undefined {
  const token = code.normalize('NFKC').replace(/\s/g, '');
  if (!/^\d{6}$/.test(token)) return undefined;
  // RFC 6238 §5.2: "We RECOMMEND that at most one time step is allowed as the network delay."
  const key = sharedSecret(secret);
  const delta = TOTP.validate({ ...parameters, token, secret: key, timestamp: now, window: 1 });
  return delta === null ? undefined : Math.floor(now / 1000 / parameters.period) + delta;
}

/** In base32, as people type it where they cannot scan. */
export const totpSecretText = (secret: Buffer): string => sharedSecret(secret).base32;

/** The otpauth: URI of the QR code; `issuer` names the service, `label` the account. */
export function totpUri(secret: Buffer, issuer: string, label: string): string {
  // Key Uri Format: "Neither issuer nor account name may themselves contain a colon."
  const [named, account] = [issuer, label].map((text) => text.replaceAll(':', ' '));
  const key = sharedSecret(secret);
  return new TOTP({ ...parameters, secret: key, issuer: named, label: account }).toString();
}

const sharedSecret = (secret: Buffer): Secret => new Secret({ buffer: new Uint8Array(secret).buffer });
