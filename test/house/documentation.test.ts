// The documents say what is so: their links lead somewhere and their examples are valid.

import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { builtInDialects } from '@tessera-oauth/core';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { readDialect } from '../../packages/server/src/config/dialects.ts';
import { endpointReference, endpointsFile, logFile, withReasons } from '../../scripts/reference.ts';
import { createTestDatabase } from '../support/postgres.ts';

const root = join(import.meta.dirname, '../..');
const pages = globSync(['*.md', 'docs/**/*.md', 'bench/*.md'], { cwd: root });

test.each(pages)('the links of %s lead somewhere', (page) => {
  const links = [...readFileSync(join(root, page), 'utf8').matchAll(/\]\(([^)#\s]+)/g)].map(
    ([, link]) => link ?? '',
  );
  for (const link of links.filter((target) => !/^[a-z]+:/.test(target))) {
    expect(existsSync(join(root, dirname(page), link)), link).toBe(true);
  }
});

const dialects = [...readFileSync(join(root, 'docs/dialects.md'), 'utf8').matchAll(/```yaml\n([^`]+)```/g)]
  .map(([, text]) => parse(text ?? ''))
  .filter((document) => document.name !== undefined);

test('every dialect in the guide is valid', () => {
  expect(dialects.map(({ name }) => name)).toEqual(['tilia-numbers', 'standard', 'acme']);
  for (const dialect of dialects) readDialect(dialect, dialect.name);
});

test('the guide shows the standard dialect as it is', () => {
  const shown = dialects.find(({ name }) => name === 'standard');
  expect(shown).toEqual(builtInDialects.find(({ name }) => name === 'standard'));
});

test('the reference of endpoints and the table of reasons are what the code’s lists make of them (npm run reference)', () => {
  expect(readFileSync(endpointsFile, 'utf8')).toBe(endpointReference());
  const log = readFileSync(logFile, 'utf8');
  expect(log).toBe(withReasons(log));
  expect(log).toContain('| `client_unknown` |');
});

test('the operator’s table of what grows has every table of the database, and no other', async () => {
  const database = await createTestDatabase();
  const rows = await database.query("select tablename from pg_tables where schemaname = 'public'");
  await database.drop();
  const page = readFileSync(join(root, 'docs/operations/growth.md'), 'utf8');
  const named = [...page.matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name);
  expect(named.toSorted()).toEqual(rows.map(({ tablename }) => tablename).toSorted());
});
