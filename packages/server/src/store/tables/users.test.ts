import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { normalizeLogin } from './users.ts';

describe('a login', () => {
  test('is the same however it is typed', () => {
    for (const typed of ['Zoë@Example.COM', ' zoë@example.com\n', 'ZOE\u0308@example.com'])
      expect(normalizeLogin(typed)).toBe('zoë@example.com');
  });

  test('that looks alike is another', () => {
    // Cyrillic а; a compatibility form, which NFKC would fold; a dotless ı.
    const alike = ['anna', '\u0430nna', '\uff41nna', 'annı', 'a nna'];
    expect(new Set(alike.map(normalizeLogin)).size).toBe(alike.length);
  });

  // Otherwise a user who was found once might not be found by what the database then holds.
  test('that was normalised stays as it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (login) => {
        const once = normalizeLogin(login);
        expect(normalizeLogin(once)).toBe(once);
        expect(normalizeLogin(` ${login.normalize('NFD')}\t`)).toBe(once);
      }),
      { numRuns: 2000 },
    );
  });
});
