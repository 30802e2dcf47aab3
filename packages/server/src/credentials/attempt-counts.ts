// Which counts an attempt is judged by, and their names: of accounts and browsers exact ones, of strangers shared ones.

import type { MasterKey } from '../keys/master-key.ts';
import { keyedHash } from '../keys/stored-hash.ts';
import type { AttemptCount } from '../model.ts';
import { attemptRules, type Counted, day, networkRules } from './attempt-rules.ts';
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

/** All that a claim can be counted under. */
export interface ClaimCounts {
  readonly browser: Counted | undefined;
  /** The account in this network, once it has signed in from there. */
  readonly network: Counted;
  readonly account: Counted;
  /** Those that it shares with strangers. */
  readonly others: readonly Counted[];
}

export type Counts = ReadonlyMap<string, AttemptCount>;

/** The first is that of the account. */
export type Judged = readonly [Counted, ...Counted[]];

/** How long failures in a row are remembered where there was none since. */
const rememberedFor = 400 * day;
/**
 * Strangers and invented names share 2^20 counts of each kind, so that whoever invents more takes no more memory. Which
 * share one is decided under the master key: nobody can choose with whom.
 */
const slotBits = 20;

/** Gives the counts of claims, under names that only who has the master key can make. */
export function claimCounts(master: MasterKey): (claim: Claim) => ClaimCounts {
  // By the first master key for ever: a new one must not forget what was counted.
  const digest = (parts: readonly string[]) => keyedHash(master.hashKeys('attempt'), JSON.stringify(parts));
  const exactly = (kind: string, ...parts: string[]) =>
    `${kind}.${digest([kind, ...parts]).toString('base64url', 0, 16)}`;
  const slotOf = (kind: string, ...parts: string[]) =>
    `${kind}.${digest([kind, ...parts]).readUInt32BE() >>> (32 - slotBits)}`;
  const own = { rule: attemptRules.known, remembered: rememberedFor };

  return ({ account, exists, address, browser }) => {
    const networks = networksOf(address);
    const [{ prefix: here }] = networks;
    return {
      browser: browser === undefined ? undefined : { key: exactly('browser', account, browser), ...own },
      // Remembered from its success on, and no longer for a failure.
      network: { key: exactly('known', account, here), rule: attemptRules.known, remembered: 0 },
      account: {
        key: exists ? exactly('account', account) : slotOf('nobody', account),
        rule: attemptRules.account,
        remembered: exists ? rememberedFor : 0,
      },
      others: [
        { key: slotOf('pair', account, here), rule: attemptRules.pair, remembered: 0 },
        ...networks.map(({ size, prefix }) => ({
          key: slotOf(size, prefix),
          rule: networkRules[size],
          remembered: 0,
        })),
      ],
    };
  };
}

export const keysOf = ({ browser, network, account, others }: ClaimCounts): string[] =>
  [...(browser === undefined ? [] : [browser]), network, account, ...others].map(({ key }) => key);

/** The counts that an attempt is judged by: its own where the account is known, and otherwise those of all strangers. */
export function judgedBy({ browser, network, account, others }: ClaimCounts, counts: Counts): Judged {
  const spent = ({ key, rule }: Counted) => (counts.get(key)?.failures ?? 0) >= rule.most;
  if (browser !== undefined && !spent(browser)) return [browser];
  return counts.has(network.key) && !spent(network) ? [network] : [account, ...others];
}

/** Whether the account has signed in from there before. */
export const isKnown = ([own]: Judged): boolean => own.rule === attemptRules.known;
