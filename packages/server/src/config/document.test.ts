import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readDocument, readLocated } from './document.ts';

let file: string;
beforeAll(async () => {
  file = join(await mkdtemp(join(tmpdir(), 'tessera-document-')), 'a.yaml');
});
afterAll(() => rm(join(file, '..'), { recursive: true }));

const read = async (text: string) => {
  await writeFile(file, text);
  return readDocument(file);
};

test.each([
  ['YAML', 'a: 1\nb: [x, y]\n', { a: 1, b: ['x', 'y'] }],
  ['JSON', '{"a": 1, "b": ["x", "y"]}', { a: 1, b: ['x', 'y'] }],
  ['nothing', '', {}],
  ['comments alone', '# a: 1\n', {}],
])('%s', async (_what, text, document) => expect(await read(text)).toEqual(document));

test.each([
  ['a list', '- a\n', 'expected keys and values'],
  ['a word', 'word\n', 'expected keys and values'],
  ['a key twice', 'a: 1\na: 2\n', ':2:1: Map keys must be unique'],
  [
    'an open bracket',
    'a: [1\n',
    ':2:1: Flow sequence in block collection must be sufficiently indented and end with a ]',
  ],
  ['a tab', 'a:\n\tb: 1\n', ':2:1: Tabs are not allowed as indentation'],
  ['two documents', 'a: 1\n---\nb: 2\n', 'multiple documents'],
  ['an alias without an anchor', 'a: *b\n', 'b'],
  ['aliases without end', `a: &a [${'x,'.repeat(9)}]\n${nested('abcd')}`, 'alias'],
])('%s is refused in one line that names the file', async (_what, text, what) => {
  const error = await read(text).catch((thrown: Error) => thrown);
  if (!(error instanceof Error)) throw new Error(`accepted: ${JSON.stringify(error)}`);
  expect(error.name).toBe('UsageError');
  expect(error.message.startsWith(`${file}:`)).toBe(true);
  expect(error.message).toContain(what);
  expect(error.message).not.toContain('\n');
});

test('a syntax error begins with its place, and does not end with a colon', async () => {
  await expect(read('a: 1\na: 2\n')).rejects.toThrow(/a\.yaml:2:1: [^:]+$/);
});

test.each<[path: (string | number)[], place: object | undefined]>([
  [['a'], { line: 2, column: 1 }],
  // The key, and not its value, which may begin on another line.
  [['a', 'b'], { line: 3, column: 3 }],
  [['a', 'b', 1], { line: 5, column: 7 }],
  [['flow', 'x', 1], { line: 6, column: 16 }],
  [['5'], { line: 7, column: 1 }],
  // What the file does not have stands where the nearest one around it is.
  [['a', 'c', 'd'], { line: 2, column: 1 }],
  [['a', 'b', 7], { line: 3, column: 3 }],
  [['nowhere'], undefined],
  [[], undefined],
])('the place of %j', async (path, place) => {
  await writeFile(file, '# A\na:\n  b:\n    - x\n    - y\nflow: { x: [1, 2] }\n5: z\n');
  expect((await readLocated(file)).locate(path)).toEqual(place);
});

test('a file that is not there, or is a folder', async () => {
  await expect(readDocument('/nowhere/a.yaml')).rejects.toThrow(
    '/nowhere/a.yaml: cannot read it (no such file or directory)',
  );
  await expect(readDocument(tmpdir())).rejects.toThrow(
    `${tmpdir()}: cannot read it (illegal operation on a directory)`,
  );
});

/** Each letter nine times the one before: short to write, long to hold. */
function nested(letters: string): string {
  const lines = [...letters].slice(1).map((letter, index) => {
    const before = letters[index];
    return `${letter}: &${letter} [${`*${before},`.repeat(9)}]`;
  });
  return `${lines.join('\n')}\n`;
}
