// The documents say what is so: their links lead somewhere, every page can be found, and their examples are valid.

import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { builtInDialects } from '@tessera-oauth/core';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { readDialect } from '../../packages/server/src/config/dialects.ts';
import { endpointReference, endpointsFile, logFile, withReasons } from '../../scripts/reference.ts';
import { createTestDatabase } from '../support/postgres.ts';
import { headingsOf, linksOf, pageAt, pages, root, split, textOf } from './markdown.ts';

const leadsSomewhere = ({ path, anchor }: ReturnType<typeof linksOf>[number]): boolean => {
  if (!existsSync(join(root, path))) return false;
  if (anchor === '' || !pageAt(path).endsWith('.md')) return true;
  return headingsOf(textOf(pageAt(path))).some((heading) => heading.anchor === anchor);
};

test.each(pages)('the links of %s lead to files and headings that exist', (page) => {
  expect(linksOf(page).filter((link) => !leadsSomewhere(link))).toEqual([]);
});

test('links are found to begin with', () => {
  expect(pages.flatMap((page) => linksOf(page)).length).toBeGreaterThan(30);
});

test.each(pages)('%s has one title, and it comes first', (page) => {
  const titles = headingsOf(textOf(page)).filter(({ level }) => level === 1);
  expect(titles).toHaveLength(1);
  expect(textOf(page)).toMatch(/^# /);
});

test('every page under docs/ can be reached from README.md', () => {
  const reached = new Set(['README.md']);
  for (const page of reached) {
    if (!pages.includes(page)) continue;
    for (const { path } of linksOf(page)) reached.add(pageAt(path));
  }
  const below = pages.filter((page) => page.startsWith('docs/'));
  expect(below.length).toBeGreaterThan(20);
  expect(below.filter((page) => !reached.has(page))).toEqual([]);
});

test('the glossary is in alphabetical order', () => {
  const [, ...words] = headingsOf(textOf('docs/glossary.md')).map(({ anchor }) =>
    anchor.replaceAll('-', ' '),
  );
  expect(words.length).toBeGreaterThan(50);
  expect(words).toEqual(words.toSorted());
});

test.each(pages)('the files that %s names exist', (page) => {
  const prose = split(textOf(page)).prose.join('\n');
  const named = [...prose.matchAll(/`((?:\.ci|bench|docs|examples|packages|scripts|test)\/[^\s`]+)`/g)];
  const missing = named
    .map(([, path = '']) => path)
    .filter((path) => path !== 'bench/dist' && globSync(path, { cwd: root }).length === 0);
  expect(missing).toEqual([]);
});

test('the pages that comments name exist', () => {
  const files = globSync(
    [
      'packages/*/src/**/*.ts',
      'bench/src/**/*.ts',
      'examples/**/*.ts',
      'scripts/*.ts',
      '*.yaml',
      'test/**/*.ts',
    ],
    { cwd: root, exclude: ['**/node_modules/**'] },
  );
  const named = files.flatMap((file) =>
    [...readFileSync(join(root, file), 'utf8').matchAll(/\bdocs\/[\w/-]+(?:\.md)?/g)].map(([name]) => ({
      file,
      name,
    })),
  );
  expect(named.length).toBeGreaterThan(10);
  // `docs/decisions/0007` names the one page that begins so.
  const missing = named.filter(({ name }) => !pages.some((page) => page.startsWith(name)));
  expect(missing).toEqual([]);
});

const dialects = [...readFileSync(join(root, 'docs/dialects.md'), 'utf8').matchAll(/```yaml\n([^`]+)```/g)]
  .map(([, text]) => parse(text ?? ''))
  .filter((document) => document.name !== undefined);

test('every dialect in the guide is valid', () => {
  expect(dialects.map(({ name }) => name)).toEqual([
    'tilia-numbers',
    'standard',
    'moments',
    'numbered',
    'acme',
  ]);
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
