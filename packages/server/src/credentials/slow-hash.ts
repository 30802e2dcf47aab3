// argon2id (RFC 9106) for what people choose, and the one queue of this process that all of it goes through.

import { setImmediate } from 'node:timers/promises';
import type { Algorithm } from '@node-rs/argon2';
import { OAuthError } from '@tessera-oauth/core';

/** RFC 9106 §4 leaves the choice; these are OWASP's: 19 MiB, two passes, one lane. */
export const argon2Parameters = {
  // Algorithm.Argon2id: an ambient const enum, whose members isolated modules cannot read.
  algorithm: 2 satisfies Algorithm.Argon2id as Algorithm,
  memoryCost: 19_456,
  timeCost: 2,
  parallelism: 1,
};

/** Slow hashes waiting for their turn; they run one at a time, so that signatures keep their threads. */
const longestQueue = 50;

// The threads are the process's, and so is the queue. Each kind has its own room in it: whoever guesses secrets of
// clients makes users wait, and turns none of them away.
let queue: Promise<unknown> = Promise.resolve();
const waiting = { client: 0, user: 0 };

/** How many are waiting, the one under way included, by their kind. */
export const slowHashesWaiting = (): Readonly<typeof waiting> => waiting;

/** Of those waiting, how many may come from one place. */
const longestFromOne = 5;
const from = new Map<string, number>();

/** Runs `work` when it is its turn; refuses where too many of its kind, or from the same place, are waiting. */
export async function inTurn<T>(
  kind: keyof typeof waiting,
  work: () => Promise<T>,
  place?: string,
): Promise<T> {
  const neighbours = place === undefined ? 0 : (from.get(place) ?? 0);
  if (waiting[kind] >= longestQueue || neighbours >= longestFromOne) {
    throw new OAuthError('temporarily_unavailable', 'slow_hash_queue_full', 'Too busy. Try again shortly.', {
      status: 503,
      retry_after: 1,
    });
  }
  waiting[kind] += 1;
  if (place !== undefined) from.set(place, neighbours + 1);
  const turn = queue.then(work).finally(() => {
    waiting[kind] -= 1;
    if (place !== undefined) leave(place);
  });
  // The next in line starts when the outcome of this one has been counted.
  queue = turn.catch(() => undefined).then(() => setImmediate());
  return turn;
}

function leave(place: string): void {
  const left = (from.get(place) ?? 1) - 1;
  if (left === 0) from.delete(place);
  else from.set(place, left);
}
