// Which spellings are one resource is in test/house/same-answers.test.ts, for the server too.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalUri } from './canonical-uri.ts';

test('a canonical form is canonical', () => {
  const part = fc.string({ unit: fc.constantFrom(...'aA./%7e2f~-?:@') });
  fc.assert(
    fc.property(part, (text) => {
      const canonical = canonicalUri(`HTTPS://${text}`);
      expect(canonicalUri(canonical)).toBe(canonical);
    }),
  );
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
