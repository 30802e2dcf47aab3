// Turns the issues that zod finds into sentences: the key, the value, what was expected.

import { nearestName } from '@tessera-oauth/core';
import type { z } from 'zod';
import { meantIssues, meantKey, valueAt } from './meant.ts';
import { keyText, type Mistake, MistakesError, type Source, suggestion } from './mistakes.ts';

type Issue = z.core.$ZodIssue;

/** Names where the value at a path comes from. */
export type SourceOf = (path: readonly PropertyKey[]) => Source;

/** A mistake by the path of its key. */
interface Fault {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/** What zod finds; each message is what was expected: in the words of the schema, or else in those of `expectation`. */
const judge = <T>(schema: z.ZodType<T>, input: unknown) =>
  // Each schema has one input or two: compiling it costs more than it saves.
  schema.safeParse(input, { jitless: true, error: expectation });

/** Validates `input`; one MistakesError names every mistake, and where it stands. */
export function validate<T>(schema: z.ZodType<T>, input: unknown, source: string | SourceOf): T {
  const result = judge(schema, input);
  if (result.success) return result.data;
  const sourceOf: SourceOf = typeof source === 'string' ? () => ({ file: source }) : source;
  const mistakes = faultsIn(result.error, input).map(
    ({ path, message }): Mistake => ({ ...sourceOf(path), path: keyText(path), message }),
  );
  throw new MistakesError(mistakes.toSorted(byPlace));
}

/** As they stand in the file; those that are nowhere in it come last. */
function byPlace(one: Mistake, other: Mistake): number {
  const lines = [one, other].map(({ line = Number.MAX_SAFE_INTEGER }) => line);
  const columns = [one, other].map(({ column = 0 }) => column);
  return (lines[0] ?? 0) - (lines[1] ?? 0) || (columns[0] ?? 0) - (columns[1] ?? 0);
}

/** `input` as the schema gives it, or each mistake in it as a sentence without a source. */
export function judged<T>(
  schema: z.ZodType<T>,
  input: unknown,
): { readonly data: T } | { readonly mistakes: readonly string[] } {
  const { data, error } = judge(schema, input);
  if (error === undefined) return { data: data as T };
  const sentence = ({ path, message }: Fault) =>
    path.length === 0 ? message : `${keyText(path)}: ${message}`;
  return { mistakes: faultsIn(error, input).map(sentence) };
}

function faultsIn(error: z.ZodError, input: unknown): Fault[] {
  const issues = meantIssues(error.issues, input);
  const misspelt = new Set(issues.flatMap(meantPaths));
  return issues
    .filter((issue) => !(valueAt(input, issue.path) === undefined && misspelt.has(keyText(issue.path))))
    .flatMap((issue) => explain(issue, input));
}

/** The keys that misspelt ones are meant for: that they are missing goes without saying. */
const meantPaths = (issue: Issue): string[] =>
  issue.code === 'unrecognized_keys'
    ? issue.keys.flatMap((key) => {
        const meant = meantKey(key, issue.message);
        return meant === undefined ? [] : [keyText([...issue.path, meant])];
      })
    : [];

function explain(issue: Issue, input: unknown): Fault[] {
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => {
      const meant = meantKey(key, issue.message);
      const message = meant === undefined ? 'unknown key' : `unknown key, did you mean ${meant}?`;
      return { path: [...issue.path, key], message };
    });
  return [{ path: issue.path, message: `got ${show(issue, input)}, ${hintOf(issue, input)}` }];
}

function hintOf(issue: Issue, input: unknown): string {
  const value = valueAt(input, issue.path);
  if (issue.code !== 'invalid_value' || issue.values.length === 1 || typeof value !== 'string')
    return `expected ${issue.message}`;
  const meant = nearestName(
    value,
    issue.values.filter((each) => typeof each === 'string'),
  );
  return suggestion(meant, issue.values.map(quoted));
}

/** Keys that hold secrets. */
const secret: readonly unknown[] = ['master_key', 'database', 'client_secret'];

/** The value as it was written; of a secret only what kind of value it is. */
function show(issue: Issue, input: unknown): string {
  const value = valueAt(input, issue.path);
  if (value === undefined) return 'nothing';
  if (secret.includes(issue.path.at(-1))) return `${kindOf(value)} that is not shown here`;
  const text = JSON.stringify(value) ?? typeof value;
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return kinds.array;
  return Object.hasOwn(kinds, typeof value) ? (kinds[typeof value as keyof typeof kinds] ?? '') : 'a value';
}

/** The kinds of values, as people say who write them. */
const kinds = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'keys and values',
  record: 'keys and values',
};

/** What is expected where the schema has no words of its own for it. */
function expectation(issue: z.core.$ZodRawIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return kindExpected(issue.expected, issue.input);
    case 'invalid_value':
      return issue.values.length === 1
        ? quoted(issue.values[0])
        : `one of ${issue.values.map(quoted).join(', ')}`;
    // Not for people: of these the nearest is named.
    case 'unrecognized_keys':
      return knownKeys(issue.inst).join(', ');
    case 'invalid_union':
      return 'a value that JSON has';
    case 'invalid_key':
      return issue.issues.map(({ message }) => message).join(', ');
    case 'too_small':
      return `at least ${issue.minimum}${unit(issue.origin, issue.minimum)}`;
    case 'too_big':
      return `at most ${issue.maximum}${unit(issue.origin, issue.maximum)}`;
    default:
      return 'another value';
  }
}

const knownKeys = (schema: unknown): string[] =>
  Object.keys((schema as Partial<z.ZodObject> | undefined)?.shape ?? {});

/** YAML reads what looks like a number as one. */
const kindExpected = (kind: string, input: unknown): string =>
  kind === 'string' && ['number', 'boolean'].includes(typeof input)
    ? 'a text, in quotes'
    : (kinds[kind as keyof typeof kinds] ?? `a ${kind}`);

const unit = (origin: string, count: number | bigint): string => {
  const [one] = { string: [' character'], array: [' item'] }[origin] ?? [];
  return one === undefined || Number(count) === 1 ? (one ?? '') : `${one}s`;
};

/** A plain word as it is, anything else in quotes. */
const quoted = (value: unknown): string =>
  /^[\w+.-]+$/.test(String(value)) ? String(value) : JSON.stringify(value);
