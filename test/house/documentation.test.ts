// The documents say what is so: their links lead somewhere and their examples are valid.

import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { builtInDialects } from '@tessera-oauth/core';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { readDialect } from '../../packages/server/src/config/dialects.ts';
import { createTestDatabase } from '../support/postgres.ts';

const root = join(import.meta.dirname, '../..');
const pages = globSync(['*.md', 'docs/**/*.md', 'bench/*.md'], { cwd: root });

/** What a page links to in this repository. */
const linksOf = (page: string) =>
  [...readFileSync(join(root, page), 'utf8').matchAll(/\]\(([^)#\s]+)/g)]
    .map(([, link]) => link ?? '')
    .filter((target) => !/^[a-z]+:/.test(target));

test.each(pages)('the links of %s lead somewhere', (page) => {
  expect(linksOf(page).filter((link) => !existsSync(join(root, dirname(page), link)))).toEqual([]);
});

test('links are found to begin with', () => {
  expect(pages.flatMap(linksOf).length).toBeGreaterThan(30);
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

test('every reason that the code gives is in the operator’s table', () => {
  const operations = readFileSync(join(root, 'docs/operations/log.md'), 'utf8');
  const sources = globSync('packages/core/src/**/*.ts', { cwd: root }).filter(
    (file) => !file.endsWith('.test.ts'),
  );
  const text = sources.map((file) => readFileSync(join(root, file), 'utf8')).join('\n');
  const given = [
    ...text.matchAll(/(?:invalidRequest|invalidClient)\(\s*'([a-z_]+)'/g),
    ...text.matchAll(/new OAuthError\(\s*'[a-z_]+',\s*'([a-z_]+)'/g),
    ...text.matchAll(/reason: '([a-z_]+)'/g),
  ].map(([, reason]) => reason ?? '');
  expect(given.length).toBeGreaterThan(20);
  for (const reason of new Set(given)) expect(operations, reason).toContain(`\`${reason}\``);
});

test('the operator’s table of what grows has every table of the database, and no other', async () => {
  const database = await createTestDatabase();
  const rows = await database.query("select tablename from pg_tables where schemaname = 'public'");
  await database.drop();
  const page = readFileSync(join(root, 'docs/operations/growth.md'), 'utf8');
  const named = [...page.matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name);
  expect(named.toSorted()).toEqual(rows.map(({ tablename }) => tablename).toSorted());
});
