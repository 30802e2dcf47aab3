// How often one may fail to authenticate: counted for a client, for an address, and for the two together.
// Successes cost nothing, and an address from which a client has succeeded is not held to what others do.

import type { FailureBudget } from '@tessera/core';
import { LRUCache } from 'lru-cache';

export interface Budgets {
  /** Failures a window, of one client from one address. */
  readonly pair: number;
  /** Of one address, over all clients. */
  readonly address: number;
  /** Of one client, over all addresses from which it has not succeeded. */
  readonly client: number;
  /** Of one client from one such address, once the budget over all of them is spent. */
  readonly stranger: number;
  /** Milliseconds; without it a minute. */
  readonly window?: number;
}

const defaults: Budgets = { pair: 10, address: 50, client: 100, stranger: 2 };
const minute = 60_000;
const longestClientId = 200;
const knownGoodMs = 24 * 3_600_000;

interface Count {
  failures: number;
  readonly until: number;
}

/** Counts are this process's own, and bounded in number: the oldest give way. */
export function createFailureBudget(now: () => number, budgets: Budgets = defaults): FailureBudget {
  const window = budgets.window ?? minute;
  const counts = new LRUCache<string, Count>({ max: 100_000, ttl: window });
  const knownGood = new LRUCache<string, number>({ max: 100_000 });

  const spent = (key: string, budget: number): number => {
    const count = counts.get(key);
    return count !== undefined && count.failures >= budget ? Math.max(0, count.until - now()) : 0;
  };
  const spend = (key: string) => {
    const count = counts.get(key);
    if (count !== undefined && count.until > now()) count.failures += 1;
    else counts.set(key, { failures: 1, until: now() + window });
  };
  const keysOf = (issuer: string, client_id: string, address: string) => {
    const network = networkOf(address);
    // No client has so long an id: what is sent for one need not be remembered.
    const client = `${issuer} ${client_id.length > longestClientId ? '' : client_id}`;
    return { pair: `pair ${network} ${client}`, address: `address ${network}`, client: `client ${client}` };
  };
  const isKnownGood = (pair: string) => (knownGood.get(pair) ?? 0) > now();

  return {
    mustWait(issuer, client_id, address) {
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
    failed(issuer, client_id, address) {
      const keys = keysOf(issuer, client_id, address);
      spend(keys.pair);
      spend(keys.address);
      if (!isKnownGood(keys.pair)) spend(keys.client);
    },
    succeeded(issuer, client_id, address) {
      const { pair } = keysOf(issuer, client_id, address);
      const until = knownGood.get(pair) ?? 0;
      // Renewed once an hour: this is the path of every token.
      if (until < now() + knownGoodMs - 3_600_000) knownGood.set(pair, now() + knownGoodMs);
    },
  };
}

// RFC 4291 §2.5.5.2, as Node.js writes them.
const mappedIPv4 = /^::ffff:\d+\.\d+\.\d+\.\d+$/;
// RFC 7239 §6: a proxy may name the port too; whoever chooses it is no other for that.
const withPort = /^(?:(\d+\.\d+\.\d+\.\d+):\d+|\[([^\]]*)\](?::\d+)?)$/;

/** Who holds one IPv6 address holds its /64. */
function networkOf(sent: string): string {
  if (!sent.includes(':')) return sent;
  const [, ipv4, ipv6] = withPort.exec(sent) ?? [];
  const address = ipv4 ?? ipv6 ?? sent;
  if (!address.includes(':') || mappedIPv4.test(address)) return address;
  const [head = '', tail] = address.split('::');
  const groups = head === '' ? [] : head.split(':');
  const missing =
    tail === undefined ? 0 : 8 - groups.length - tail.split(':').filter((group) => group !== '').length;
  const full = [...groups, ...Array<string>(Math.max(0, missing)).fill('0'), ...(tail?.split(':') ?? [])];
  return full.slice(0, 4).join(':');
}
