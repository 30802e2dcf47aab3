// Limits failed authentications (RFC 6749 §2.3.1): for a client, for an address, and for the two together. Successes are
// not limited, and a client stays reachable from an address where it has succeeded, whatever others do.

import type { AttemptLimiter } from '@tessera-oauth/core';
import { LRUCache } from 'lru-cache';
import type { Peers } from '../model.ts';
import { networkOf } from './network.ts';

export interface AttemptLimits {
  /** Failures of one client from one address, in a window of a minute. */
  readonly pair: number;
  /** Failures from one address, of all clients together. */
  readonly address: number;
  /** Failures of one client, from all addresses where it has not succeeded before. */
  readonly client: number;
  /** Failures of one client from one such address, once the limit `client` is reached. */
  readonly newAddress: number;
}

export const defaultAttemptLimits: AttemptLimits = { pair: 10, address: 50, client: 100, newAddress: 2 };
const windowMs = 60_000;
const longestClientId = 200;
const knownGoodMs = 24 * 3_600_000;

interface Count {
  failures: number;
  /** When the window ends, in epoch milliseconds. */
  readonly until: number;
}

/** An attempt, as the workers of a machine tell each other. */
export type Attempt = readonly [
  outcome: 'failed' | 'succeeded',
  issuer: string,
  client_id: string,
  address: string,
];

/** By `max` the cache would reserve all places at once: 5 MB, and 20 ms of each start. */
const bounded = { maxSize: 100_000, sizeCalculation: () => 1 } as const;

/** Counts the attempts of this process and its peers. Counts are bounded in number: the least recently used is dropped. */
export function createAttemptLimiter(
  now: () => number,
  limits: AttemptLimits = defaultAttemptLimits,
  peers?: Peers<Attempt>,
): AttemptLimiter {
  const counts = new LRUCache<string, Count>({ ...bounded, ttl: windowMs });
  const knownGood = new LRUCache<string, number>(bounded);

  /** Milliseconds until an attempt is admitted again; 0 where it is admitted now. */
  const waitFor = (key: string, limit: number): number => {
    const count = counts.get(key);
    return count !== undefined && count.failures >= limit ? Math.max(0, count.until - now()) : 0;
  };
  const countFailure = (key: string) => {
    const count = counts.get(key);
    if (count !== undefined && count.until > now()) count.failures += 1;
    else counts.set(key, { failures: 1, until: now() + windowMs });
  };
  const keysOf = (issuer: string, client_id: string, address: string) => {
    const network = networkOf(address);
    // No client has such a long id. Left out, a flood of long ones takes no memory.
    const client = `${issuer} ${client_id.length > longestClientId ? '' : client_id}`;
    return { pair: `pair ${network} ${client}`, address: `address ${network}`, client: `client ${client}` };
  };
  const isKnownGood = (pair: string) => (knownGood.get(pair) ?? 0) > now();

  const noteFailure = (issuer: string, client_id: string, address: string) => {
    const keys = keysOf(issuer, client_id, address);
    countFailure(keys.pair);
    countFailure(keys.address);
    if (!isKnownGood(keys.pair)) countFailure(keys.client);
  };
  /** True where peers should hear of it. Every token comes through here, so it is renewed only once an hour. */
  const noteSuccess = (issuer: string, client_id: string, address: string): boolean => {
    const { pair } = keysOf(issuer, client_id, address);
    if ((knownGood.get(pair) ?? 0) >= now() + knownGoodMs - 3_600_000) return false;
    knownGood.set(pair, now() + knownGoodMs);
    return true;
  };
  peers?.hear(([outcome, ...attempt]) => {
    if (outcome === 'failed') noteFailure(...attempt);
    else noteSuccess(...attempt);
  });

  return {
    retryAfter(issuer, client_id, address) {
      if (counts.size === 0) return 0;
      const keys = keysOf(issuer, client_id, address);
      let wait = waitFor(keys.pair, limits.pair);
      if (!isKnownGood(keys.pair)) {
        wait = Math.max(wait, waitFor(keys.address, limits.address));
        // Two attempts are always left: otherwise others could lock the client out of every new address.
        if (waitFor(keys.client, limits.client) > 0)
          wait = Math.max(wait, waitFor(keys.pair, limits.newAddress));
      }
      return Math.ceil(wait / 1000);
    },
    failed(...attempt) {
      noteFailure(...attempt);
      peers?.tell(['failed', ...attempt]);
    },
    succeeded(...attempt) {
      if (noteSuccess(...attempt)) peers?.tell(['succeeded', ...attempt]);
    },
  };
}
