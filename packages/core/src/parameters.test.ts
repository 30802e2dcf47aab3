import fc from 'fast-check';
import { expect, test } from 'vitest';
import { OAuthError } from './oauth-error.ts';
import { decodeFormComponent, parseParameters } from './parameters.ts';

const form = { 'content-type': 'application/x-www-form-urlencoded' };
const body = { from: ['body' as const], repeatable: ['resource'] };
const both = { from: ['body' as const, 'query' as const], repeatable: ['scope'] };

const parse = (text: string | Uint8Array, query = '', rules: Parameters<typeof parseParameters>[1] = body) =>
  parseParameters({ headers: form, query, body: typeof text === 'string' ? Buffer.from(text) : text }, rules);

const reasonOf = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    if (error instanceof OAuthError) return error.reason;
    throw error;
  }
  return 'none';
};

// Lone surrogates have no UTF-8; NUL is refused, and a parameter without a name or a value is none.
const text = fc.string({ unit: 'grapheme', minLength: 1 }).filter((value) => !value.includes('\0'));

test('what URLSearchParams writes, it reads', () => {
  fc.assert(
    fc.property(fc.dictionary(text, text, { maxKeys: 50 }), (pairs) => {
      const parameters = parse(new URLSearchParams(Object.entries(pairs)).toString());
      for (const [name, value] of Object.entries(pairs)) expect(parameters.get(name)).toBe(value);
    }),
  );
});

test('any bytes are parameters or invalid_request', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      try {
        parse(bytes);
      } catch (error) {
        expect(error).toMatchObject({ error: 'invalid_request' });
      }
    }),
  );
});

test('a component decodes as URLSearchParams does, or not at all', () => {
  fc.assert(
    fc.property(fc.string(), (encoded) => {
      const decoded = decodeFormComponent(encoded);
      if (decoded === undefined) return;
      const reference = new URLSearchParams(`v=${encoded.replaceAll('&', '%26').replaceAll('#', '%23')}`).get(
        'v',
      );
      expect(decoded).toBe(reference);
    }),
  );
});

test.each([
  ['scope=a&scope=b', 'duplicate_parameter'],
  ['unknown=a&unknown=b', 'duplicate_parameter'],
  ['scope=&scope=b', 'none'],
  ['resource=a&resource=b', 'none'],
  ['a=%00', 'nul_byte'],
  ['a=%zz', 'encoding'],
  ['a=%', 'encoding'],
  ['a=%ff', 'encoding'],
  ['%ff=a', 'encoding'],
  [Array.from({ length: 101 }, (_, index) => `p${index}=1`).join('&'), 'too_many_parameters'],
  [Array.from({ length: 100 }, (_, index) => `p${index}=1`).join('&'), 'none'],
])('%s: %s', (form, reason) => {
  expect(reasonOf(() => parse(form))).toBe(reason);
});

test('raw bytes that are not UTF-8 are refused', () => {
  expect(reasonOf(() => parse(Buffer.from([0x61, 0x3d, 0xff])))).toBe('body_not_utf8');
});

test('an empty value is absent', () => {
  expect(parse('scope=&grant_type=x').get('scope')).toBeUndefined();
});

test('the query counts where it may, and the body wins', () => {
  expect(parse('a=body', 'a=query&b=query').get('b')).toBeUndefined();
  const parameters = parse('a=body', 'a=query&b=query', both);
  expect([parameters.get('a'), parameters.get('b')]).toEqual(['body', 'query']);
});

test('another content type is refused where the body is all there is', () => {
  const request = { headers: { 'content-type': 'application/json' }, query: 'a=1', body: Buffer.from('{}') };
  expect(reasonOf(() => parseParameters(request, body))).toBe('content_type');
  expect(parseParameters(request, both).get('a')).toBe('1');
});
