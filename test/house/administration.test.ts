// The room of administration: every write is made in `change`, which records it.

import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseSync } from 'oxc-parser';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '../..');
const files = globSync('packages/server/src/admin/*.ts', { cwd: root }).filter(
  (file) => !file.endsWith('.test.ts'),
);

interface Node {
  readonly type: string;
  readonly [member: string]: unknown;
}

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && typeof (value as Node).type === 'string';

function* nodesIn(value: unknown): Generator<Node> {
  if (Array.isArray(value)) for (const each of value) yield* nodesIn(each);
  else if (isNode(value)) {
    yield value;
    for (const member of Object.values(value)) yield* nodesIn(member);
  }
}

const sourceOf = (file: string): string => readFileSync(join(root, file), 'utf8');

/** Names, as they are here, of the functions of tables that do more than read. */
function writersOf(file: string): Set<string> {
  const { program } = parseSync(file, sourceOf(file));
  const writers = new Set<string>();
  for (const node of program.body as unknown as Node[]) {
    if (node.type !== 'ImportDeclaration' || !String((node.source as Node).value).includes('/store/tables/'))
      continue;
    for (const specifier of node.specifiers as Node[]) {
      const imported = String((specifier.imported as Node).name);
      // What is renewed under another master key says what it said before.
      if (!/^(find|list|page|count|normalize|renew|[A-Z]|longest)/.test(imported))
        writers.add(String((specifier.local as Node).name));
    }
  }
  return writers;
}

test('what writes is called on the transaction of a change', () => {
  let calls = 0;
  for (const file of files) {
    const writers = writersOf(file);
    for (const node of nodesIn(parseSync(file, sourceOf(file)).program)) {
      if (node.type !== 'CallExpression') continue;
      const name = String((node.callee as Node).name);
      if (!writers.has(name)) continue;
      const [first] = node.arguments as Node[];
      expect(first?.name, `${name} in ${file}`).toBe('transaction');
      calls += 1;
    }
  }
  expect(calls).toBeGreaterThan(25);
});

test('nothing but a change begins a transaction or writes by itself', () => {
  for (const file of files.filter((name) => !name.endsWith('/change.ts')))
    expect(sourceOf(file), file).not.toMatch(
      /\btransact\b|\.transaction\(|insertInto|updateTable|deleteFrom/,
    );
});
