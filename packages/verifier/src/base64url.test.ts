// Both decoders: what they take has one spelling, and they agree on it.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { nodeDecode, webDecode } from './base64url.ts';

const encode = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64url');

/** RFC 4648 §10, without padding. */
test.each([
  ['Zg', 'f'],
  ['Zm8', 'fo'],
  ['Zm9v', 'foo'],
  ['Zm9vYg', 'foob'],
  ['Zm9vYmE', 'fooba'],
  ['Zm9vYmFy', 'foobar'],
])('%s is %s', (text, expected) => {
  for (const decode of [nodeDecode, webDecode])
    expect(Buffer.from(decode(text) ?? []).toString()).toBe(expected);
});

test.each([
  '',
  'A',
  'AB',
  'AAB',
  'AAAAA',
  'AA==',
  'AA=',
  '+AAA',
  'AA/A',
  'A A',
  'AAA\n',
  'AA.A',
  'ÄAAA',
  'AAAÄ',
  '\u0141AAA',
  '\uff21AAA',
  'AA\0A',
])('%j is refused', (text) => {
  expect([nodeDecode(text), webDecode(text)]).toEqual([undefined, undefined]);
});

test('both decoders accept exactly what an encoder writes', () => {
  const characters = 'ABCDwxyz0189-_+/=. \n\0Äł漢😀';
  const text = fc.oneof(
    fc.uint8Array({ minLength: 1, maxLength: 60 }).map(encode),
    fc.string({ unit: fc.constantFrom(...characters), maxLength: 20 }),
    fc.string({ unit: 'binary', maxLength: 20 }),
  );
  fc.assert(
    fc.property(text, (given) => {
      const [node, web] = [nodeDecode(given), webDecode(given)];
      expect(node && [...node]).toEqual(web && [...web]);
      if (node !== undefined) expect(encode(node)).toBe(given);
    }),
    { numRuns: 5000 },
  );
});
