// Users' own dialects: JSON or YAML files, alone or on top of another one.

import { builtInDialects, type Dialect, dialectSchema, nearestName } from '@tessera-oauth/core';
import { readLocated } from './document.ts';
import { expectedDialect, galleryFile, galleryNames, imitatedBy, isInGallery } from './gallery.ts';
import { allOrMistakes, type Locate, mistakeOf } from './mistakes.ts';
import { validate } from './validation.ts';

type Dialects = ReadonlyMap<string, Dialect>;

interface DialectFile {
  readonly file: string;
  readonly document: Record<string, unknown>;
  readonly locate: Locate;
}

const builtIn: Dialects = new Map(builtInDialects.map((dialect) => [dialect.name, dialect]));

/**
 * The built-in dialects and those of `entries`, by name: files, or names of the gallery; and of the gallery those that are
 * `named` elsewhere. A file may extend a dialect of another, wherever it stands, or one of the gallery.
 */
export async function loadDialects(
  entries: readonly string[],
  named: readonly string[] = [],
): Promise<Dialects> {
  const dialects = await withGallery([...entries, ...named]);
  const files = entries.filter((entry) => !isOurs(entry));
  let waiting: DialectFile[] = await allOrMistakes(
    files.map((file) => async () => ({ file, ...(await readLocated(file)) })),
  );
  await addFromGallery(
    waiting.map(({ document }) => document.extends),
    dialects,
  );
  while (waiting.length > 0) {
    const names = waiting.map(({ document }) => document.name);
    const ready = waiting.filter(
      ({ document: { extends: base } }) => base === undefined || !names.includes(base),
    );
    // Those that are left extend each other: each says so by the name that it does not find.
    const next = ready.length > 0 ? ready : waiting;
    await allOrMistakes(next.map((each) => () => add(dialects, each)));
    waiting = waiting.filter((each) => !ready.includes(each));
  }
  return dialects;
}

function add(dialects: Map<string, Dialect>, { file, document, locate }: DialectFile): void {
  const dialect = readDialect(document, file, dialects, locate);
  const isTaken = dialects.has(dialect.name);
  if (isTaken || isInGallery(dialect.name)) {
    const other = isInGallery(dialect.name) ? 'a dialect of the gallery' : 'another dialect';
    throw mistakeOf({ file, ...locate(['name']) }, `got "${dialect.name}", which ${other} has`, 'name');
  }
  dialects.set(dialect.name, dialect);
}

/** Whether a name is that of a dialect that comes with Tessera. */
export const isOurs = (name: string): boolean => builtIn.has(name) || isInGallery(name);

/** The built-in dialects, and those of the gallery that are among `names`. */
export async function withGallery(names: readonly unknown[]): Promise<Map<string, Dialect>> {
  const dialects = new Map(builtIn);
  await addFromGallery(names, dialects);
  return dialects;
}

/** Adds those of the gallery that are among `names`, and those that they extend. */
async function addFromGallery(names: readonly unknown[], dialects: Map<string, Dialect>): Promise<void> {
  for (const name of names) {
    if (!isInGallery(name) || dialects.has(name)) continue;
    const file = galleryFile(name);
    const { document, locate } = await readLocated(file);
    await addFromGallery([document.extends], dialects);
    dialects.set(name, readDialect(document, file, dialects, locate));
  }
}

const builtInAre: Readonly<Record<(typeof builtInDialects)[number]['name'], string>> = {
  standard: 'OAuth 2.1, with tokens of RFC 9068',
  trelica: "Trelica's POST /connect/token",
  tilia: "Tilia's POST /token",
};

export interface DialectLine {
  readonly name: string;
  readonly from: 'built in' | 'gallery' | 'own';
  readonly token_endpoint: string;
  /** What it is, in a few words; empty for one's own. */
  readonly is: string;
}

/** What there is to choose from: the built-in dialects, all of the gallery, and those of `own` that are neither. */
export async function listDialects(own: Dialects = builtIn): Promise<DialectLine[]> {
  const line = async ({ name, paths }: Dialect): Promise<DialectLine> => {
    const same = { name, token_endpoint: paths.token };
    if (isInGallery(name)) return { ...same, from: 'gallery', is: await imitatedBy(name) };
    const is: string | undefined = builtInAre[name as keyof typeof builtInAre];
    return { ...same, from: is === undefined ? 'own' : 'built in', is: is ?? '' };
  };
  return Promise.all([...new Map([...(await withGallery(galleryNames)), ...own]).values()].map(line));
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
  const misspelt = Object.keys(own).find((key) => nearestName(key, ['extends']) !== undefined);
  if (base === undefined && misspelt !== undefined)
    throw mistakeOf(sourceOf([misspelt]), 'unknown key, did you mean extends?', misspelt);
  if (base === undefined) return validate(dialectSchema, own, sourceOf);
  const parent = typeof base === 'string' ? dialects.get(base) : undefined;
  if (parent === undefined)
    throw mistakeOf(
      sourceOf(['extends']),
      `got ${JSON.stringify(base)}, ${expectedDialect(base, dialects.keys())}`,
      'extends',
    );
  return validate(dialectSchema, merge(structuredClone(parent), own), sourceOf);
}

/** Objects that are not merged: their members belong together, and a dialect replaces all of them. */
export const replacedWhole: readonly string[] = ['claims', 'given', 'answer', 'body'];

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
