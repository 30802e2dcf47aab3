import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isSameUri } from './resource.ts';

const registered = 'https://api.example.com/v1';

test.each([
  ['https://api.example.com', 'https://api.example.com/'],
  ['https://api.example.com', 'https://API.example.com'],
  ['https://api.example.com', 'HTTPS://api.example.com:443/'],
  ['https://api.example.com/v1', 'https://api.example.com/a/../v1'],
  ['https://api.example.com/~v1', 'https://api.example.com/%7Ev1'],
  ['https://api.example.com/%2F', 'https://api.example.com/%2f'],
  ['http://api.example.com/?q', 'http://api.example.com:80?q'],
  ['urn:example:api', 'urn:example:api'],
])('%s is %s', (one, other) => {
  expect(isSameUri(one, other)).toBe(true);
});

test.each([
  `${registered}/`,
  'https://api.example.com/V1',
  'http://api.example.com/v1',
  'https://api.example.com:8443/v1',
  'https://api.example.com/v1?',
  'https://api.example.com/v1#',
  'https://user@api.example.com/v1',
  'https://api.example.com%2Fv1',
  'https://api.example.com/%2Fv1',
  'https://api.example.com./v1',
  ' https://api.example.com/v1',
  'https://api.example.com/v1\n',
  'https:\\\\api.example.com\\v1',
  'https:api.example.com/v1',
  'https:///api.example.com/v1',
  'https://api.example.com\\v1',
  '//api.example.com/v1',
  '',
])(`${registered} is not %j`, (other) => {
  expect(isSameUri(registered, other)).toBe(false);
});

test('a parser of URLs calls all that is the same the same', () => {
  const part = fc.string({ unit: fc.constantFrom(...'aA./%7e~-?:@') });
  fc.assert(
    fc.property(part, part, (one, other) => {
      const [a, b] = [`https://h/${one}`, `https://h/${other}`];
      const decoded = (uri: string) => new URL(uri).href.replaceAll(/%7e/gi, '~');
      expect(!isSameUri(a, b) || decoded(a) === decoded(b), `${a} ${b}`).toBe(true);
      expect(isSameUri(b, a)).toBe(isSameUri(a, b));
    }),
  );
});
