// Limits guesses at what people choose and what is short: passwords, imported client secrets, codes of a second factor
// (NIST SP 800-63B-4 §3.2.2). What nobody can guess is not counted. The rules are in attempt-rules.ts.

import type { MasterKey } from '../keys/master-key.ts';
import type { AttemptCount, AttemptStore } from '../model.ts';
import {
  type Claim,
  type ClaimCounts,
  type Counts,
  claimCounts,
  isKnown,
  type Judged,
  judgedBy,
  keysOf,
} from './attempt-counts.ts';
import { type Counted, day, waitFor, withFailure, withoutFailure } from './attempt-rules.ts';

export type { Claim } from './attempt-counts.ts';

interface Admission {
  /** 0: go on. */
  readonly wait_seconds: number;
  /** Whether the account has signed in from this browser or network before. */
  readonly known: boolean;
}

/** An attempt that was counted as a failure before it is judged: of many at the same time, none is free. */
type TakenAttempt =
  | { readonly wait_seconds: number }
  /** Takes the failure back, and all others that were in a row with it. */
  | { readonly wait_seconds: 0; succeeded(): Promise<void> };

export interface AttemptLimiter {
  /** Whether an attempt would be admitted; counts nothing. */
  check(claim: Claim): Promise<Admission>;
  take(claim: Claim): Promise<TakenAttempt>;
}

/** How long a network is known after a success there. */
const knownFor = 90 * day;

/** Counts the attempts of all processes on one database. */
export function createAttemptLimiter(
  store: AttemptStore,
  master: MasterKey,
  now: () => number,
): AttemptLimiter {
  const countsOf = claimCounts(master);
  const read = (claimed: ClaimCounts) => store.readAttempts(keysOf(claimed), now());
  return {
    async check(claim) {
      const claimed = countsOf(claim);
      const counts = await read(claimed);
      const judged = judgedBy(claimed, counts);
      return { wait_seconds: longestWait(judged, counts, now()), known: isKnown(judged) };
    },
    async take(claim) {
      const claimed = countsOf(claim);
      const judged = judgedBy(claimed, await read(claimed));
      let wait_seconds = 0;
      await store.changeAttempts(
        judged.map(({ key }) => key),
        now(),
        (counts) => {
          // A network that is known no longer, since a moment ago, must not be made known by a failure.
          const expired = judged[0].key === claimed.network.key && !counts.has(judged[0].key);
          wait_seconds = expired ? 1 : longestWait(judged, counts, now());
          if (wait_seconds > 0) return [];
          return judged.map((each) => withFailure(each, counts.get(each.key), now()));
        },
      );
      if (wait_seconds > 0) return { wait_seconds };
      return { wait_seconds: 0, succeeded: () => succeed(store, claimed, judged, now) };
    },
  };
}

const longestWait = (judged: Judged, counts: Counts, now: number): number =>
  Math.ceil(Math.max(...judged.map((each) => waitFor(each, counts.get(each.key), now))) / 1000);

async function succeed(
  store: AttemptStore,
  { network, account }: ClaimCounts,
  judged: Judged,
  now: () => number,
): Promise<void> {
  const keys = new Set([...judged, network, account].map(({ key }) => key));
  await store.changeAttempts([...keys], now(), (counts) => {
    const changed = new Map<string, AttemptCount>();
    for (const each of judged) {
      const count = counts.get(each.key);
      if (count !== undefined) changed.set(each.key, withoutFailure(each, count));
    }
    // What strangers owe stays: otherwise each success of the user would be a new chance for others.
    const strangers = changed.get(account.key) ?? counts.get(account.key);
    if (strangers !== undefined) changed.set(account.key, { ...strangers, failures: 0 });
    const [own] = judged;
    if (isKnown(judged)) changed.set(own.key, forgiven(own, now()));
    changed.set(network.key, forgiven(network, now() + knownFor));
    return [...changed.values()];
  });
}

const forgiven = ({ key }: Counted, expires_at: number): AttemptCount => ({
  key,
  failures: 0,
  busy_until: 0,
  expires_at,
});
