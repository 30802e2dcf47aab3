// A dialect that a command names, and the files that it is written in.

import { resolve } from 'node:path';
import type { Dialect } from '@tessera-oauth/core';
import { UsageError } from '../model.ts';
import { loadDialects } from './dialects.ts';
import { type Located, readLocated } from './document.ts';
import { expectedDialect } from './gallery.ts';

export interface FoundDialect {
  readonly dialect: Dialect;
  /** Its own file, and those that it extends; none for one that comes with Tessera. */
  readonly files: readonly string[];
}

export const isDialectFile = (named: string): boolean => /\.(ya?ml|json)$/i.test(named);

/** A dialect by its file or its name. Of `others`, which are files, are those that it extends, or that a name is of. */
export async function findDialect(named: string, others: readonly string[] = []): Promise<FoundDialect> {
  const candidates = new Map<string, Located>();
  const paths = new Set([resolve(named)]);
  for (const file of others) {
    if (paths.has(resolve(file))) continue;
    paths.add(resolve(file));
    candidates.set(file, await readLocated(file));
  }
  if (isDialectFile(named)) return fromFile(named, await readLocated(named), candidates);
  const own = [...candidates].find(([, { document }]) => document.name === named);
  if (own !== undefined) return fromFile(...own, candidates);
  const dialects = await loadDialects([], [named]);
  const dialect = dialects.get(named);
  if (dialect !== undefined) return { dialect, files: [] };
  const names = [
    ...dialects.keys(),
    ...[...candidates.values()].map(({ document }) => String(document.name)),
  ];
  throw new UsageError(
    `dialect: got ${JSON.stringify(named)}, ${expectedDialect(named, names, 'a YAML or JSON file, ')}`,
  );
}

/** Reads no more than is needed: what is wrong with another file is not this one's mistake. */
async function fromFile(
  file: string,
  { document }: Located,
  candidates: ReadonlyMap<string, Located>,
): Promise<FoundDialect> {
  const files = [file];
  let base = document.extends;
  for (;;) {
    const next = [...candidates].find(
      ([each, other]) => other.document.name === base && !files.includes(each),
    );
    if (next === undefined) break;
    files.push(next[0]);
    base = next[1].document.extends;
  }
  const dialects = await loadDialects(files);
  const dialect = dialects.get(String(document.name));
  if (dialect === undefined) throw new UsageError(`${file}: changed while it was read`);
  return { dialect, files };
}
