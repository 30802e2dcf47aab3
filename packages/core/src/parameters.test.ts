import fc from 'fast-check';
import { expect, test } from 'vitest';
import { OAuthError } from './oauth-error.ts';
import { canonicalForm, decodeFormComponent, parseParameters } from './parameters.ts';

const form = { 'content-type': 'application/x-www-form-urlencoded' };
const known = ['scope', 'resource', 'grant_type', 'client_secret'];
const body = { from: ['body' as const], known, repeatable: ['resource'] };
const both = { from: ['body' as const, 'query' as const], known, repeatable: ['scope'] };

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
  ['unknown=a&unknown=b', 'none'],
  ['scope=a&%73cope=b', 'duplicate_parameter'],
  ['grant_type=x\r\n', 'line_break'],
  ['grant_type=x&scope=a\n', 'line_break'],
  ['grant_type=x&unknown=a\n', 'none'],
  ['grant_type=x&client_secret=a\n', 'none'],
  ['grant_type=x%0A', 'none'],
  ['\uFEFFgrant_type=x', 'byte_order_mark'],
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

const bodies: [what: string, bytes: readonly number[], expected: RegExp][] = [
  ['gzip', [0x1f, 0x8b, 0x08], /gzip/],
  ['UTF-16, little end first', [0xff, 0xfe, 0x61, 0], /UTF-16/],
  ['UTF-16, big end first', [0xfe, 0xff, 0, 0x61], /UTF-16/],
  ['anything else', [0xff, 0xff], /UTF-8\.$/],
];
test.each(bodies)('a body that is no text says what it may be: %s', (_what, bytes, expected) => {
  expect(() => parse(Uint8Array.from(bytes))).toThrow(expected);
});

test.each(['gzip', 'deflate, gzip', 'br', 'GZIP'])(
  'a body that comes as %s is named, with 415',
  (encoding) => {
    const request = {
      headers: { ...form, 'content-encoding': encoding },
      query: '',
      body: Buffer.from('a=b'),
    };
    expect(() => parseParameters(request, body)).toThrow(
      expect.objectContaining({
        reason: 'content_encoding',
        status: 415,
        details: { parameter: 'Content-Encoding', value: encoding },
      }),
    );
    const plain = { ...request, headers: { ...form, 'content-encoding': 'identity' } };
    expect(parseParameters(plain, body).get('a')).toBe('b');
  },
);

test('the canonical form says the same to every parser', () => {
  const halves = fc.string({ unit: fc.constantFrom('?', '+', '%3f', '%20', 'a', ';', '#', 'ä', '=') });
  fc.assert(
    fc.property(fc.array(fc.tuple(halves, halves), { maxLength: 5 }), (pairs) => {
      const text = pairs.map((pair) => pair.join('=')).join('&');
      const canonical = canonicalForm(text);
      expect(canonicalForm(canonical)).toBe(canonical);
      const query = { headers: {}, query: text, body: new Uint8Array() };
      const parameters = parseParameters(query, { from: ['body', 'query'], known: [] });
      for (const name of new URLSearchParams(canonical).keys())
        expect(new URLSearchParams(canonical).getAll(name)).toEqual(parameters.all(name));
    }),
  );
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
