// Users' own dialects: JSON or YAML files, alone or on top of another one.

import { builtInDialects, type Dialect, dialectSchema, nearestName } from '@tessera-oauth/core';
import { readLocated } from './document.ts';
import { type Locate, type Mistake, MistakesError, mistakeOf, suggestion } from './mistakes.ts';
import { validate } from './validation.ts';

type Dialects = ReadonlyMap<string, Dialect>;

interface DialectFile {
  readonly file: string;
  readonly document: Record<string, unknown>;
  readonly locate: Locate;
}

const builtIn: Dialects = new Map(builtInDialects.map((dialect) => [dialect.name, dialect]));

/** The built-in dialects and those of `files`, by name. A file may extend a dialect of another, wherever it stands. */
export async function loadDialects(files: readonly string[]): Promise<Dialects> {
  const dialects = new Map(builtIn);
  let waiting: DialectFile[] = [];
  for (const file of files) waiting.push({ file, ...(await readLocated(file)) });
  while (waiting.length > 0) {
    const names = waiting.map(({ document }) => document.name);
    const ready = waiting.filter(({ document }) => !names.includes(document.extends));
    const mistakes: Mistake[] = [];
    // Those that are left extend each other: each says so by the name that it does not find.
    for (const each of ready.length > 0 ? ready : waiting)
      try {
        add(dialects, each);
      } catch (error) {
        if (!(error instanceof MistakesError)) throw error;
        mistakes.push(...error.mistakes);
      }
    if (mistakes.length > 0) throw new MistakesError(mistakes);
    waiting = waiting.filter((each) => !ready.includes(each));
  }
  return dialects;
}

function add(dialects: Map<string, Dialect>, { file, document, locate }: DialectFile): void {
  const dialect = readDialect(document, file, dialects, locate);
  if (dialects.has(dialect.name))
    throw mistakeOf(
      { file, ...locate(['name']) },
      `got "${dialect.name}", which another dialect has`,
      'name',
    );
  dialects.set(dialect.name, dialect);
}

/** Validates a dialect. A dialect that `extends` one of `dialects` has only the members that differ; null takes one away. */
export function readDialect(
  document: Record<string, unknown>,
  source: string,
  dialects: Dialects = builtIn,
  locate: Locate = () => undefined,
): Dialect {
  const sourceOf = (path: readonly PropertyKey[]) => ({ file: source, ...locate(path) });
  // An editor finds the schema by it.
  const { extends: base, $schema: _, ...own } = document;
  if (Object.keys(document).length === 0)
    throw mistakeOf(
      { file: source },
      'got nothing, expected a dialect: its name, what it extends, and what differs',
    );
  if (base === undefined) return validate(dialectSchema, own, sourceOf);
  const parent = typeof base === 'string' ? dialects.get(base) : undefined;
  if (parent === undefined) {
    const names = [...dialects.keys()];
    const meant = typeof base === 'string' ? nearestName(base, names) : undefined;
    throw mistakeOf(
      sourceOf(['extends']),
      `got ${JSON.stringify(base)}, ${suggestion(meant, names)}`,
      'extends',
    );
  }
  return validate(dialectSchema, merge(structuredClone(parent), own), sourceOf);
}

/** Objects that are not merged: their members belong together, and a dialect replaces all of them. */
const replacedWhole: readonly string[] = ['claims', 'given', 'answer', 'body'];

/** Members that may be null themselves: there it is a value, and takes nothing away. */
const nullable: readonly string[] = ['typ'];

function merge(base: unknown, own: unknown, key = ''): unknown {
  if (!isObject(base) || !isObject(own) || replacedWhole.includes(key)) return own;
  const merged = { ...base };
  for (const [name, value] of Object.entries(own)) {
    if (value === null && !nullable.includes(name)) delete merged[name];
    else merged[name] = merge(base[name], value, name);
  }
  return merged;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
