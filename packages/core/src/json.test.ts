// JSON of strangers: what any nesting does, which is nothing; and flat objects, which say what a form says.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseFlatObject, parseJson } from './json.ts';

const lists = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`;
const objects = (levels: number) => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;
const beside = (levels: number) => `{"good":1,"list":[${lists(levels)}],"after":[{}]}`;

test.each([lists, objects, beside])('32 levels are a value, and no more are: %s', (nest) => {
  const around = nest === beside ? 2 : 0;
  expect(parseJson(nest(32 - around))).toEqual(JSON.parse(nest(32 - around)));
  for (const levels of [33 - around, 10_000, 100_000, 1_000_000])
    expect(parseJson(nest(levels))).toBeUndefined();
});

test.each(['', '{', '[1,]', '{}{}', '\uFEFF{}', "{'a':1}", 'undefined'])('%j is no JSON', (text) => {
  expect(parseJson(text)).toBeUndefined();
});

test.each(['null', '0', '"a"', '[]', '{}', `[${'[],'.repeat(100_000)}[]]`])('JSON is a value', (text) => {
  expect(parseJson(text)).toEqual(JSON.parse(text));
});

test.each<[text: string, pairs: [string, string][] | undefined]>([
  ['{}', []],
  [
    ' \t\n\r{ "a" : "b" , "c":"d" }\r\n',
    [
      ['a', 'b'],
      ['c', 'd'],
    ],
  ],
  // A number as it is written: none of these is what JSON.parse would make of it.
  [
    '{"a":1.0,"b":-0,"c":1e400,"d":12345678901234567890,"e":0.1E-2}',
    [
      ['a', '1.0'],
      ['b', '-0'],
      ['c', '1e400'],
      ['d', '12345678901234567890'],
      ['e', '0.1E-2'],
    ],
  ],
  ['{"a":""}', [['a', '']]],
  ['{"":"x"}', [['', 'x']]],
  // JSON.parse would keep one of the two.
  [
    '{"a":"1","a":"2"}',
    [
      ['a', '1'],
      ['a', '2'],
    ],
  ],
  [
    '{"a":"1","\\u0061":"2"}',
    [
      ['a', '1'],
      ['a', '2'],
    ],
  ],
  [
    '{"__proto__":"x","constructor":"y"}',
    [
      ['__proto__', 'x'],
      ['constructor', 'y'],
    ],
  ],
  [
    '{"a":"\\"\\\\\\/\\b\\f\\n\\r\\t\\u20ac\\ud83d\\ude00\u2028\u007f"}',
    [['a', '"\\/\b\f\n\r\t€😀\u2028\u007f']],
  ],
  ['{"a":"\\u0000"}', [['a', '\0']]],
  // Neither strings nor numbers.
  ...['true', 'false', 'null', '{}', '[]', '["x"]', '{"b":"c"}'].map((value): [string, undefined] => [
    `{"a":${value}}`,
    undefined,
  ]),
  // Halves of characters.
  ['{"a":"\\ud800"}', undefined],
  ['{"\\udc00":"a"}', undefined],
  ['{"a":"\\ude00\\ud83d"}', undefined],
  // No object, or no JSON.
  ...[
    '',
    '[]',
    '"a"',
    '1',
    'null',
    '{',
    '}',
    '{"a"}',
    '{"a":}',
    '{"a":"b",}',
    '{,}',
    '{"a":"b"}x',
    '{"a":"b"}{}',
    '{a:"b"}',
    "{'a':'b'}",
    '{"a":01}',
    '{"a":+1}',
    '{"a":.5}',
    '{"a":1.}',
    '{"a":NaN}',
    '{"a":0x1}',
    '{"a":-}',
    '{"a":"\t"}',
    '{"a":"\\x41"}',
    '{"a":"\\u12"}',
    '{"a":"b',
    '\uFEFF{}',
    '{/**/}',
    '{"a":"b" "c":"d"}',
    '\u00a0{}',
    '{"a":1 2}',
  ].map((text): [string, undefined] => [text, undefined]),
])('%j as a flat object: %j', (text, pairs) => {
  expect(parseFlatObject(text, 100)).toEqual(pairs);
});

test('a flat object has as many members as are allowed, and is not nested at all', () => {
  const members = (count: number) =>
    `{${Array.from({ length: count }, (_, index) => `"a${index}":${index}`).join()}}`;
  expect(parseFlatObject(members(100), 100)).toHaveLength(100);
  expect(parseFlatObject(members(101), 100)).toBeUndefined();
  for (const levels of [1, 32, 100_000]) {
    expect(parseFlatObject(`{"a":${lists(levels)}}`, 100)).toBeUndefined();
    expect(parseFlatObject(objects(levels).replace('1', '{}'), 100)).toBeUndefined();
    expect(parseFlatObject('['.repeat(levels), 100)).toBeUndefined();
  }
  const long = 'x'.repeat(1_000_000);
  expect(parseFlatObject(JSON.stringify({ a: long, b: '\\'.repeat(100_000) }), 100)).toHaveLength(2);
});

/** What JSON.parse makes of it, where that is what parseFlatObject may read. */
function readFlat(text: string): Record<string, string | number> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    const whole = Object.entries(value).every(
      ([name, each]) =>
        name.isWellFormed() &&
        (typeof each === 'number' || (typeof each === 'string' && each.isWellFormed())),
    );
    return whole ? (value as Record<string, string | number>) : undefined;
  } catch {
    return undefined;
  }
}

function expectSame(text: string): void {
  const pairs = parseFlatObject(text, 1000);
  const parsed = readFlat(text);
  if (parsed === undefined) {
    // Of two equal names JSON.parse keeps the last, which may have hidden one that is no text.
    expect(pairs === undefined || new Set(pairs.map(([name]) => name)).size < pairs.length, text).toBe(true);
    return;
  }
  if (pairs === undefined) {
    // A member that is hidden by a later one of its name is refused all the same.
    const names = [...text.matchAll(/"([^"\\]*)"\s*:/g)].map(([, name]) => name);
    expect(new Set(names).size, text).toBeLessThan(names.length);
    return;
  }
  const last = new Map(pairs);
  const full = Object.entries(parsed);
  expect(new Set(last.keys()), text).toEqual(new Set(full.map(([name]) => name)));
  for (const [name, value] of full)
    expect(typeof value === 'number' ? Number(last.get(name)) : last.get(name), text).toBe(value);
}

test('what JSON.parse reads as a flat object of strings and numbers, it reads the same', () => {
  const flat = fc.dictionary(
    fc.string({ unit: 'binary' }),
    fc.oneof(fc.string({ unit: 'binary' }), fc.double({ noNaN: true, noDefaultInfinity: true })),
  );
  fc.assert(
    fc.property(flat, fc.constantFrom(0, 1, '\t'), (object, space) => {
      const text = JSON.stringify(object, null, space);
      expect(parseFlatObject(text, 1000)).toBeDefined();
      expectSame(text);
    }),
  );
});

test('whatever else a text is, it is nothing', () => {
  const piece = fc.constantFrom(
    ...[
      '{',
      '}',
      '[',
      ']',
      ':',
      ',',
      '"a"',
      '"b"',
      '""',
      '"\\ud800"',
      '1',
      '-0',
      '1e5',
      '01',
      'true',
      'null',
      ' ',
      '\n',
      '\u00a0',
      "'",
      '\\',
      '"\\u0061"',
    ],
  );
  const texts = fc.oneof(
    fc.array(piece, { maxLength: 9 }).map((pieces) => pieces.join('')),
    fc.array(piece, { maxLength: 9 }).map((pieces) => `{"a":${pieces.join('')}}`),
    fc.json(),
    fc.string(),
  );
  fc.assert(fc.property(texts, expectSame), { numRuns: 2000 });
});
