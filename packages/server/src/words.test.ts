import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isName, isText, longestName, nameFrom, normalizeWords, visible, visibleLines } from './words.ts';

describe('a name', () => {
  test.each([
    ...[
      'Acme',
      'Jörg 李',
      'Ann 👩‍🔧',
      'می‌خواهم',
      'Ⅷ',
      '1',
      'x'.repeat(longestName),
      '👍'.repeat(longestName),
    ],
    ...['❤️', 'O’Brien & Söhne <b>', '“Acme”'],
  ])('%j', (name) => expect(isName(normalizeWords(name))).toBe(true));

  test.each([
    ['nothing', ''],
    ['blanks alone', ' \t\u00A0'],
    ['an escape', 'Acme\u001b[2J'],
    ['a C1 control, which is an escape of one character', 'Acme\u009b2J'],
    ['a bidi override', 'Acme\u202Etxt'],
    ['a bidi isolate', 'Acme\u2066txt'],
    ['a line feed', 'Acme\nGlobex'],
    ['a line separator', 'Acme\u2028Globex'],
    ['a zero-width space', 'Ac\u200Bme'],
    ['a byte order mark inside', 'Ac\uFEFFme'],
    ['a filler that Unicode calls a letter', '\u3164'],
    ['joiners alone', '\u200D\u200C'],
    ['half a character', 'Acme\uD83D'],
    ['an invisible tag', 'Acme\u{E0041}'],
    ['private use', 'Acme\uE000'],
    ['too many characters', 'x'.repeat(longestName + 1)],
  ])('not %s', (_what, name) => expect(isName(normalizeWords(name))).toBe(false));

  test('has one spelling', () => {
    expect(normalizeWords(' Jo\u0308rg ')).toBe('J\u00F6rg');
  });

  test('from elsewhere is what is left of it', () => {
    expect(nameFrom('\u202EAnn\u0000 Exa\u001bmple\uD83D ')).toBe('Ann Example\uFFFD');
    expect(nameFrom('👍'.repeat(200))).toBe('👍'.repeat(longestName));
    expect(nameFrom(' \u200B\u3164 ')).toBeUndefined();
  });
});

test('a text has lines only where its place has', () => {
  expect(isText('')).toBe(true);
  expect(isText('one\ntwo')).toBe(false);
  expect(isText('one\ntwo', 10, 'lines')).toBe(true);
  expect(isText('one\r\ntwo', 10, 'lines')).toBe(false);
});

test.each([
  ['a\u001b[31mred', 'a\\u{1b}[31mred'],
  ['two\nlines', 'two\\u{a}lines'],
  ['\u202Eturned', '\\u{202e}turned'],
  ['Ann Example, Jörg 李 👩‍🔧', 'Ann Example, Jörg 李 👩‍🔧'],
])('%j is shown as %j', (text, shown) => expect(visible(text)).toBe(shown));

test('whatever there is, what is shown has nothing that is not seen, and lines stay lines', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(visible(text)).not.toMatch(/(?!\u200C|\u200D)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
      expect(visibleLines(text).split('\n')).toHaveLength(text.split('\n').length);
      const name = nameFrom(text);
      if (name !== undefined) expect(isName(name)).toBe(true);
    }),
  );
});
