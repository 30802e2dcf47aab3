// Turns the issues that zod finds into sentences: the key, the value, what was expected.

import type { z } from 'zod';
import { UsageError } from '../model.ts';

type Issue = z.core.$ZodIssue;

/** Where in a file a member stands, such as `:12`; empty where that is not known. */
export type Locate = (path: readonly PropertyKey[]) => string;

/** Names where the value at a path comes from. */
type SourceOf = (path: readonly PropertyKey[]) => string;

/** What zod finds; each message is what was expected: in the words of the schema, or else in those of `expectation`. */
const judge = <T>(schema: z.ZodType<T>, input: unknown) =>
  // Each schema has one input or two: compiling it costs more than it saves.
  schema.safeParse(input, { jitless: true, error: expectation });

/** Validates `input`; one UsageError names every mistake, each on a line of its own, and where it stands. */
export function validate<T>(schema: z.ZodType<T>, input: unknown, source: string | SourceOf): T {
  const result = judge(schema, input);
  if (result.success) return result.data;
  const sourceOf = typeof source === 'string' ? () => source : source;
  throw new UsageError(
    result.error.issues
      .flatMap((issue) => explain(issue, input).map((line) => `${sourceOf(placeOf(issue))}: ${line}`))
      .join('\n'),
  );
}

/** An unknown key is named by its issue, and stands below the path. */
const placeOf = (issue: Issue): readonly PropertyKey[] =>
  issue.code === 'unrecognized_keys' ? [...issue.path, ...issue.keys.slice(0, 1)] : issue.path;

/** `input` as the schema gives it, or each mistake in it as a sentence without a source. */
export function judged<T>(
  schema: z.ZodType<T>,
  input: unknown,
): { readonly data: T } | { readonly mistakes: readonly string[] } {
  const { data, error } = judge(schema, input);
  return error === undefined
    ? { data: data as T }
    : { mistakes: error.issues.flatMap((issue) => explain(issue, input)) };
}

function explain(issue: Issue, input: unknown): string[] {
  const key = issue.path
    .map((part, index) => (typeof part === 'number' ? `[${part}]` : `${index > 0 ? '.' : ''}${String(part)}`))
    .join('');
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((name) => `${key === '' ? name : `${key}.${name}`}: unknown key`);
  }
  return [`${key === '' ? '' : `${key}: `}got ${show(issue, input)}, expected ${issue.message}`];
}

/** Keys that hold secrets. */
const secret: readonly unknown[] = ['master_key', 'database', 'client_secret'];

/** The value as it was written; of a secret only what kind of value it is. */
function show(issue: Issue, input: unknown): string {
  const value = issue.path.reduce<unknown>((inner, part) => Object(inner)[part], input);
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
