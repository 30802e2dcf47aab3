import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isScopeToken, narrowScope, parseScope } from './scope.ts';

// RFC 6749 §3.3, less the comma, which some dialects have for a delimiter.
const token = fc.stringMatching(/^[\x21\x23-\x2B\x2D-\x5B\x5D-\x7E]{1,20}$/);

test.each([[[' ']], [[',']], [[',', ' ']]])('what is joined by any of %j is parsed', (delimiters) => {
  const delimiter = fc.constantFrom(...delimiters);
  fc.assert(
    fc.property(fc.uniqueArray(token), fc.infiniteStream(delimiter), (tokens, stream) => {
      const joined = tokens.map((name) => name + stream.next().value).join('');
      expect(parseScope(joined, delimiters)).toEqual(tokens);
    }),
  );
});

test('order stays, repetition goes, blanks are nothing', () => {
  expect(parseScope(' b  a b ', [' '])).toEqual(['b', 'a']);
  expect(parseScope('  ', [' '])).toEqual([]);
});

test('narrowing gives what was asked for, or refuses', () => {
  fc.assert(
    fc.property(fc.uniqueArray(token, { minLength: 1 }), fc.uniqueArray(token), (requested, allowed) => {
      if (requested.every((name) => allowed.includes(name)))
        expect(narrowScope(requested, allowed)).toEqual(requested);
      else expect(() => narrowScope(requested, allowed)).toThrow('invalid_scope');
    }),
  );
});

test('a refusal names what is not allowed, in the characters of RFC 6749 §5.2', () => {
  expect(() => narrowScope(['a', 'b'], ['a'])).toThrow(/: b$/);
  expect(() => narrowScope(['é"\\'], [])).toThrow(/^[\x20-\x7E]*$/);
});

test('case counts', () => {
  expect(() => narrowScope(['users.read'], ['Users.Read'])).toThrow('invalid_scope');
});

test.each([['a b'], ['"'], ['\\'], ['é'], ['']])('%j is no scope', (name) => {
  expect(isScopeToken(name)).toBe(false);
});
