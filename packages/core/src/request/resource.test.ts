// Which spellings are one resource is in test/house/same-answers.test.ts, for the verifier too.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isSameUri } from './resource.ts';

test('a parser of URLs calls all that is the same the same', () => {
  const part = fc.string({ unit: fc.constantFrom(...'aA./%7e~-?:@') });
  fc.assert(
    fc.property(part, part, (one, other) => {
      const [a, b] = [`https://h/${one}`, `https://h/${other}`];
      const decoded = (uri: string) => new URL(uri).href.replaceAll(/%7e/gi, '~');
      expect(!isSameUri(a, b) || decoded(a) === decoded(b), `${a} ${b}`).toBe(true);
      expect(isSameUri(b, a)).toBe(isSameUri(a, b));
    }),
  );
});
