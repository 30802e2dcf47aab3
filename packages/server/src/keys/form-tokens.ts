// What pages hand to a browser and take back: the hash of its session's cookie, tokens against forged requests
// (RFC 6749 §10.12), and sealed state.

import { createHmac, timingSafeEqual } from 'node:crypto';
import type { MasterKey } from './master-key.ts';

export interface FormTokens {
  /** What the database knows a session's cookie by. */
  sessionHash(token: string): string;
  /** Proves that a form was made here, for exactly these parts: such as the session and what is decided. */
  csrf(parts: readonly string[]): string;
  csrfMatches(token: string | undefined, parts: readonly string[]): boolean;
  /** Seals a JSON value so that nobody reads or changes it on its way; `expires_at` in epoch milliseconds. */
  sealState(value: object, purpose: string, expires_at: number): string;
  /** What was sealed for that purpose; undefined where it is forged, expired or malformed. */
  openState<T extends object>(text: string | undefined, purpose: string, now: number): T | undefined;
}

export function createFormTokens(master: MasterKey): FormTokens {
  const sessions = master.hmacKey('session');
  const forms = master.hmacKey('form');
  // JSON, so that no two lists of parts are the same text.
  const tag = (parts: readonly string[]) =>
    createHmac('sha256', forms).update(JSON.stringify(parts)).digest();
  const context = (purpose: string) => `form state/${purpose}`;
  return {
    sessionHash: (token) => createHmac('sha256', sessions).update(token).digest('base64url'),
    csrf: (parts) => tag(parts).toString('base64url'),
    csrfMatches(token = '', parts) {
      const presented = Buffer.from(token, 'base64url');
      const wanted = tag(parts);
      return presented.length === wanted.length && timingSafeEqual(presented, wanted);
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
      // What opens was sealed here, and has the shape that it was given.
      const { value, expires_at } = JSON.parse(plain.toString()) as { value: T; expires_at: number };
      return expires_at > now ? value : undefined;
    },
  };
}
