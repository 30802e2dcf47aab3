// From zod's findings to sentences: the key, the value, what was expected.

import type { z } from 'zod';
import { UsageError } from '../model.ts';

type Issue = z.core.$ZodIssue;

/** Validates `input`; throws one UsageError that names every mistake, each on a line of its own. */
export function validate<T>(schema: z.ZodType<T>, input: unknown, source: string): T {
  const result = schema.safeParse(input, { reportInput: true });
  if (result.success) return result.data;
  throw new UsageError(
    result.error.issues
      .flatMap(explain)
      .map((line) => `${source}: ${line}`)
      .join('\n'),
  );
}

function explain(issue: Issue): string[] {
  const key = issue.path
    .map((part, index) => (typeof part === 'number' ? `[${part}]` : `${index > 0 ? '.' : ''}${String(part)}`))
    .join('');
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((name) => `${key === '' ? name : `${key}.${name}`}: unknown key`);
  }
  return [`${key === '' ? 'the document' : key}: got ${show(issue)}, expected ${expectation(issue)}`];
}

function show(issue: Issue): string {
  if (issue.input === undefined) return 'nothing';
  if (issue.path.at(-1) === 'master_key') return 'a value';
  const text = JSON.stringify(issue.input) ?? typeof issue.input;
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

function expectation(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return issue.expected === 'int' ? 'a whole number' : article(issue.expected);
    case 'invalid_value':
      return issue.values.length === 1 ? String(issue.values[0]) : `one of ${issue.values.join(', ')}`;
    case 'too_small':
      return issue.origin === 'string' || issue.origin === 'array'
        ? `at least ${issue.minimum} ${issue.origin === 'string' ? 'characters' : 'items'}`
        : `at least ${issue.minimum}`;
    case 'too_big':
      return `at most ${issue.maximum}`;
    case 'invalid_union': {
      const alternatives = issue.errors.flatMap((errors) => errors.slice(0, 1)).map(expectation);
      return alternatives.length > 0 ? [...new Set(alternatives)].join(', or ') : issue.message;
    }
    default:
      return issue.message.replace(/^Invalid string: must match pattern .*/, 'another form');
  }
}

const article = (type: string) => (/^[aeiou]/.test(type) ? `an ${type}` : `a ${type}`);
