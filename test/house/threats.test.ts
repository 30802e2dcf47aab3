// docs/security.md is complete, and what it names exists.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '../..');
const page = readFileSync(join(root, 'docs/security.md'), 'utf8');
const [, rfc9700 = '', rfc6819 = '', beyond = ''] = page.split('\n## ');
const isHead = (cells: readonly string[]) => cells.includes('threat') || /^-+$/.test(cells[0] ?? '');
const rowsOf = (text: string) =>
  text
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .map((line) => line.split('|').slice(1, -1))
    .map((cells) => cells.map((cell) => cell.trim()))
    .filter((cells) => !isHead(cells));
/** `4.4.2.1 – 4.4.2.6` are six. */
const sectionsOf = (text: string) =>
  rowsOf(text).flatMap(([section = '']) => {
    const [first = '', last = first] = section.split(' – ');
    const [start, end] = [first, last].map((each) => Number(each.split('.').at(-1))) as [number, number];
    return Array.from({ length: end - start + 1 }, (_, index) =>
      first.replace(/\d+$/, String(start + index)),
    );
  });
/** The sections below one, as many as it has. */
const below = (section: string, count: number) =>
  Array.from({ length: count }, (_, index) => `${section}.${index + 1}`);

test('every attack of RFC 9700 §4 is there', () => {
  expect(sectionsOf(rfc9700)).toEqual(below('4', 17));
});

test('every threat of RFC 6819 §4 is there', () => {
  const byGrant = [...below('4.4.1', 13), ...below('4.4.2', 6), ...below('4.4.3', 6), '4.4.4'];
  const others = [...below('4.1', 5), ...below('4.2', 4), ...below('4.3', 5), ...below('4.5', 4)];
  expect(sectionsOf(rfc6819).toSorted()).toEqual([...byGrant, ...others, ...below('4.6', 7)].toSorted());
});

const measured = rowsOf([rfc9700, rfc6819, beyond].join('\n')).filter(({ length }) => length > 3);

test.each(measured)('%s, %s', (...cells) => {
  const [where, tests] = cells
    .slice(-2)
    .map((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, path]) => path));
  for (const paths of [where, tests]) {
    expect(paths?.length).toBeGreaterThan(0);
    for (const path of paths ?? []) expect(existsSync(join(root, path ?? '')), path).toBe(true);
  }
  for (const path of tests ?? [])
    expect(path).toMatch(/\.test\.ts$|^test\/store\/contract\/|\.http$|^test\/faults\//);
});
