// What decision 27 promises of every dialect that the schema accepts, for a few thousand requests; the proof
// `any-dialect` of test/faults makes a hundred thousand.

import { allEndpoints, builtInDialects, dialectSchema, dialectShape } from '@tessera-oauth/core';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { anyDialect, writtenDialect } from './arbitrary/dialects.ts';
import { mutated } from './arbitrary/mutations.ts';
import { proveDialects } from './prove.ts';
import { bareRequest, createWorld, type World } from './world.ts';

const [standard] = builtInDialects;
let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

test('no field of a dialect can weaken a check', async () => {
  const seed = fc.sample(fc.nat(), 1)[0] ?? 0;
  const { pairs, granted } = await proveDialects({ pairs: 2000, seed });
  // Requests of which none was in order would prove little.
  expect(granted).toBeGreaterThan(pairs / 20);
});

/** The paths of all fields, one level into objects. */
const fieldsOf = (dialect: object): string[] =>
  Object.entries(dialect).flatMap(([name, value]) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? [name, ...Object.keys(value).map((inner) => `${name}.${inner}`)]
      : [name],
  );

test('the dialects that are tried have every field of the schema', () => {
  const tried = new Set(fc.sample(anyDialect, 300).flatMap(fieldsOf));
  const described = Object.entries(dialectShape.shape).flatMap(([name, schema]) => {
    const inner = 'unwrap' in schema ? schema.unwrap() : schema;
    return [name, ...('shape' in inner ? Object.keys(inner.shape).map((each) => `${name}.${each}`) : [])];
  });
  expect(described.length).toBeGreaterThan(40);
  expect(described.filter((field) => !tried.has(field))).toEqual([]);
});

test('the rules that are tried are of every kind', () => {
  const text = JSON.stringify(fc.sample(anyDialect, 300));
  for (const key of [
    'from',
    'otherwise',
    'as',
    'unit',
    'value',
    'members',
    'list',
    'grant_types',
    'by_error',
  ])
    expect(text).toContain(`"${key}":`);
});

test('whatever stands in a file, the schema says yes or no, and never fails', () => {
  fc.assert(
    fc.property(fc.oneof(mutated(writtenDialect), fc.jsonValue()), (written) => {
      expect(() => dialectSchema.safeParse(written)).not.toThrow();
    }),
    { numRuns: 200 },
  );
});

test('a JSON body of a hundred thousand levels is answered 400', async () => {
  const { issuer } = await world.serve({ ...standard, requests: { media: ['form', 'json'] } });
  for (const nested of [
    '['.repeat(100_000),
    '{"a":'.repeat(100_000),
    `{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`,
  ])
    for (const endpoint of allEndpoints.filter(({ clients }) => clients !== undefined)) {
      const request = bareRequest(issuer, '/token', nested, 'application/json');
      const { status } = await endpoint.handle({ request, issuer, ports: world.ports });
      expect(status).toBe(400);
    }
});
