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

const jsonRules = {
  ...body,
  media: ['form' as const, 'json' as const],
  names: { secret: 'client_secret', key: 'client_secret', kind: 'grant_type', api: 'resource' },
};

const parseJsonText = (
  text: string | Uint8Array,
  rules: Parameters<typeof parseParameters>[1] = jsonRules,
  type = 'application/json',
) => parseParameters({ headers: { 'content-type': type }, query: '', body: Buffer.from(text) }, rules);

test.each<[json: string, reason: string]>([
  ['{"grant_type":"x","scope":"a b"}', 'none'],
  ['{"grant_type":"x","expires":3600}', 'none'],
  ['{"scope":"","resource":"a"}', 'none'],
  // A name stands once in an object, whatever it is: readers differ in which of two they take.
  ['{"unknown":"a","unknown":"b"}', 'duplicate_parameter'],
  ['{"scope":"","scope":"a"}', 'duplicate_parameter'],
  ['{"resource":"a","resource":"b"}', 'duplicate_parameter'],
  ['{"scope":"a","scope":"b"}', 'duplicate_parameter'],
  ['{"scope":"a","\\u0073cope":"a"}', 'duplicate_parameter'],
  ['{"a":"\\u0000"}', 'nul_byte'],
  ['{"a\\u0000":"b"}', 'nul_byte'],
  ['{"a":"\\ud800"}', 'body_malformed'],
  ['{"scope":["a","b"]}', 'body_malformed'],
  ['{"scope":{"a":1}}', 'body_malformed'],
  ['{"scope":true}', 'body_malformed'],
  ['{"scope":null}', 'body_malformed'],
  ['[]', 'body_malformed'],
  ['', 'body_malformed'],
  ['grant_type=x', 'body_malformed'],
  ['{"grant_type":"x"} {}', 'body_malformed'],
  ['\uFEFF{}', 'byte_order_mark'],
  [`{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`, 'body_malformed'],
  [`{${Array.from({ length: 101 }, (_, index) => `"p${index}":1`).join()}}`, 'body_malformed'],
  [`{${Array.from({ length: 100 }, (_, index) => `"p${index}":1`).join()}}`, 'none'],
])('%s: %s', (json, reason) => {
  expect(reasonOf(() => parseJsonText(json))).toBe(reason);
});

test('a number counts as it is written, and what is empty is absent', () => {
  const parameters = parseJsonText('{"a":1.50,"b":12345678901234567890,"c":"","d":-0}');
  expect(['a', 'b', 'c', 'd'].map((name) => parameters.get(name))).toEqual([
    '1.50',
    '12345678901234567890',
    undefined,
    '-0',
  ]);
});

test.each(['application/json', 'application/JSON ; charset=utf-8'])('%s is JSON where it may be', (type) => {
  expect(parseJsonText('{"scope":"a"}', jsonRules, type).get('scope')).toBe('a');
  expect(reasonOf(() => parseJsonText('{"scope":"a"}', body, type))).toBe('content_type');
  expect(parse('scope=a', '', jsonRules).get('scope')).toBe('a');
});

test.each(['application/jsonp', 'application/json-patch', 'text/json', 'application/vnd.acme+json'])(
  '%s is not',
  (type) => {
    expect(reasonOf(() => parseJsonText('{}', jsonRules, type))).toBe('content_type');
  },
);

test('the refusal of another type names those that are taken', () => {
  expect(() => parseJsonText('{}', body)).toThrow(/Content-Type: application\/x-www-form-urlencoded\.$/);
  expect(() => parseJsonText('{}', jsonRules, 'text/plain')).toThrow(
    /application\/x-www-form-urlencoded or application\/json\.$/,
  );
});

test('JSON is UTF-8, and comes as it is', () => {
  expect(reasonOf(() => parseJsonText(Buffer.from('{"a":"b"}', 'utf16le')))).toBe('body_malformed');
  expect(reasonOf(() => parseJsonText(Buffer.from([0x7b, 0xff])))).toBe('body_not_utf8');
  const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' };
  expect(reasonOf(() => parseParameters({ headers, query: '', body: Buffer.from('{}') }, jsonRules))).toBe(
    'content_encoding',
  );
});

test.each<[form: string, reason: string]>([
  ['secret=a', 'none'],
  ['kind=x&secret=a', 'none'],
  // By both of its names, or by two others, it stands twice: also with the same value.
  ['secret=a&client_secret=b', 'duplicate_parameter'],
  ['client_secret=a&secret=a', 'duplicate_parameter'],
  ['secret=a&key=b', 'duplicate_parameter'],
  ['secret=a&secret=b', 'duplicate_parameter'],
  ['secret=&client_secret=b', 'none'],
  // Also one that may stand more than once: by two names it is no longer one list.
  ['api=a&resource=b', 'duplicate_parameter'],
])('by other names, %s: %s', (form, reason) => {
  expect(reasonOf(() => parse(form, '', jsonRules))).toBe(reason);
  const members = [...new URLSearchParams(form)].map((pair) =>
    pair.map((half) => JSON.stringify(half)).join(':'),
  );
  expect(reasonOf(() => parseJsonText(`{${members.join()}}`))).toBe(reason);
});

test('one that may stand more than once may do so by another name, in a form', () => {
  expect(parse('api=a&api=b', '', jsonRules).all('resource')).toEqual(['a', 'b']);
  expect(reasonOf(() => parseJsonText('{"api":"a","api":"b"}'))).toBe('duplicate_parameter');
});

test('a parameter has its standard name, and no other', () => {
  const parameters = parse('secret=a&kind=x&api=1&api=2', 'key=b&scope=q', {
    ...jsonRules,
    from: ['body', 'query'],
  });
  expect([parameters.get('client_secret'), parameters.get('secret'), parameters.get('kind')]).toEqual([
    'a',
    undefined,
    undefined,
  ]);
  expect([parameters.get('grant_type'), parameters.get('scope')]).toEqual(['x', 'q']);
  expect(parameters.all('resource')).toEqual(['1', '2']);
});

test('the same pairs say the same in a form and in JSON', () => {
  const value = fc.string({ unit: 'grapheme' });
  const name = fc.oneof(
    fc.constantFrom('scope', 'secret', 'client_secret', 'resource', 'api', 'other', 'grant_type', 'kind'),
    value,
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(name, value), { maxLength: 6 }), (pairs) => {
      // Of an object each name stands once.
      fc.pre(new Set(pairs.map(([each]) => each)).size === pairs.length);
      const json = `{${pairs.map(([each, text]) => `${JSON.stringify(each)}:${JSON.stringify(text)}`).join()}}`;
      const [form, read] = [
        () => parse(new URLSearchParams(pairs).toString(), '', jsonRules),
        () => parseJsonText(json),
      ];
      expect(reasonOf(read)).toBe(reasonOf(form));
      if (reasonOf(form) !== 'none') return;
      for (const [each] of pairs) expect(read().all(each)).toEqual(form().all(each));
    }),
  );
});

test('the canonical form has standard names alone', () => {
  expect(canonicalForm('secret=a+b&x=&kind=%78', jsonRules.names)).toBe('client_secret=a+b&grant_type=x');
  // What stands twice is told later, to whom it concerns.
  expect(canonicalForm('secret=a&client_secret=b', jsonRules.names)).toBe('client_secret=b&client_secret=a');
});
