// A bounded cache: its size, and which entries it keeps.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BoundedCache } from './bounded-cache.ts';

test('holds no more than its size, and for each key only the last value', () => {
  const key = fc.integer({ min: 0, max: 30 }).map(String);
  const step = fc.tuple(fc.constantFrom('set', 'get', 'delete'), key);
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 12 }), fc.array(step, { maxLength: 200 }), (size, steps) => {
      const cache = new BoundedCache<number>(size);
      const last = new Map<string, number>();
      for (const [index, [verb, name]] of steps.entries()) {
        if (verb === 'set') {
          cache.set(name, index);
          last.set(name, index);
        } else if (verb === 'delete') {
          cache.delete(name);
          last.delete(name);
        } else expect([undefined, last.get(name)]).toContain(cache.get(name));
        expect(cache.size).toBeLessThanOrEqual(size + (size % 2));
      }
    }),
  );
});

test('keeps what is used, and drops what is not', () => {
  const cache = new BoundedCache<number>(10);
  cache.set('used', 1);
  cache.set('unused', 2);
  for (let index = 0; index < 100; index++) {
    cache.set(`other ${index}`, index);
    expect(cache.get('used')).toBe(1);
  }
  expect(cache.get('unused')).toBeUndefined();
});
