// Who may import whom: the table in docs/architecture.md, read and held to.

import { globSync, readFileSync } from 'node:fs';
import { dirname, join, matchesGlob } from 'node:path';
import { parseSync } from 'oxc-parser';
import { expect, test } from 'vitest';

interface Rule {
  readonly files: string;
  readonly allowed: readonly string[];
}

const root = join(import.meta.dirname, '../..');
const page = readFileSync(join(root, 'docs/architecture.md'), 'utf8');
const quoted = (cell: string) => [...cell.matchAll(/`([^`]+)`/g)].map(([, text]) => text ?? '');
const rules: Rule[] = page
  .split('\n')
  .filter((line) => line.startsWith('| `'))
  .map((line) => line.split(' | '))
  .map(([files = '', allowed = '']) => ({ files: quoted(files)[0] ?? '', allowed: quoted(allowed) }));

const sources = globSync('packages/*/src/**/*.ts', { cwd: root }).filter(
  (file) => !file.endsWith('.test.ts'),
);

/** What a file imports: paths from the root for files, names for packages. */
function importsOf(file: string): string[] {
  const { module } = parseSync(file, readFileSync(join(root, file), 'utf8'));
  const literals = [
    ...module.staticImports.map(({ moduleRequest }) => moduleRequest.value),
    ...module.staticExports.flatMap(({ entries }) =>
      entries.flatMap(({ moduleRequest }) => moduleRequest?.value ?? []),
    ),
  ];
  return [...literals, ...dynamicImports(file)].map((name) =>
    name.startsWith('.') ? join(dirname(file), name) : name,
  );
}

const dynamicImports = (file: string): string[] =>
  [...readFileSync(join(root, file), 'utf8').matchAll(/\bimport\('([^']+)'\)/g)].map(
    ([, name]) => name ?? '',
  );

test('the table names files that exist', () => {
  expect(rules.length).toBeGreaterThan(10);
  for (const { files } of rules)
    expect(
      sources.some((file) => matchesGlob(file, files)),
      files,
    ).toBe(true);
});

/** The folder below `src`, or the ground of a package. */
const roomOf = (file: string): string =>
  file
    .split('/')
    .slice(0, file.split('/').length > 4 ? 4 : 3)
    .join('/');
const ruleOf = (file: string) => rules.find(({ files }) => matchesGlob(file, files));

test('a row is for one room, and every room has one', () => {
  const rooms = new Map<string, Set<string>>();
  for (const file of sources) {
    const row = ruleOf(file)?.files ?? 'none';
    rooms.set(row, (rooms.get(row) ?? new Set()).add(roomOf(file)));
  }
  expect(rooms.has('none')).toBe(false);
  for (const [row, covered] of rooms) expect([...covered], row).toHaveLength(1);
});

test('no row but that of a package’s face allows a whole package', () => {
  for (const { files, allowed } of rules.filter((rule) => !rule.files.endsWith('/index.ts')))
    for (const glob of allowed) expect(glob, files).not.toMatch(/^packages\/\w+\/(src\/)?\*\*/);
});

test.each(sources)('%s imports what its room may', (file) => {
  const rule = ruleOf(file);
  if (rule === undefined) throw new Error(`no row of the table fits ${file}`);
  const strangers = importsOf(file).filter((name) => !rule.allowed.some((glob) => matchesGlob(name, glob)));
  expect(strangers).toEqual([]);
});

test('the core draws no randomness of its own', () => {
  for (const file of sources.filter((name) => name.startsWith('packages/core/'))) {
    expect(readFileSync(join(root, file), 'utf8'), file).not.toMatch(/Math\.random|randomBytes|randomUUID/);
  }
});

test('nothing but its commands knows the mock', () => {
  const isMock = (file: string) => file.startsWith('packages/server/src/mock/');
  const users = sources.filter((file) => !isMock(file) && importsOf(file).some(isMock));
  expect(users.toSorted()).toEqual([
    'packages/server/src/cli/dialect/try.ts',
    'packages/server/src/cli/mock.ts',
  ]);
});

/** What a file loads: neither types nor what it imports later. */
const loads = (file: string): string[] =>
  parseSync(file, readFileSync(join(root, file), 'utf8'))
    .module.staticImports.filter(
      ({ entries }) => entries.length === 0 || entries.some(({ isType }) => !isType),
    )
    .map(({ moduleRequest: { value } }) => (value.startsWith('.') ? join(dirname(file), value) : value));

function loadedWith(file: string, loaded = new Set<string>()): ReadonlySet<string> {
  if (loaded.has(file)) return loaded;
  loaded.add(file);
  if (file.startsWith('packages/') && file.endsWith('.ts'))
    for (const name of loads(file)) loadedWith(name, loaded);
  return loaded;
}

// A restart waits for it before the first worker begins.
test('the process that starts workers loads neither the database nor the server', () => {
  const loaded = loadedWith('packages/server/src/cli/start.ts');
  expect(loaded).toContain('packages/server/src/serve/workers/supervisor.ts');
  expect(loaded).not.toContain('kysely');
  expect(loaded).not.toContain('fastify');
  expect(loaded).not.toContain('packages/server/src/serve/server.ts');
  expect(dynamicImports('packages/server/src/serve/supervise.ts')).toEqual([]);
});

test('a server does not load fetch and WebSocket, which come with the values of node:http', () => {
  const users = sources.filter((file) => loads(file).includes('node:http'));
  expect(users.filter((file) => !file.startsWith('packages/server/src/cli/demo/'))).toEqual([]);
});
