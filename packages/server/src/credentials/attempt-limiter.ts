// How often one may fail to authenticate: counted for a client, for an address, and for the two together.
// Successes cost nothing, and an address from which a client has succeeded is not held to what others do.

import type { AttemptLimiter } from '@tessera-oauth/core';
import { LRUCache } from 'lru-cache';
import type { Peers } from '../model.ts';
import { networkOf } from './network.ts';

export interface AttemptLimits {
  /** Failures a window, of one client from one address. */
  readonly pair: number;
  /** Of one address, over all clients. */
  readonly address: number;
  /** Of one client, over all addresses from which it has not succeeded. */
  readonly client: number;
  /** Of one client from one such address, once the budget over all of them is spent. */
  readonly stranger: number;
}

export const defaultAttemptLimits: AttemptLimits = { pair: 10, address: 50, client: 100, stranger: 2 };
const windowMs = 60_000;
const longestClientId = 200;
const knownGoodMs = 24 * 3_600_000;

interface Count {
  failures: number;
  readonly until: number;
}

/** What is told to other processes: an attempt, with its issuer, client and address. */
export type Attempt = readonly [
  outcome: 'failed' | 'succeeded',
  issuer: string,
  client_id: string,
  address: string,
];

/** Counts are those of this process and its peers, and bounded in number: the oldest give way. */
export function createAttemptLimiter(
  now: () => number,
  budgets: AttemptLimits = defaultAttemptLimits,
  peers?: Peers<Attempt>,
): AttemptLimiter {
  const counts = new LRUCache<string, Count>({ max: 100_000, ttl: windowMs });
  const knownGood = new LRUCache<string, number>({ max: 100_000 });

  const spent = (key: string, budget: number): number => {
    const count = counts.get(key);
    return count !== undefined && count.failures >= budget ? Math.max(0, count.until - now()) : 0;
  };
  const spend = (key: string) => {
    const count = counts.get(key);
    if (count !== undefined && count.until > now()) count.failures += 1;
    else counts.set(key, { failures: 1, until: now() + windowMs });
  };
  const keysOf = (issuer: string, client_id: string, address: string) => {
    const network = networkOf(address);
    // No client has so long an id: what is sent for one need not be remembered.
    const client = `${issuer} ${client_id.length > longestClientId ? '' : client_id}`;
    return { pair: `pair ${network} ${client}`, address: `address ${network}`, client: `client ${client}` };
  };
  const isKnownGood = (pair: string) => (knownGood.get(pair) ?? 0) > now();

  const noteFailure = (issuer: string, client_id: string, address: string) => {
    const keys = keysOf(issuer, client_id, address);
    spend(keys.pair);
    spend(keys.address);
    if (!isKnownGood(keys.pair)) spend(keys.client);
  };
  /** True where it says something new. Renewed once an hour: this is the path of every token. */
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
      let wait = spent(keys.pair, budgets.pair);
      if (!isKnownGood(keys.pair)) {
        wait = Math.max(wait, spent(keys.address, budgets.address));
        // Nobody can spend the client's own first attempts for it: it would be locked out of a new address.
        if (spent(keys.client, budgets.client) > 0) wait = Math.max(wait, spent(keys.pair, budgets.stranger));
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
