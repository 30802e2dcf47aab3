// Users' own dialects: JSON or YAML files, alone or on top of a built-in one.

import { builtInDialects, type Dialect, dialectSchema } from '@tessera-oauth/core';
import { UsageError } from '../model.ts';
import { readDocument } from './document.ts';
import { validate } from './validation.ts';

/** The built-in dialects and those of `files`, by name. */
export async function loadDialects(files: readonly string[]): Promise<ReadonlyMap<string, Dialect>> {
  const dialects = new Map<string, Dialect>(builtInDialects.map((dialect) => [dialect.name, dialect]));
  for (const file of files) {
    const dialect = readDialect(await readDocument(file), file);
    if (dialects.has(dialect.name))
      throw new UsageError(`${file}: name: got "${dialect.name}", which another dialect has`);
    dialects.set(dialect.name, dialect);
  }
  return dialects;
}

/** Validates a dialect. A dialect that `extends` a built-in one has only the members that differ. */
export function readDialect(document: Record<string, unknown>, source: string): Dialect {
  const { extends: base, ...own } = document;
  if (base === undefined) return validate(dialectSchema, own, source);
  const parent = builtInDialects.find(({ name }) => name === base);
  if (parent === undefined) {
    const names = builtInDialects.map(({ name }) => name).join(', ');
    throw new UsageError(`${source}: extends: got ${JSON.stringify(base)}, expected one of ${names}`);
  }
  return validate(dialectSchema, merge(structuredClone(parent), own), source);
}

/** Objects that are not merged: their members belong together, and a dialect replaces all of them. */
const replacedWhole: readonly string[] = ['claims'];

function merge(base: unknown, own: unknown, key = ''): unknown {
  if (!isObject(base) || !isObject(own) || replacedWhole.includes(key)) return own;
  const merged = { ...base };
  for (const [name, value] of Object.entries(own)) merged[name] = merge(base[name], value, name);
  return merged;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
