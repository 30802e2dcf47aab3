// Turns the issues that zod finds into sentences: the key, the value, what was expected.

import type { z } from 'zod';
import { UsageError } from '../model.ts';

type Issue = z.core.$ZodIssue;

/** Where in a file a member stands, such as `:12`; empty where that is not known. */
export type Locate = (path: readonly PropertyKey[]) => string;

/** Names where the value at a path comes from. */
type SourceOf = (path: readonly PropertyKey[]) => string;

/** Validates `input`; one UsageError names every mistake, each on a line of its own, and where it stands. */
export function validate<T>(schema: z.ZodType<T>, input: unknown, source: string | SourceOf): T {
  // Each schema has one input or two: compiling it costs more than it saves.
  const result = schema.safeParse(input, { jitless: true });
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

/** Each mistake in `input` as a sentence, without its source. */
export const mistakesOf = (error: z.ZodError, input: unknown): string[] =>
  error.issues.flatMap((issue) => explain(issue, input));

function explain(issue: Issue, input: unknown): string[] {
  const key = issue.path
    .map((part, index) => (typeof part === 'number' ? `[${part}]` : `${index > 0 ? '.' : ''}${String(part)}`))
    .join('');
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((name) => `${key === '' ? name : `${key}.${name}`}: unknown key`);
  }
  return [`${key === '' ? '' : `${key}: `}got ${show(issue, input)}, expected ${expectation(issue)}`];
}

/** Keys that hold secrets. */
const secret: readonly unknown[] = ['master_key', 'database', 'client_secret'];

/** The value as it was written; a secret is never shown. */
function show(issue: Issue, input: unknown): string {
  if (secret.includes(issue.path.at(-1))) return 'a value';
  const value = issue.path.reduce<unknown>((inner, part) => Object(inner)[part], input);
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value) ?? typeof value;
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

function expectation(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return issue.expected === 'int' ? 'a whole number' : article(issue.expected);
    case 'invalid_value':
      return issue.values.length === 1
        ? quoted(issue.values[0])
        : `one of ${issue.values.map(quoted).join(', ')}`;
    case 'invalid_key':
      return issue.issues.map(expectation).join(', ');
    case 'too_small':
      return `at least ${issue.minimum}${unit(issue.origin)}`;
    case 'too_big':
      return `at most ${issue.maximum}${unit(issue.origin)}`;
    default:
      return issue.message;
  }
}

const unit = (origin: string): string => ({ string: ' characters', array: ' items' })[origin] ?? '';

/** A plain word as it is, anything else in quotes. */
const quoted = (value: unknown): string =>
  /^[\w+.-]+$/.test(String(value)) ? String(value) : JSON.stringify(value);

const article = (type: string) => (/^[aeiou]/.test(type) ? `an ${type}` : `a ${type}`);
