// What differs between two dialects, field by field.

import type { Dialect } from '@tessera-oauth/core';

/** One that is `added` is in `b` alone, one that is `removed` in `a` alone. */
export interface Difference {
  /** Such as `scope.delimiter`. */
  readonly path: string;
  readonly change: 'changed' | 'added' | 'removed' | 'reordered';
  readonly a?: unknown;
  readonly b?: unknown;
}

/** Objects whose members are sent in the order in which they stand. */
const ordered: readonly string[] = ['answer', 'body', 'claims', 'members'];

/** All that differs but the name, in the order of `a`, and behind it what only `b` has. */
export function differencesOf({ name: _a, ...a }: Dialect, { name: _b, ...b }: Dialect): Difference[] {
  return inObjects(a, b, []);
}

function inObjects(a: object, b: object, path: readonly string[]): Difference[] {
  const [inA, inB] = [new Map(Object.entries(a)), new Map(Object.entries(b))];
  const names = [...new Set([...inA.keys(), ...inB.keys()])];
  const below = names.flatMap((name) => inValues(inA.get(name), inB.get(name), [...path, name]));
  return [...inOrder([...inA.keys()], [...inB.keys()], path), ...below];
}

function inOrder(a: readonly string[], b: readonly string[], path: readonly string[]): Difference[] {
  const shared = a.filter((name) => b.includes(name));
  const other = b.filter((name) => a.includes(name));
  if (!ordered.includes(path.at(-1) ?? '') || isSame(shared, other)) return [];
  return [{ path: path.join('.'), change: 'reordered', a, b }];
}

function inValues(a: unknown, b: unknown, path: readonly string[]): Difference[] {
  if (isSame(a, b) && !isObject(a)) return [];
  if (isObject(a) && isObject(b)) return inObjects(a, b, path);
  const named = path.join('.');
  if (a === undefined) return [{ path: named, change: 'added', b }];
  if (b === undefined) return [{ path: named, change: 'removed', a }];
  return [{ path: named, change: 'changed', a, b }];
}

const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
