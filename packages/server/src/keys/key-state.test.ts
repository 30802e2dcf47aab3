import fc from 'fast-check';
import { expect, test } from 'vitest';
import { clockLeeway, keyState, publicationLead } from './key-state.ts';

const key = { activates_at: 100, retires_at: 200, expires_at: 300 };

test.each([
  [0, 'published'],
  [99, 'published'],
  [100, 'active'],
  [199, 'active'],
  [200, 'retiring'],
  [299, 'retiring'],
  [300, 'retired'],
  [1e15, 'retired'],
] as const)('at %i a key is %s', (now, state) => {
  expect(keyState(key, now)).toBe(state);
});

test('without a successor a key stays active', () => {
  expect(keyState({ activates_at: 100, retires_at: null, expires_at: null }, 1e15)).toBe('active');
});

test('a key that was overtaken before its turn never signs', () => {
  const overtaken = { activates_at: 500, retires_at: 200, expires_at: 600 };
  const states = [100, 200, 500, 599, 600].map((now) => keyState(overtaken, now));
  expect(states).toEqual(['published', 'retiring', 'retiring', 'retiring', 'retired']);
});

test('no state is ever left for an earlier one', () => {
  const order = ['published', 'active', 'retiring', 'retired'];
  const time = fc.nat(1000);
  const times = fc.record({ activates_at: time, retires_at: fc.option(time), expires_at: fc.option(time) });
  fc.assert(
    fc.property(times, time, time, (times, one, two) => {
      const earlier = order.indexOf(keyState(times, Math.min(one, two)));
      expect(order.indexOf(keyState(times, Math.max(one, two)))).toBeGreaterThanOrEqual(earlier);
    }),
  );
});

test('a key is published for longer than anybody may keep an old key set', () => {
  const maxAge = 300_000;
  expect(publicationLead).toBeGreaterThan(maxAge);
  expect(clockLeeway).toBeGreaterThan(0);
});
