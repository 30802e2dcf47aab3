// What others have named is shown so that it cannot act on a terminal.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { visible, visibleLines } from '../../packages/server/src/cli/visible.ts';

test.each([
  ['a\u001b[31mred', 'a\\u{1b}[31mred'],
  ['two\nlines', 'two\\u{a}lines'],
  ['\u202Eturned', '\\u{202e}turned'],
  ['Ann Example, Jörg 李 👩‍🔧', 'Ann Example, Jörg 李 👩‍🔧'],
])('%j is shown as %j', (text, shown) => expect(visible(text)).toBe(shown));

test('whatever there is, what is shown has nothing that is not seen, and lines stay lines', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(visible(text)).not.toMatch(/(?!\u200D)[\p{Cc}\p{Cf}\p{Cs}]/u);
      expect(visibleLines(text).split('\n')).toHaveLength(text.split('\n').length);
    }),
  );
});
