// The life of a signing key: published → active → retiring → retired. A function of its times and the clock.

import type { StoredKey } from '../model.ts';

export type KeyState = 'published' | 'active' | 'retiring' | 'retired';

type KeyTimes = Pick<StoredKey, 'activates_at' | 'retires_at' | 'expires_at'>;

export function keyState(key: KeyTimes, now: number): KeyState {
  if (key.expires_at !== null && key.expires_at <= now) return 'retired';
  if (key.retires_at !== null && key.retires_at <= now) return 'retiring';
  return key.activates_at <= now ? 'active' : 'published';
}

/**
 * How long a key is published before it signs: longer than anybody may keep the key set (five minutes, by its
 * Cache-Control), so that no verifier meets a kid it has not had the time to learn.
 */
export const publicationLead = 10 * 60_000;

/** How long a retired key's tokens may still be met after they expire: verifiers' clocks differ. */
export const clockLeeway = 5 * 60_000;
