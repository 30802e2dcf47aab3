// Limits guesses at what people choose and what is short: passwords, imported client secrets, codes of a second factor
// (NIST SP 800-63B-4 §3.2.2). What nobody can guess is not counted. The rules are in attempt-rules.ts.

import type { MasterKey } from '../keys/master-key.ts';
import { keyedHash } from '../keys/stored-hash.ts';
import type { AttemptCount, AttemptStore } from '../model.ts';
import {
  attemptRules,
  type Counted,
  day,
  networkRules,
  waitFor,
  withFailure,
  withoutFailure,
} from './attempt-rules.ts';
import { networksOf } from './network.ts';

/** What is guessed at, and from where. */
export interface Claim {
  /** Names the account and what of it is guessed; another name where the password is another. */
  readonly account: string;
  /** Whether there is such an account. */
  readonly exists: boolean;
  readonly address: string;
  /** A browser that has proved that it was signed in to the account before. */
  readonly browser?: string | undefined;
}

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
/** How long failures in a row are remembered where there was none since. */
const rememberedFor = 400 * day;
/**
 * Strangers and invented names share 2^20 counts of each kind, so that whoever invents more takes no more memory. Which
 * share one is decided under the master key: nobody can choose with whom.
 */
const slotBits = 20;

type Counts = ReadonlyMap<string, AttemptCount>;

/** Counts the attempts of all processes on one database. */
export function createAttemptLimiter(
  store: AttemptStore,
  master: MasterKey,
  now: () => number,
): AttemptLimiter {
  // By the first master key for ever: a new one must not forget what was counted.
  const digest = (parts: readonly string[]) => keyedHash(master.hashKeys('attempt'), JSON.stringify(parts));
  const exactly = (kind: string, ...parts: string[]) =>
    `${kind}.${digest([kind, ...parts]).toString('base64url', 0, 16)}`;
  const slotOf = (kind: string, ...parts: string[]) =>
    `${kind}.${digest([kind, ...parts]).readUInt32BE() >>> (32 - slotBits)}`;

  function countsOf({ account, exists, address, browser }: Claim) {
    const networks = networksOf(address);
    const own = { rule: attemptRules.known, remembered: rememberedFor };
    return {
      browser: browser === undefined ? undefined : { key: exactly('browser', account, browser), ...own },
      // Remembered from its success on, and no longer for a failure.
      network: {
        key: exactly('known', account, networks[0].prefix),
        rule: attemptRules.known,
        remembered: 0,
      },
      account: {
        key: exists ? exactly('account', account) : slotOf('nobody', account),
        rule: attemptRules.account,
        remembered: exists ? rememberedFor : 0,
      },
      others: [
        { key: slotOf('pair', account, networks[0].prefix), rule: attemptRules.pair, remembered: 0 },
        ...networks.map(({ size, prefix }) => ({
          key: slotOf(size, prefix),
          rule: networkRules[size],
          remembered: 0,
        })),
      ],
    };
  }

  type ClaimCounts = ReturnType<typeof countsOf>;
  type Judged = readonly [Counted, ...Counted[]];

  const readAll = ({ browser, network, account, others }: ClaimCounts): Promise<Counts> => {
    const all = [...(browser === undefined ? [] : [browser]), network, account, ...others];
    return store.readAttempts(
      all.map(({ key }) => key),
      now(),
    );
  };
  /** The counts that an attempt is judged by: its own where the account is known, and otherwise those of all strangers. */
  function judgedBy({ browser, network, account, others }: ClaimCounts, counts: Counts): Judged {
    const spent = ({ key, rule }: Counted) => (counts.get(key)?.failures ?? 0) >= rule.most;
    if (browser !== undefined && !spent(browser)) return [browser];
    return counts.has(network.key) && !spent(network) ? [network] : [account, ...others];
  }
  const longestWait = (counted: readonly Counted[], counts: Counts): number =>
    Math.ceil(Math.max(...counted.map((each) => waitFor(each, counts.get(each.key), now()))) / 1000);

  async function succeed({ network, account }: ClaimCounts, counted: Judged): Promise<void> {
    const keys = new Set([...counted, network, account].map(({ key }) => key));
    await store.changeAttempts([...keys], now(), (counts) => {
      const changed = new Map<string, AttemptCount>();
      for (const each of counted) {
        const count = counts.get(each.key);
        if (count !== undefined) changed.set(each.key, withoutFailure(each, count));
      }
      // What strangers owe stays: otherwise each success of the user would be a new chance for others.
      const strangers = changed.get(account.key) ?? counts.get(account.key);
      if (strangers !== undefined) changed.set(account.key, { ...strangers, failures: 0 });
      const [own] = counted;
      if (isKnown(own)) changed.set(own.key, forgiven(own, 0));
      changed.set(network.key, forgiven(network, knownFor));
      return [...changed.values()];
    });
  }
  const isKnown = (own: Counted): boolean => own.rule === attemptRules.known;
  const forgiven = ({ key }: Counted, ms: number) => ({
    key,
    failures: 0,
    busy_until: 0,
    expires_at: now() + ms,
  });

  return {
    async check(claim) {
      const claimed = countsOf(claim);
      const counts = await readAll(claimed);
      const counted = judgedBy(claimed, counts);
      return {
        wait_seconds: longestWait(counted, counts),
        known: isKnown(counted[0]),
      };
    },
    async take(claim) {
      const claimed = countsOf(claim);
      const counted = judgedBy(claimed, await readAll(claimed));
      let wait_seconds = 0;
      await store.changeAttempts(
        counted.map(({ key }) => key),
        now(),
        (counts) => {
          // A network that is known no longer, since a moment ago, must not be made known by a failure.
          const expired = counted[0].key === claimed.network.key && !counts.has(counted[0].key);
          wait_seconds = expired ? 1 : longestWait(counted, counts);
          if (wait_seconds > 0) return [];
          return counted.map((each) => withFailure(each, counts.get(each.key), now()));
        },
      );
      if (wait_seconds > 0) return { wait_seconds };
      return { wait_seconds: 0, succeeded: () => succeed(claimed, counted) };
    },
  };
}
