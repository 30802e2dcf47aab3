import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { networkOf, networksOf } from './network.ts';

const group = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 0xffff }));
const address = fc.array(group, { minLength: 8, maxLength: 8 });
/** As the operating system spells an address (RFC 5952), without any abbreviation, or in capitals. */
const spell = (parts: readonly number[], how: 'short' | 'padded' | 'full' | 'capitals') => {
  if (how === 'padded') return parts.map((part) => part.toString(16).padStart(4, '0')).join(':');
  const full = parts.map((part) => part.toString(16)).join(':');
  if (how === 'short') return new URL(`http://[${full}]`).hostname.slice(1, -1);
  return how === 'full' ? full : full.toUpperCase();
};
const spelling = fc.constantFrom('short' as const, 'padded' as const, 'full' as const, 'capitals' as const);
const isMapped = (parts: readonly number[]) =>
  parts.slice(0, 5).every((part) => part === 0) && parts[5] === 0xffff;
const bits = (parts: readonly number[]) => parts.map((part) => part.toString(2).padStart(16, '0')).join('');

describe('IPv6', () => {
  test('two addresses share the networks whose prefix they share, however they are spelled', () => {
    fc.assert(
      fc.property(
        address,
        fc.nat(127),
        fc.array(spelling, { minLength: 2, maxLength: 2 }),
        (one, bit, how) => {
          const at = bit >> 4;
          const two = one.with(at, (one[at] ?? 0) ^ (0x8000 >> (bit & 15)));
          fc.pre(!isMapped(one) && !isMapped(two));
          const [ofOne, ofTwo] = [one, two].map((parts, index) =>
            networksOf(spell(parts, how[index] ?? 'full')),
          );
          expect(ofOne?.map(({ size }) => size)).toEqual(['6/64', '6/56', '6/48', '6/32']);
          for (const [index, length] of [64, 56, 48, 32].entries()) {
            const same = bits(one).slice(0, length) === bits(two).slice(0, length);
            expect(ofOne?.[index]?.prefix === ofTwo?.[index]?.prefix).toBe(same);
          }
        },
      ),
      { numRuns: 2000 },
    );
  });
});

describe('IPv4', () => {
  test('an address and its /24, also as a dual-stack socket shows it', () => {
    fc.assert(
      fc.property(fc.ipV4(), fc.nat(31), fc.constantFrom('', '::ffff:'), (one, bit, prefix) => {
        const parts = one.split('.').map(Number);
        const two = parts.with(bit >> 3, (parts[bit >> 3] ?? 0) ^ (0x80 >> (bit & 7))).join('.');
        expect(networksOf(prefix + one)).toEqual(networksOf(one));
        const [ofOne, ofTwo] = [networksOf(one), networksOf(two)];
        expect(ofOne.map(({ size }) => size)).toEqual(['4/32', '4/24']);
        expect(ofOne[0].prefix).not.toBe(ofTwo[0].prefix);
        expect(ofOne[1]?.prefix === ofTwo[1]?.prefix).toBe(bit >= 24);
      }),
    );
  });
});

// Some proxies write the port too; a network for each would be no network.
test.each([
  ['203.0.113.7', '203.0.113.7:4711', '203.0.113.8:4711'],
  ['2001:db8::1', '[2001:db8::1]:4711', '[2001:db8:0:1::1]:4711'],
  ['2001:db8::1', '[2001:db8::1]', '[2001:db8:0:1::1]'],
  ['::ffff:203.0.113.7', '[::ffff:203.0.113.7]:4711', '[::ffff:203.0.113.8]:4711'],
])('%s is the same as %s', (plain, withPort, neighbour) => {
  expect(networkOf(withPort)).toBe(networkOf(plain));
  expect(networkOf(neighbour)).not.toBe(networkOf(plain));
});

test('whatever a proxy calls an address, nothing throws, and it is always the same', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[:.0-9a-f%[\]]*$/)), (name) => {
      expect(networksOf(name)).toEqual(networksOf(name));
    }),
    { numRuns: 1000 },
  );
});
