// The JSON Schema takes what the server takes, and refuses fields that nobody knows. Zod reads it back: no other validator
// is among the dependencies.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { builtInDialects } from '@tessera-oauth/core';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { descriptions } from './dialect-descriptions.ts';
import { dialectJsonSchema } from './dialect-schema.ts';
import { galleryFile, galleryNames } from './gallery.ts';

type Document = Record<string, unknown>;

const published = dialectJsonSchema();
const schema = z.fromJSONSchema(published as Parameters<typeof z.fromJSONSchema>[0]);
const mistakes = (document: unknown): string[] =>
  schema.safeParse(document).error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) ?? [];

const page = readFileSync(join(import.meta.dirname, '../../../../docs/dialects.md'), 'utf8');
/** The dialects that the page shows, and no configurations or parts. */
const examples = [...page.matchAll(/```(?:yaml|json)\n([\s\S]*?)```/g)]
  .map(([, text = '']) => parse(text) as Document)
  .filter((document) => typeof document?.name === 'string');

test.each([
  ...builtInDialects.map((dialect): [string, unknown] => [dialect.name, dialect]),
  ...galleryNames.map((name): [string, unknown] => [
    `${name} of the gallery`,
    parse(readFileSync(galleryFile(name), 'utf8')),
  ]),
  ...examples.map((document): [string, unknown] => [`${document.name} of the page`, document]),
])('%s is taken', (_name, document) => {
  expect(mistakes(document)).toEqual([]);
});

test('the page has examples', () => {
  expect(examples.length).toBeGreaterThanOrEqual(3);
});

test.each<[what: string, own: Document]>([
  ['$schema', { $schema: './dialect.schema.json' }],
  [
    'a member that is taken away',
    { extends: 'standard', paths: { deny_list: null }, errors: { describe: null } },
  ],
  ['a header that is taken away', { extends: 'standard', headers: { Pragma: null } }],
  ['nested rules', { answer: { a: { members: { b: { list: ['scope', { value: null }] } } } } }],
  ['errors by their code', { errors: { body: { code: { by_error: { invalid_client: 1 }, otherwise: 2 } } } }],
  ['a typ that is none', { access_token: { header: { typ: null } } }],
])('%s is taken', (_what, own) => {
  expect(mistakes({ name: 'acme', ...own })).toEqual([]);
});

test.each<[what: string, own: Document]>([
  ['a field', { colour: 'red' }],
  ['a path', { paths: { tokens: '/t' } }],
  ['a member of requests', { requests: { otherwise: { grant: 'x' } } }],
  ['a member of errors', { errors: { statuses: {} } }],
  ['a member of a rule', { answer: { a: { from: 'scope', colour: 'red' } } }],
  ['a member of a nested rule', { answer: { a: { members: { b: { form: 'scope' } } } } }],
  ['a member of a rule of errors', { errors: { body: { a: { from: 'error', grant_types: [] } } } }],
  ['a member of a claim', { access_token: { claims: { a: { from: 'jti', otherwise: '', as: 'x' } } } }],
  ['a source', { answer: { a: 'expires' } }],
  ['a source of a claim', { access_token: { claims: { a: 'access_token' } } }],
  ['a rule without a value', { answer: { a: {} } }],
  ['a claim that is taken away', { access_token: { claims: { a: null } } }],
])('%s that nobody knows is refused', (_what, own) => {
  expect(mistakes({ name: 'acme', ...own })).not.toEqual([]);
});

test('a dialect without a name is refused', () => {
  expect(mistakes({ extends: 'standard' })).not.toEqual([]);
});

test('each field has a description, and each description a field', () => {
  const described = new Set<string>();
  const bare: string[] = [];
  const walk = (part: unknown): void => {
    if (typeof part !== 'object' || part === null) return;
    for (const [name, member] of Object.entries((part as { properties?: object }).properties ?? {}))
      if (typeof member.description === 'string') described.add(member.description);
      else bare.push(name);
    Object.values(part).forEach(walk);
  };
  walk(published);
  expect(bare).toEqual([]);
  expect([...described].toSorted()).toEqual(Object.values(descriptions).toSorted());
});
