// How often one may be wrong (NIST SP 800-63B-4 §3.2.2, docs/decisions/0021): each rule is a bucket that failures fill, and
// that empties by one failure at a time.

import type { AttemptCount } from '../model.ts';
import type { NetworkSize } from './network.ts';

export interface AttemptRule {
  /** So many failures at once. */
  readonly burst: number;
  /** Milliseconds after which there is room for one more. */
  readonly every: number;
  /** So many in a row, however slowly they come. */
  readonly most: number;
}

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
export const day = 24 * hour;
const unbounded = Number.POSITIVE_INFINITY;

export const attemptRules = {
  /** An account where it is known: from one browser, or one network, in which it has signed in before. */
  known: { burst: 10, every: hour, most: 100 },
  /** An account where it is not known: from everywhere together, */
  account: { burst: 20, every: hour, most: 100 },
  /** and from one network. */
  pair: { burst: 10, every: hour, most: unbounded },
} as const satisfies Record<string, AttemptRule>;

/** One network, for all accounts that are not known there. */
export const networkRules: Readonly<Record<NetworkSize, AttemptRule>> = {
  '4/32': { burst: 50, every: 2 * minute, most: unbounded },
  '4/24': { burst: 100, every: minute, most: unbounded },
  '6/64': { burst: 50, every: 2 * minute, most: unbounded },
  '6/56': { burst: 100, every: minute, most: unbounded },
  '6/48': { burst: 200, every: 30 * second, most: unbounded },
  '6/32': { burst: 1000, every: 10 * second, most: unbounded },
};

/** A count and the rule that it follows. */
export interface Counted {
  readonly key: string;
  readonly rule: AttemptRule;
  /** Milliseconds for which failures in a row are remembered; 0: only as long as they fill the bucket. */
  readonly remembered: number;
}

/** As long as this in place of for ever: a success may end it earlier, or the failures elsewhere expire. */
const closedFor = day;

/** Milliseconds until there is room for a failure; 0 where there is now. */
export function waitFor({ rule }: Counted, count: AttemptCount | undefined, now: number): number {
  if (count === undefined) return 0;
  if (count.failures >= rule.most) return closedFor;
  return Math.max(0, count.busy_until - now - (rule.burst - 1) * rule.every);
}

export function withFailure(
  { key, rule, remembered }: Counted,
  count: AttemptCount | undefined,
  now: number,
): AttemptCount {
  const busy_until = Math.max(count?.busy_until ?? 0, now) + rule.every;
  return {
    key,
    failures: (count?.failures ?? 0) + 1,
    busy_until,
    expires_at: Math.max(count?.expires_at ?? 0, busy_until, now + remembered),
  };
}

/** Takes back what `withFailure` added. */
export const withoutFailure = (
  { rule }: Counted,
  { key, failures, busy_until, expires_at }: AttemptCount,
): AttemptCount => ({
  key,
  failures: Math.max(0, failures - 1),
  busy_until: busy_until - rule.every,
  expires_at,
});
