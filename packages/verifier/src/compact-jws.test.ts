// The parser: what is one compact JWS to the letter goes through it, and nothing else does.

import fc from 'fast-check';
import { base64url } from 'jose';
import { describe, expect, test } from 'vitest';
import { readHeader, readObject, splitJws } from './compact-jws.ts';
import { VerifierError } from './verifier-error.ts';

const encode = (text: string | Uint8Array) => base64url.encode(text);
const header = encode('{"alg":"ES256"}');
const payload = encode('{}');

/** What the verifier does with a token before it looks for a key. */
function parse(token: string) {
  const jws = splitJws(token);
  return { header: readHeader(jws.header), payload: readObject(jws.payload), signature: jws.signature };
}

function codeOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof VerifierError) return error.code;
    throw error;
  }
  return 'good';
}

const bytes = fc.uint8Array({ minLength: 1, maxLength: 100 });

test('any object, in any characters, comes out as it went in', () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue()),
      bytes,
      (claims, signature) => {
        const text = JSON.stringify(claims);
        const parsed = parse(`${header}.${encode(text)}.${encode(signature)}`);
        expect(parsed.payload).toEqual(JSON.parse(text));
        expect([...parsed.signature]).toEqual([...signature]);
      },
    ),
  );
});

test('any text at all is either parsed or token_malformed, and never anything else', () => {
  const piece = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.constantFrom('.', '..', '=', '\n', header, payload, '\0'),
    fc.base64String(),
    bytes.map(encode),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 8 }), fc.constantFrom('', '.'), (pieces, joint) => {
      expect(['good', 'token_malformed']).toContain(codeOf(() => parse(pieces.join(joint))));
    }),
    { numRuns: 2000 },
  );
});

test('a good token has one spelling: no other text has the same three parts', () => {
  const part = fc.integer({ min: 0, max: 2 });
  const character = fc.constantFrom(
    ...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_+/= ',
  );
  fc.assert(
    fc.property(bytes, part, character, (signature, at, last) => {
      const parts = [header, payload, encode(signature)];
      const other = parts.with(at, (parts[at] ?? '').slice(0, -1) + last);
      if (other[at] === parts[at]) return;
      const decoded = (all: string[]) => all.map((each) => Buffer.from(each, 'base64url').toString('hex'));
      if (codeOf(() => splitJws(other.join('.'))) === 'good' && at === 2)
        expect(decoded(other)).not.toEqual(decoded(parts));
      if (at < 2 && decoded(other)[at] === decoded(parts)[at])
        expect(codeOf(() => parse(other.join('.')))).toBe('token_malformed');
    }),
    { numRuns: 2000 },
  );
});

describe('is malformed', () => {
  const jose = [
    ['nothing', ''],
    ['one part', header],
    ['two parts', `${header}.${payload}`],
    ['four parts', `${header}.${payload}.AAAA.AAAA`],
    ['five parts, a JWE (RFC 7516 §3.1)', `${header}.AAAA.AAAA.${payload}.AAAA`],
    ['an empty signature (RFC 7519 §6.1)', `${encode('{"alg":"none"}')}.${payload}.`],
    ['an empty payload', `${header}..AAAA`],
    ['an empty header', `.${payload}.AAAA`],
    ['a space in front', ` ${header}.${payload}.AAAA`],
    ['a line break behind', `${header}.${payload}.AAAA\n`],
    ['padding', `${header}.${payload}.AA==`],
    ['the alphabet of base64', `${header}.${payload}.AA+/`],
    ['a rest of one character', `${header}.${payload}.AAAAA`],
    ['bits left over, of two characters', `${header}.${payload}.AB`],
    ['bits left over, of three characters', `${header}.${payload}.AAB`],
    ['the JSON serialization (RFC 7515 §7.2)', `{"payload":"${payload}","signature":"AAAA"}`],
    ['a header that is a list', `${encode('["alg"]')}.${payload}.AAAA`],
    ['a header that is null', `${encode('null')}.${payload}.AAAA`],
    ['a header that is cut off', `${encode('{"alg":"ES256"')}.${payload}.AAAA`],
    ['a header with a comment', `${encode('{"alg":"ES256"/**/}')}.${payload}.AAAA`],
    ['a header with a byte order mark', `${encode('\uFEFF{"alg":"ES256"}')}.${payload}.AAAA`],
    ['a header in UTF-16', `${encode(Buffer.from('{"alg":"ES256"}', 'utf16le'))}.${payload}.AAAA`],
    ['a header without alg', `${encode('{}')}.${payload}.AAAA`],
    ['an alg that is a number', `${encode('{"alg":256}')}.${payload}.AAAA`],
    ['an alg that is a list', `${encode('{"alg":["ES256"]}')}.${payload}.AAAA`],
    ['a kid that is an object', `${encode('{"alg":"ES256","kid":{}}')}.${payload}.AAAA`],
    ['a typ that is null', `${encode('{"alg":"ES256","typ":null}')}.${payload}.AAAA`],
    ['crit, though empty (RFC 7515 §4.1.11)', `${encode('{"alg":"ES256","crit":[]}')}.${payload}.AAAA`],
    [
      'crit with b64 (RFC 7797 §6)',
      `${encode('{"alg":"ES256","b64":false,"crit":["b64"]}')}.${payload}.AAAA`,
    ],
    ['a payload that is a text', `${header}.${encode('"a"')}.AAAA`],
    ['a payload that is a list', `${header}.${encode('[]')}.AAAA`],
    ['a payload that is not UTF-8', `${header}.${encode(Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d]))}.AAAA`],
    ['a payload in overlong UTF-8', `${header}.${encode(Buffer.from([0x7b, 0xc0, 0xaf, 0x7d]))}.AAAA`],
    ['a payload with two values', `${header}.${encode('{}{}')}.AAAA`],
  ];

  test.each(jose)('%s', (_what, token) => {
    expect(codeOf(() => parse(token ?? ''))).toBe('token_malformed');
  });

  test('the example of RFC 7515 Appendix E, whose crit names an unknown extension', () => {
    const crit = encode(
      '{"alg":"none",\r\n "crit":["http://example.com/UNDEFINED"],\r\n "http://example.com/UNDEFINED":true\r\n}',
    );
    expect(crit).toMatch(/^eyJhbGciOiJub25lIiwNCiAiY3JpdCI6WyJodHRwOi8vZXhhbXBsZS5jb20vVU5ERUZJTkVEIl0/);
    expect(codeOf(() => parse(`${crit}.RkFJTA.`))).toBe('token_malformed');
    expect(codeOf(() => readHeader(crit))).toBe('token_malformed');
  });
});

test('an error quotes nothing of the token', () => {
  const secret = 'dont-tell';
  for (const token of [`${encode(`{"${secret}`)}.${payload}.AAAA`, `${secret}.${secret}.${secret}`]) {
    const error = (() => {
      try {
        return parse(token);
      } catch (thrown) {
        return thrown as Error;
      }
    })() as Error;
    expect(`${error.message} ${error.stack} ${JSON.stringify(error)} ${error.cause}`).not.toContain(secret);
  }
});
