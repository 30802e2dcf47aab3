// The state of a signing key: published → active → retiring → retired. It follows from the key's times and the clock, so
// no process has to change it (docs/decisions/0003).

import type { StoredKey } from '../model.ts';

export type KeyState = 'published' | 'active' | 'retiring' | 'retired';

type KeyTimes = Pick<StoredKey, 'activates_at' | 'retires_at' | 'expires_at'>;

export function keyState(key: KeyTimes, now: number): KeyState {
  if (key.expires_at !== null && key.expires_at <= now) return 'retired';
  if (key.retires_at !== null && key.retires_at <= now) return 'retiring';
  return key.activates_at <= now ? 'active' : 'published';
}

/**
 * Milliseconds that a key is published before it signs. A key set may be cached for five minutes (its Cache-Control), so
 * every verifier has fetched the key before it sees a token with its kid.
 */
export const publicationLead = 10 * 60_000;

/** Milliseconds that a key stays published after the last token it signed has expired: verifiers' clocks differ. */
export const clockLeeway = 5 * 60_000;
