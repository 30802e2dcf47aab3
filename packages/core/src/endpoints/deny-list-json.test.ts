import { hash } from 'node:crypto';
import { assert, dictionary, nat, property, string, uniqueArray } from 'fast-check';
import { expect, test } from 'vitest';
import { denyListJson } from './deny-list-json.ts';

const claims = { iss: 'https://ä.example', iat: 1, exp: 2 };

test('the pieces are the JSON of the list, the same whatever the order of what was revoked', () => {
  assert(
    property(uniqueArray(string()), dictionary(string(), nat()), (tokens, clients) => {
      const text = [...denyListJson(claims, { tokens, clients: new Map(Object.entries(clients)) })].join('');
      const hashed = Object.entries(clients).map(([id, before]) => [hash('sha256', id, 'base64url'), before]);
      const read = JSON.parse(text);
      expect({ ...read, denied: read.denied.toSorted() }).toEqual({
        ...claims,
        denied: tokens.toSorted(),
        clients: Object.fromEntries(hashed),
      });
      const turned = { tokens: tokens.toReversed(), clients: new Map(Object.entries(clients).toReversed()) };
      expect([...denyListJson(claims, turned)].join('')).toBe(text);
    }),
  );
});

test('of a long list no piece is long: others have their turn after each', () => {
  const tokens = Array.from({ length: 100_000 }, (_, index) => hash('sha256', String(index), 'base64url'));
  const clients = new Map(tokens.map((id) => [id, 1]));
  const pieces = [...denyListJson(claims, { tokens, clients })];
  expect(pieces.length).toBeGreaterThan(200);
  expect(Math.max(...pieces.map(({ length }) => length))).toBeLessThan(200_000);
});
