import type { AttemptLimiter } from '@tessera-oauth/core';
import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { createAttemptLimiter } from './attempt-limiter.ts';

const minute = 60_000;
const hour = 60 * minute;
let now = 0;
let budget: AttemptLimiter;
beforeEach(() => {
  now = 1_700_000_000_000;
  budget = createAttemptLimiter(() => now);
});

const fail = (times: number, client: string, address: string, of = budget) => {
  for (let time = 0; time < times; time++) of.failed('one', client, address);
};
const wait = (client: string, address: string, of = budget) => of.retryAfter('one', client, address);

describe('a window', () => {
  test('begins with the first failure, lasts a minute, and the wait is what is left of it', () => {
    expect(wait('a', '192.0.2.1')).toBe(0);
    fail(9, 'a', '192.0.2.1');
    now += 10_000;
    expect(wait('a', '192.0.2.1')).toBe(0);
    fail(1, 'a', '192.0.2.1');
    expect(wait('a', '192.0.2.1')).toBe(50);
    now += 49_001;
    expect(wait('a', '192.0.2.1')).toBe(1);
    now += 998;
    expect(wait('a', '192.0.2.1')).toBe(1);
    now += 1;
    expect(wait('a', '192.0.2.1')).toBe(0);
  });

  test('is followed by a whole new one', () => {
    fail(10, 'a', '192.0.2.1');
    now += minute;
    fail(9, 'a', '192.0.2.1');
    expect(wait('a', '192.0.2.1')).toBe(0);
    fail(1, 'a', '192.0.2.1');
    expect(wait('a', '192.0.2.1')).toBe(60);
  });

  test('is of one issuer, where it is of a client', () => {
    fail(10, 'a', '192.0.2.1');
    expect(budget.retryAfter('two', 'a', '192.0.2.1')).toBe(0);
  });
});

describe('budgets', () => {
  test('10 for a client at an address', () => {
    fail(10, 'a', '192.0.2.1');
    expect(wait('a', '192.0.2.1')).toBe(60);
    expect(wait('a', '192.0.2.2')).toBe(0);
    expect(wait('b', '192.0.2.1')).toBe(0);
  });

  test('50 for an address, over all clients', () => {
    for (let client = 0; client < 50; client++) fail(1, `client ${client}`, '192.0.2.1');
    expect(wait('a', '192.0.2.1')).toBe(60);
    expect(wait('a', '192.0.2.2')).toBe(0);
  });

  test('100 for a client, over all addresses', () => {
    for (let host = 0; host < 100; host++) fail(1, 'a', `192.0.2.${host}`);
    expect(wait('a', '192.0.2.1')).toBe(0);
    fail(1, 'a', '192.0.2.1');
    expect(wait('a', '192.0.2.1')).toBe(60);
    expect(wait('b', '198.51.100.1')).toBe(0);
  });

  // Otherwise others could spend the attempts of a client that comes from a new address, and lock it out.
  test('when that is spent, an address has two attempts left', () => {
    for (let host = 0; host < 100; host++) fail(1, 'a', `192.0.2.${host}`);
    fail(1, 'a', '198.51.100.1');
    expect(wait('a', '198.51.100.1')).toBe(0);
    fail(1, 'a', '198.51.100.1');
    expect(wait('a', '198.51.100.1')).toBe(60);
  });

  test('where a client has succeeded, what others do does not count, for a day', () => {
    budget.succeeded('one', 'a', '198.51.100.1');
    for (let host = 0; host < 100; host++) fail(1, 'a', `192.0.2.${host}`);
    for (let client = 0; client < 50; client++) fail(1, `client ${client}`, '198.51.100.1');
    expect(wait('a', '198.51.100.1')).toBe(0);
    expect(wait('b', '198.51.100.1')).toBe(60);
    fail(2, 'a', '198.51.100.1');
    expect(wait('a', '198.51.100.1')).toBe(0);
    now += 24 * hour;
    for (let host = 0; host < 100; host++) fail(1, 'a', `192.0.2.${host}`);
    fail(2, 'a', '198.51.100.1');
    expect(wait('a', '198.51.100.1')).toBe(60);
  });

  test('a client that keeps working stays known', () => {
    for (let passed = 0; passed < 48; passed++) {
      budget.succeeded('one', 'a', '198.51.100.1');
      now += hour;
    }
    for (let host = 0; host < 100; host++) fail(1, 'a', `192.0.2.${host}`);
    expect(wait('a', '198.51.100.1')).toBe(0);
  });

  test('mistakes where it works do not close a client to others', () => {
    budget.succeeded('one', 'a', '198.51.100.1');
    for (let round = 0; round < 30; round++) {
      fail(10, 'a', '198.51.100.1');
      now += 1000;
    }
    expect(wait('a', '192.0.2.1')).toBe(0);
  });

  test('a success forgives no failure', () => {
    fail(10, 'a', '192.0.2.1');
    budget.succeeded('one', 'a', '192.0.2.1');
    expect(wait('a', '192.0.2.1')).toBe(60);
  });
});

describe('addresses', () => {
  const endless = Number.POSITIVE_INFINITY;
  const own = createAttemptLimiter(() => now, {
    pair: 10,
    address: endless,
    client: endless,
    newAddress: endless,
  });
  /** A client of each run's own, so that no run counts for another. */
  let run = 0;
  const group = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 0xffff }));
  const groups = (count: number) => fc.array(group, { minLength: count, maxLength: count });
  /** As the operating system spells an address (RFC 5952), or without any abbreviation. */
  const spell = (parts: readonly number[], short: boolean) => {
    const full = parts.map((part) => part.toString(16)).join(':');
    return short ? new URL(`http://[${full}]`).hostname.slice(1, -1) : full;
  };
  const isMapped = (parts: readonly number[]) =>
    parts.slice(0, 5).every((part) => part === 0) && parts[5] === 0xffff;

  test('IPv6: a /64 is one, and its neighbours are others', () => {
    const arbitrary = fc.tuple(
      groups(4),
      groups(4),
      groups(4),
      fc.boolean(),
      fc.boolean(),
      fc.nat(3),
      fc.nat(15),
    );
    fc.assert(
      fc.property(arbitrary, ([network, host, other, short, otherShort, position, bit]) => {
        fc.pre(!isMapped([...network, ...host]) && !isMapped([...network, ...other]));
        const client = `client ${run++}`;
        fail(10, client, spell([...network, ...host], short), own);
        expect(wait(client, spell([...network, ...other], otherShort), own)).toBe(60);
        const neighbour = network.with(position, (network[position] ?? 0) ^ (1 << bit));
        fc.pre(!isMapped([...neighbour, ...other]));
        expect(wait(client, spell([...neighbour, ...other], otherShort), own)).toBe(0);
      }),
      { numRuns: 1000 },
    );
  });

  test('IPv4: each is one, also as a dual-stack socket shows it', () => {
    fc.assert(
      fc.property(fc.ipV4(), fc.ipV4(), fc.constantFrom('', '::ffff:'), (one, two, prefix) => {
        fc.pre(one !== two);
        const client = `client ${run++}`;
        fail(10, client, prefix + one, own);
        expect(wait(client, prefix + one, own)).toBe(60);
        expect(wait(client, prefix + two, own)).toBe(0);
      }),
    );
  });

  // Some proxies write the port too; a budget for each would be no budget.
  test.each([
    ['203.0.113.7', '203.0.113.7:4711', '203.0.113.8:4711'],
    ['2001:db8::1', '[2001:db8::1]:4711', '[2001:db8:0:1::1]:4711'],
    ['2001:db8::1', '[2001:db8::1]', '[2001:db8:0:1::1]'],
    ['::ffff:203.0.113.7', '[::ffff:203.0.113.7]:4711', '[::ffff:203.0.113.8]:4711'],
  ])('%s is the same as %s', (address, withPort, neighbour) => {
    const client = `client ${run++}`;
    fail(5, client, address, own);
    fail(4, client, withPort, own);
    expect(wait(client, withPort, own)).toBe(0);
    fail(1, client, withPort.replace('4711', '4712'), own);
    for (const spelling of [address, withPort]) expect(wait(client, spelling, own)).toBe(60);
    expect(wait(client, neighbour, own)).toBe(0);
  });

  test('whatever a proxy calls an address, nothing throws', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[:.0-9a-f%[\]]*$/)), (address) => {
        const client = `client ${run++}`;
        fail(10, client, address, own);
        expect(wait(client, address, own)).toBe(60);
      }),
      { numRuns: 500 },
    );
  });
});
