// Which spellings are one resource, and which are not.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalUri } from './canonical-uri.ts';

test.each([
  ['https://api.example.com', 'https://api.example.com/'],
  ['https://API.example.com', 'https://api.example.com/'],
  ['HTTPS://api.example.com/', 'https://api.example.com/'],
  ['https://api.example.com:443', 'https://api.example.com/'],
  ['https://api.example.com:', 'https://api.example.com/'],
  ['http://api.example.com:80/v1', 'http://api.example.com/v1'],
  ['https://api.example.com?tenant=a', 'https://api.example.com/?tenant=a'],
  ['https://[::1]:8443', 'https://[::1]:8443/'],
  ['https://[2001:DB8::1]:443/v1', 'https://[2001:db8::1]/v1'],
])('%s is %s', (spelt, canonical) => {
  expect(canonicalUri(spelt)).toBe(canonical);
  expect(canonicalUri(canonical)).toBe(canonical);
});

test.each([
  ['a path in another case', 'https://api.example.com/V1', 'https://api.example.com/v1'],
  ['a slash behind a path', 'https://api.example.com/v1/', 'https://api.example.com/v1'],
  ['another port', 'https://api.example.com:80', 'https://api.example.com'],
  ['another scheme', 'http://api.example.com', 'https://api.example.com'],
  ['a longer host', 'https://api.example.com.evil.example', 'https://api.example.com'],
  ['a user in front', 'https://api.example.com@evil.example', 'https://api.example.com'],
  ['a user in front, of the same host', 'https://a@api.example.com', 'https://api.example.com'],
  ['a backslash', 'https://evil.example\\@api.example.com', 'https://api.example.com'],
  ['a fragment', 'https://api.example.com/#a', 'https://api.example.com'],
  ['a blank behind', 'https://api.example.com ', 'https://api.example.com'],
  ['a line break behind', 'https://api.example.com\n', 'https://api.example.com'],
  ['dots in the path', 'https://api.example.com/a/../b', 'https://api.example.com/b'],
  ['another query', 'https://api.example.com/?a=B', 'https://api.example.com/?a=b'],
  ['a name that is no URI', 'Invoices', 'invoices'],
  ['a URN in another case', 'urn:example:A', 'urn:example:a'],
])('%s is another resource', (_what, one, other) => {
  expect(canonicalUri(one)).not.toBe(canonicalUri(other));
});

test('what has one canonical form is one URL to a parser, too', () => {
  const host = fc.constantFrom('api.example.com', 'API.EXAMPLE.COM', 'b.example', '127.0.0.1', '[::1]');
  const port = fc.constantFrom('', ':', ':80', ':443', ':8443');
  const rest = fc.constantFrom('', '/', '/v1', '/V1', '?a=1', '/?a=1');
  const uri = fc
    .tuple(fc.constantFrom('http', 'https', 'HTTPS'), host, port, rest)
    .map(([scheme, name, number, path]) => `${scheme}://${name}${number}${path}`);
  fc.assert(
    fc.property(uri, uri, (one, other) => {
      expect(canonicalUri(one) === canonicalUri(other)).toBe(new URL(one).href === new URL(other).href);
    }),
    { numRuns: 2000 },
  );
});
