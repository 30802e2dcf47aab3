// The one queue of this process that every slow hash goes through (argon2id.ts), so that guesses can fill neither its
// memory nor its threads.

import { setImmediate } from 'node:timers/promises';
import { OAuthError } from '@tessera-oauth/core';

/** How many slow hashes of one kind may wait. They run one at a time, so that signatures keep their threads. */
const maxWaiting = 50;

/** How many of those may come from one place. */
const maxWaitingFromOnePlace = 5;

// Each kind has its own room in the queue: guesses at client secrets make users wait, but get none of them refused.
let queue: Promise<unknown> = Promise.resolve();
const waiting = { client: 0, user: 0 };
const waitingFrom = new Map<string, number>();

/** How many slow hashes are waiting, the one that runs included, by kind. */
export const slowHashesWaiting = (): Readonly<typeof waiting> => waiting;

/**
 * Runs `work` when its turn has come. Throws an OAuthError with status 503 where too many of its kind, or from the same
 * `place` (a network, see network.ts), are waiting.
 */
export async function inTurn<T>(
  kind: keyof typeof waiting,
  work: () => Promise<T>,
  place?: string,
): Promise<T> {
  const fromPlace = place === undefined ? 0 : (waitingFrom.get(place) ?? 0);
  if (waiting[kind] >= maxWaiting || fromPlace >= maxWaitingFromOnePlace) {
    throw new OAuthError('temporarily_unavailable', 'slow_hash_queue_full', 'Too busy. Try again shortly.', {
      status: 503,
      retry_after: 1,
    });
  }
  waiting[kind] += 1;
  if (place !== undefined) waitingFrom.set(place, fromPlace + 1);
  const turn = queue.then(work).finally(() => {
    waiting[kind] -= 1;
    if (place !== undefined) leave(place);
  });
  // The next one starts only after the caller has counted the outcome of this one as a failed attempt.
  queue = turn.catch(() => undefined).then(() => setImmediate());
  return turn;
}

function leave(place: string): void {
  const remaining = (waitingFrom.get(place) ?? 1) - 1;
  if (remaining === 0) waitingFrom.delete(place);
  else waitingFrom.set(place, remaining);
}
