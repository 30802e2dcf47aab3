import { expect, test } from 'vitest';
import { nearestName } from './nearest.ts';

const names = ['from', 'expires_in', 'expires_at', 'invalid_client', 'invalid_grant', 'jti', ','];

test.each([
  ['from', 'from'],
  ['fron', 'from'],
  // Neighbours that changed places are one mistake.
  ['form', 'from'],
  ['FROM', 'from'],
  ['expiresin', 'expires_in'],
  ['invalid_cleint', 'invalid_client'],
  // The end is missing: the first of those that begin so.
  ['expires', 'expires_in'],
  ['expires_a', 'expires_at'],
  ['jt', 'jti'],
  ['invalid', undefined],
  ['colour', undefined],
  ['', undefined],
  // Nothing of it would be left.
  [';', undefined],
  ['x'.repeat(10_000), undefined],
])('%s is probably %s', (typed, name) => {
  expect(nearestName(typed, names)).toBe(name);
});
