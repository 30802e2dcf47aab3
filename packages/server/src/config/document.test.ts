import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readDocument } from './document.ts';

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
  ['a key twice', 'a: 1\na: 2\n', 'Map keys must be unique at line 2, column 1'],
  ['an open bracket', 'a: [1\n', 'must be sufficiently indented and end with a ] at line 2, column 1'],
  ['a tab', 'a:\n\tb: 1\n', 'Tabs are not allowed as indentation at line 2, column 1'],
  ['two documents', 'a: 1\n---\nb: 2\n', 'multiple documents'],
  ['an alias without an anchor', 'a: *b\n', 'b'],
  ['aliases without end', `a: &a [${'x,'.repeat(9)}]\n${nested('abcd')}`, 'alias'],
])('%s is refused in one line that names the file', async (_what, text, what) => {
  const error = await read(text).catch((thrown: Error) => thrown);
  if (!(error instanceof Error)) throw new Error(`accepted: ${JSON.stringify(error)}`);
  expect(error.name).toBe('UsageError');
  expect(error.message.startsWith(`${file}: `)).toBe(true);
  expect(error.message).toContain(what);
  expect(error.message).not.toContain('\n');
});

test('a syntax error ends with the place, and not with a colon', async () => {
  await expect(read('a: 1\na: 2\n')).rejects.toThrow(/ at line 2, column 1$/);
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
