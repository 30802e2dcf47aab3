// The limiter over a real database, by a clock that is moved. What attackers get of it is in test/attacks/simulation.test.ts.

import { beforeEach, describe, expect, test } from 'vitest';
import { createTestLimiter, type TestLimiter } from '../../../../test/support/attempts.ts';
import { masterKey } from '../../../../test/support/key-database.ts';
import { createAttemptLimiter } from './attempt-limiter.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
let attempts: TestLimiter;
beforeEach(async () => {
  attempts = await createTestLimiter();
});

const at = (address: string, account = 'ann', browser?: string) => ({
  account,
  exists: true,
  address,
  browser,
});
const nobodyAt = (address: string, account: string) => ({ account, exists: false, address });
/** Spends what all strangers have for an account, from as many networks as it takes. */
async function spend(account = 'ann', exists = true): Promise<number> {
  let judged = 0;
  for (let network = 0; network < 5; network += 1)
    judged += await attempts.fail({ account, exists, address: `198.51.${network}.1` }, 5);
  return judged;
}

describe('an account and a network', () => {
  test('have ten failures at once, and then one an hour', async () => {
    expect(await attempts.fail(at('192.0.2.1'), 20)).toBe(10);
    expect(await attempts.wait(at('192.0.2.1'))).toBe(3600);
    expect(await attempts.wait(at('192.0.2.2'))).toBe(0);
    expect(await attempts.wait(at('192.0.2.1', 'ben'))).toBe(0);
    attempts.now += hour - 1;
    expect(await attempts.wait(at('192.0.2.1'))).toBe(1);
    attempts.now += 1;
    expect(await attempts.fail(at('192.0.2.1'), 20)).toBe(1);
    attempts.now += day;
    expect(await attempts.fail(at('192.0.2.1'), 20)).toBe(10);
  });

  test('a success takes its own failures back', async () => {
    await attempts.fail(at('192.0.2.1'), 9);
    expect(await attempts.succeed(at('192.0.2.1'))).toBe(0);
    expect(await attempts.fail(at('192.0.2.1'), 20)).toBe(10);
  });
});

describe('strangers to an account', () => {
  test.each([
    ['one that there is', true],
    ['one that there is not', false],
  ])('have twenty failures at once, and then one an hour: %s', async (_which, exists) => {
    expect(await spend('ann', exists)).toBe(20);
    const elsewhere = { account: 'ann', exists, address: '203.0.113.1' };
    expect(await attempts.wait(elsewhere)).toBe(3600);
    attempts.now += hour;
    expect(await attempts.fail(elsewhere, 5)).toBe(1);
  });

  test('have a hundred in a row, however slowly', async () => {
    let judged = 0;
    for (let month = 0; month < 12; month += 1) {
      judged += await spend();
      attempts.now += 30 * day;
    }
    expect(judged).toBe(100);
    expect(await attempts.wait(at('203.0.113.1'))).toBe(86_400);
  });

  test('gain nothing at once where the user signs in', async () => {
    await attempts.succeed(at('192.0.2.1'));
    expect(await spend()).toBe(20);
    await attempts.succeed(at('192.0.2.1'));
    expect(await spend()).toBe(0);
    attempts.now += hour;
    expect(await spend()).toBe(1);
  });

  test('begin a new row where the user has signed in', async () => {
    await attempts.succeed(at('192.0.2.1'));
    for (let month = 0; month < 5; month += 1) {
      await spend();
      attempts.now += day;
    }
    expect(await attempts.wait(at('203.0.113.1'))).toBe(86_400);
    await attempts.succeed(at('192.0.2.1'));
    expect(await attempts.wait(at('203.0.113.1'))).toBe(0);
  });
});

describe('where an account is known', () => {
  test('a network is, after a success, for ninety days, whatever strangers do', async () => {
    await attempts.succeed(at('192.0.2.1'));
    await spend();
    for (let name = 0; name < 60; name += 1) await attempts.fail(nobodyAt('192.0.2.1', `name ${name}`), 1);
    expect(await attempts.wait(nobodyAt('192.0.2.1', 'someone'))).toBeGreaterThan(0);
    expect(await attempts.limiter.check(at('192.0.2.1'))).toEqual({ wait_seconds: 0, known: true });
    attempts.now += 90 * day - 1;
    expect(await attempts.limiter.check(at('192.0.2.1'))).toMatchObject({ known: true });
    attempts.now += 1;
    expect(await attempts.limiter.check(at('192.0.2.1'))).toMatchObject({ known: false });
  });

  test('a browser is, wherever it goes', async () => {
    await spend();
    expect(await attempts.wait(at('203.0.113.1'))).toBe(3600);
    expect(await attempts.wait(at('203.0.113.1', 'ann', 'laptop'))).toBe(0);
    expect(await attempts.succeed(at('203.0.113.1', 'ann', 'laptop'))).toBe(0);
  });

  test('it has ten failures of its own, which count for nobody else', async () => {
    await attempts.succeed(at('192.0.2.1'));
    expect(await attempts.fail(at('192.0.2.1'), 20)).toBe(10);
    expect(await attempts.wait(at('192.0.2.1'))).toBe(3600);
    expect(await attempts.fail(at('192.0.2.1', 'ann', 'laptop'), 20)).toBe(10);
    expect(await spend()).toBe(20);
  });

  test('it is no longer, after a hundred in a row', async () => {
    await attempts.succeed(at('192.0.2.1'));
    for (let judged = 0; judged < 100; judged += 10) {
      expect(await attempts.limiter.check(at('192.0.2.1'))).toEqual({ wait_seconds: 0, known: true });
      expect(await attempts.fail(at('192.0.2.1'), 10)).toBe(10);
      attempts.now += 10 * hour;
    }
    expect(await attempts.limiter.check(at('192.0.2.1'))).toEqual({ wait_seconds: 0, known: false });
  });

  // Otherwise a guess at that moment would be as good as a success.
  test('no failure makes a network known, where it expires while it is judged', async () => {
    await attempts.succeed(at('192.0.2.1'));
    attempts.now += 90 * day;
    const times = [attempts.now - 1];
    const late = createAttemptLimiter(attempts.store, masterKey(), () => times.shift() ?? attempts.now);
    expect(await late.take(at('192.0.2.1'))).toEqual({ wait_seconds: 1 });
    expect(await attempts.limiter.check(at('192.0.2.1'))).toEqual({ wait_seconds: 0, known: false });
  });
});

describe('a network, over all accounts that are not known there', () => {
  test.each([
    [50, 120, 'an IPv4 address', () => '192.0.2.1'],
    [100, 60, 'a /24', (index: number) => `192.0.2.${index}`],
    [50, 120, 'a /64', (index: number) => `2001:db8:1:2::${index.toString(16)}`],
    [100, 60, 'a /56', (index: number) => `2001:db8:1:${(index % 256).toString(16)}::1`],
    [200, 30, 'a /48', (index: number) => `2001:db8:1:${(index * 251).toString(16)}::1`],
    [1000, 10, 'a /32', (index: number) => `2001:db8:${index.toString(16)}::1`],
  ])('has %i failures at once, and then one in %i seconds: %s', async (burst, every, _size, addressOf) => {
    for (let index = 0; index < burst; index += 1)
      expect(await attempts.fail(nobodyAt(addressOf(index % 256), `name ${index}`), 1)).toBe(1);
    const next = nobodyAt(addressOf(255), 'another');
    expect(await attempts.wait(next)).toBe(every);
    attempts.now += every * 1000;
    expect(await attempts.fail(next, 2)).toBe(1);
  });
});

describe('many at once', () => {
  test.each([
    ['strangers', 20, (index: number) => at(`198.51.${index}.1`)],
    ['one network', 10, () => at('192.0.2.1')],
    ['one browser', 10, () => at('192.0.2.1', 'ann', 'laptop')],
  ])('%s: none is free', async (_who, judged, claimOf) => {
    const results = await Promise.all(
      Array.from({ length: 60 }, (_, index) => attempts.limiter.take(claimOf(index))),
    );
    expect(results.filter(({ wait_seconds }) => wait_seconds === 0)).toHaveLength(judged);
  });
});

test('a count takes as much room as any other, and is gone when it means nothing', async () => {
  await attempts.fail(nobodyAt('192.0.2.1', 'x'.repeat(60_000)), 1);
  const rows = await attempts.db.selectFrom('attempts').selectAll().execute();
  for (const { key, expires_at } of rows) {
    expect(key.length).toBeLessThan(40);
    expect(expires_at).toBeLessThanOrEqual(attempts.now + hour);
  }
  // Of invented names and of networks there are only so many keys.
  const slots = rows.map(({ key }) => Number(key.split('.')[1]));
  expect(slots).toHaveLength(4);
  for (const slot of slots) expect(slot).toBeLessThan(2 ** 20);
});
