// What pages give to a browser and get back from it: session cookies, tokens against forged requests (RFC 6749 §10.12),
// and sealed state.

import { createHmac, type KeyObject, timingSafeEqual } from 'node:crypto';
import { type MasterKey, makingKey } from './master-key.ts';
import { keyedHash, storedText, storedTexts } from './stored-hash.ts';

export interface FormTokens {
  /** The hash that a session is stored under in the database, made from the token in its cookie. */
  sessionHash(token: string): string;
  /** The hashes that it may be stored under: with each master key that there was. */
  sessionHashes(token: string): readonly string[];
  /** A token for a form, bound to exactly these parts, such as the session and the decision. */
  csrf(parts: readonly string[]): string;
  /** Whether the token was made by `csrf` for the same parts, compared in constant time. */
  csrfMatches(token: string | undefined, parts: readonly string[]): boolean;
  /** Encrypts and authenticates a JSON value that a browser carries; `expires_at` in epoch milliseconds. */
  sealState(value: object, purpose: string, expires_at: number): string;
  /** The value that was sealed for `purpose`; undefined where the text is forged, expired or malformed. */
  openState<T extends object>(text: string | undefined, purpose: string, now: number): T | undefined;
}

export function createFormTokens(master: MasterKey): FormTokens {
  const sessionKeys = () => master.hashKeys('session');
  // JSON, so that no two lists of parts are the same text.
  const tag = (key: KeyObject, parts: readonly string[]) =>
    createHmac('sha256', key).update(JSON.stringify(parts)).digest();
  const context = (purpose: string) => `form state/${purpose}`;
  return {
    sessionHash: (token) => storedText(sessionKeys(), keyedHash(sessionKeys(), token)),
    sessionHashes: (token) => storedTexts(sessionKeys(), keyedHash(sessionKeys(), token)),
    csrf: (parts) => tag(makingKey(master, 'form'), parts).toString('base64url'),
    csrfMatches(token = '', parts) {
      const presented = Buffer.from(token, 'base64url');
      return master.macKeys('form').some((key) => {
        const expected = tag(key, parts);
        return presented.length === expected.length && timingSafeEqual(presented, expected);
      });
    },
    sealState: (value, purpose, expires_at) =>
      master.seal(Buffer.from(JSON.stringify({ value, expires_at })), context(purpose)),
    openState<T extends object>(text: string | undefined, purpose: string, now: number) {
      if (text === undefined) return undefined;
      let plain: Buffer;
      try {
        plain = master.open(text, context(purpose));
      } catch {
        return undefined;
      }
      // It was sealed by this server for this purpose, so it has the shape that the purpose has.
      const { value, expires_at } = JSON.parse(plain.toString()) as { value: T; expires_at: number };
      return expires_at > now ? value : undefined;
    },
  };
}
