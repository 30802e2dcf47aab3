// Every export of the public faces (the ports, the verifier, the mock, the verbs of administration) has a docstring that
// ends in a full sentence, and so has every member of an exported interface or class.

import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Exported, exportsOf } from './exports.ts';

const root = join(import.meta.dirname, '../..');
const read = (file: string) => readFileSync(join(root, file), 'utf8');

const entriesOf = (folder: string): string[] =>
  Object.values(JSON.parse(read(`${folder}/package.json`)).exports as Record<string, string>).map((file) =>
    join(folder, file),
  );

const faces = [
  'packages/core/src/ports.ts',
  ...entriesOf('packages/verifier'),
  ...entriesOf('packages/server'),
  ...globSync('packages/server/src/admin/*.ts', { cwd: root }).filter((file) => !file.endsWith('.test.ts')),
];

/** At least two words, and a full stop. */
const isSentence = (doc: string | undefined): boolean =>
  doc !== undefined && /\S+ .*\S/.test(doc) && /[.!?][)’”"]?$/.test(doc);

const undocumented = (all: readonly Exported[]): string[] =>
  all.filter(({ doc }) => !isSentence(doc)).map(({ file, name }) => `${file}: ${name}`);

test.each(faces)('every export of %s has a docstring', (file) => {
  const all = exportsOf(file, read);
  expect(all).not.toEqual([]);
  expect(undocumented(all)).toEqual([]);
});

test('the lint sees the public names', () => {
  const names = faces.flatMap((file) => exportsOf(file, read)).map(({ name }) => name);
  expect(names).toEqual(
    expect.arrayContaining([
      'ProtocolStore.redeemCode',
      'Guard.admit',
      'VerifierError.code',
      'VerifierOptions.issuer',
      'requireToken',
      'tokenOf',
      'Mock.reset',
      'MockOptions.dialect',
      'FaultRule.endpoint',
      'startMock',
    ]),
  );
});

const documented = '/** Says what it is. */';
test.each<[what: string, source: string, missing: string[]]>([
  ['a constant', 'export const a = 1;', ['a']],
  ['the second of two constants', `${documented} export const a = 1, b = 2;`, ['b']],
  ['a function', 'export function f() {}', ['f']],
  ['a type', 'export type T = string;', ['T']],
  ['an interface', 'export interface I { }', ['I']],
  ['a member of an interface', `${documented} export interface I { a: string; b(): void }`, ['I.a', 'I.b']],
  ['a member of an object type', `${documented} export type T = U & { a: string };`, ['T.a']],
  ['a member of a class', `${documented} export class C { #a = 1; private b = 1; c() {} }`, ['C.c']],
  ['a default export', 'export default 1;', ['default']],
  [
    'a property of a schema',
    `const s = z.object({ a: z.string() }); ${documented} export type T = z.input<typeof s>;`,
    ['T.a'],
  ],
  ['what is exported after its declaration', 'const a = 1; export { a as b };', ['a']],
  ['what is exported again', "export { hidden } from './other.ts';", ['hidden', 'hidden.a']],
  ['what is exported again in bulk', "export * from './other.ts';", ['hidden', 'hidden.a']],
  [
    'what is imported and exported',
    "import { hidden } from './other.ts'; export { hidden };",
    ['hidden', 'hidden.a'],
  ],
  ['a docstring without a full stop', '/** Says what it is */ export const a = 1;', ['a']],
  ['a docstring of one word', '/** A. */ export const a = 1;', ['a']],
  ['a comment of another kind', '// Says what it is.\nexport const a = 1;', ['a']],
  ['a docstring of something else', `${documented} const a = 1; export const b = 2;`, ['b']],
])('%s without a docstring is found', (_what, source, missing) => {
  const files: Record<string, string> = {
    'x/index.ts': source,
    'x/other.ts': 'export interface hidden { a: string }',
  };
  const found = undocumented(exportsOf('x/index.ts', (file) => files[file] ?? ''));
  expect(found.map((each) => each.replace(/^\S+: /, ''))).toEqual(missing);
});

test('what has docstrings is not found', () => {
  const source = `${documented} export interface I { ${documented} a: string;\n/**\n * In two\n * lines.\n */\n[name: string]: unknown }`;
  expect(undocumented(exportsOf('x.ts', () => source))).toEqual([]);
});
