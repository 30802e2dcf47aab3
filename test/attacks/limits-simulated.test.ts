// What attackers get of the limits of failed attempts, and what honest users beside them see: the real limiter, queue and
// store, by a clock that is moved. Only the slow hash is played: it takes its time by that clock. The figures are those of
// docs/decisions/0021-attempt-limiter.md.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { beforeEach, describe, expect, test } from 'vitest';
import type { Claim } from '../../packages/server/src/credentials/attempt-limiter.ts';
import { networkRules } from '../../packages/server/src/credentials/attempt-rules.ts';
import { type GuessVerdict, judgeGuess } from '../../packages/server/src/credentials/guess.ts';
import type { NetworkSize } from '../../packages/server/src/credentials/network.ts';
import { createTestLimiter, type TestLimiter } from '../support/attempts.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const decision = readFileSync(
  join(import.meta.dirname, '../../docs/decisions/0021-attempt-limiter.md'),
  'utf8',
);

let world: TestLimiter;
beforeEach(async () => {
  world = await createTestLimiter();
});

/** Addresses that an attacker has; each number is another one, as far apart as they can be. */
type Addresses = (index: number) => string;
const hex = (number: number) => (number & 0xffff).toString(16);
const attackers: Readonly<Record<string, readonly [addresses: Addresses, network: NetworkSize | undefined]>> =
  {
    'one IPv4 address': [() => '203.0.113.1', '4/32'],
    'an IPv6 /64': [(index) => `2001:db8:1:2::${hex(index)}`, '6/64'],
    'an IPv6 /48': [(index) => `2001:db8:1:${hex(index * 40_503)}::1`, '6/48'],
    'an IPv6 /32': [(index) => `2001:db8:${hex(index * 40_503)}:${hex(index)}::1`, '6/32'],
    'ten thousand IPv4 addresses': [(index) => spread(index % 10_000), undefined],
    'a botnet, with a new address for each guess': [spread, undefined],
  };
function spread(index: number): string {
  const bits = (index * 2_654_435_761) >>> 0;
  return [24, 16, 8, 0].map((shift) => (bits >>> shift) & 255).join('.');
}

const ann = (address: string, browser?: string): Claim => ({
  account: 'ann',
  exists: true,
  address,
  browser,
});
const isJudged = async (claim: Claim) => (await world.limiter.take(claim)).wait_seconds === 0;

/** Tries from one address after the other, twice a step, and as often as it is let. */
async function attack(
  addresses: Addresses,
  ms: number,
  step: number,
  each = async () => {},
): Promise<number> {
  let judged = 0;
  let index = 0;
  for (const end = world.now + ms; world.now < end; world.now += step) {
    for (let refused = 0; refused < 2; index += 1)
      if (await isJudged(ann(addresses(index)))) judged += 1;
      else refused += 1;
    await each();
  }
  return judged;
}

describe.each(Object.entries(attackers))('%s', (name, [addresses, network]) => {
  test('gets so many guesses in a day, at one account and at all', async () => {
    const atOne = await attack(addresses, day, 10 * minute);
    const { burst, every } = network === undefined ? { burst: 0, every: 0 } : networkRules[network];
    const atAll = network === undefined ? 'as many as are hashed' : `${burst + day / every}`;
    expect(decision).toContain(`| ${name} | ${atOne} | ${atAll} |`);
  });
});

test('a botnet gets a hundred guesses at an account whose user does not sign in, ever', async () => {
  expect(await attack(spread, 60 * day, 2 * hour)).toBe(100);
  expect(await isJudged(ann('192.0.2.1'))).toBe(false);
  expect(await isJudged({ ...ann('192.0.2.1'), account: 'ann, with a new password' })).toBe(true);
});

test('where the user signs in every day, a botnet gets 24 a day, and the user notices nothing', async () => {
  const waits: number[] = [];
  const signIn = async () => {
    if (world.now % day < hour) waits.push(await world.succeed(ann('192.0.2.1', 'laptop')));
  };
  await world.succeed(ann('192.0.2.1', 'laptop'));
  await attack(spread, day, hour, signIn);
  expect(await attack(spread, 7 * day, hour, signIn)).toBe(7 * 24);
  expect(waits).toEqual(Array(8).fill(0));
});

describe('beside an attacker who guesses at everybody from the same address', () => {
  const shared = '203.0.113.1';
  const attackAll = async () => {
    let judged = 0;
    while (await isJudged({ account: `name ${judged}`, exists: false, address: shared })) judged += 1;
    return judged;
  };

  test.each<[string, Claim, (claim: Claim) => Promise<unknown>, number]>([
    ['in a browser that has signed in before', ann(shared, 'laptop'), async () => {}, 0],
    ['in a network that has signed in before', ann(shared), (claim) => world.succeed(claim), 0],
    ['in neither: waits until there is room', ann(shared), async () => {}, 120],
  ])('an honest user, %s', async (_who, claim, before, wait) => {
    await before(claim);
    expect(await attackAll()).toBe(50);
    expect(await world.wait(claim)).toBe(wait);
    world.now += wait * 1000;
    expect(await world.succeed(claim)).toBe(0);
  });
});

describe('a flood of guesses, for sixteen seconds, with one sign-in a second beside it', () => {
  /** About one slow hash; in each, one is computed. */
  const tick = 33;
  let finish: (() => void) | undefined;

  /** One attempt that costs a slow hash. */
  const attempt = (claim: Claim, right: boolean): Promise<GuessVerdict | 'busy'> =>
    judgeGuess(world.limiter, 'user', claim, async () => {
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
      return right;
    }).catch(() => 'busy' as const);
  /** Lets all that has begun go on until it waits for a hash. */
  async function settle(): Promise<void> {
    for (let turn = 0; turn < 6; turn += 1) await setImmediate();
  }
  async function step(): Promise<void> {
    await settle();
    world.now += tick;
    const done = finish;
    finish = undefined;
    done?.();
    await settle();
  }

  /** How many of sixteen honest sign-ins succeed, and the longest time that one took, in milliseconds. */
  async function signInsBeside(attacker: (index: number) => Claim, perSecond: number, honest: Claim) {
    const outcomes: Promise<boolean>[] = [];
    let longest = 0;
    const signIn = async () => {
      const began = world.now;
      const verdict = await attempt(honest, true);
      const isIn = verdict !== 'busy' && 'right' in verdict && verdict.right;
      if (isIn) longest = Math.max(longest, world.now - began);
      return isIn;
    };
    let sent = 0;
    for (let elapsed = 0; elapsed < 16_000; elapsed += tick) {
      for (; sent < (elapsed * perSecond) / 1000; sent += 1) void attempt(attacker(sent), false);
      if (Math.floor(elapsed / 1000) >= outcomes.length) outcomes.push(signIn());
      await step();
    }
    for (let left = 0; left < 150; left += 1) await step();
    return { succeeded: (await Promise.all(outcomes)).filter(Boolean).length, longest };
  }

  const from48 = attackers['an IPv6 /48']?.[0] ?? spread;
  const invented = (addresses: Addresses) => (index: number) => ({
    account: `name ${index}`,
    exists: false,
    address: addresses(index),
  });

  test.each<[string, (index: number) => Claim, number]>([
    ['150 a second from an IPv6 /48, at invented names', invented(from48), 150],
    ['150 a second from an IPv6 /48, at the user’s own', (index) => ann(from48(index)), 150],
    ['300 a second from a botnet', invented(spread), 300],
  ])('%s: a user who is known gets in, every time', async (_flood, attacker, perSecond) => {
    await world.succeed(ann('192.0.2.1'));
    const { succeeded, longest } = await signInsBeside(attacker, perSecond, ann('192.0.2.1'));
    expect(succeeded).toBe(16);
    // One hash of the flood is under way, and one is the user's own.
    expect(longest).toBeLessThanOrEqual(4 * tick);
  });

  test('150 a second from an IPv6 /48: a stranger from elsewhere gets in too', async () => {
    const { succeeded } = await signInsBeside(invented(from48), 150, ann('192.0.2.1'));
    expect(succeeded).toBe(16);
  });
});
