// Where a value may be one of several things: which of them was meant, so that only its own mistakes are told.

import { nearestName } from '@tessera-oauth/core';
import type { z } from 'zod';

type Issue = z.core.$ZodIssue;
type Union = z.core.$ZodIssueInvalidUnion;

/** The mistakes of the alternative that was meant, or the union's own where none can be told. Paths are from the root. */
export function meantIssues(issues: readonly Issue[], input: unknown): Issue[] {
  return issues.flatMap((issue) => {
    if (issue.code !== 'invalid_union') return [issue];
    const meant = alternativeOf(issue, valueAt(input, issue.path));
    if (meant === undefined) return [issue];
    const below = meant.map((each) => ({ ...each, path: [...issue.path, ...each.path] }) as Issue);
    return meantIssues(below, input);
  });
}

export const valueAt = (input: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>((inner, part) => Object(inner)[part], input);

/** Of an unknown key: the known one that it is probably meant for. `known` is the message of its issue. */
export const meantKey = (key: string, known: string): string | undefined =>
  nearestName(key, known === '' ? [] : known.split(', '));

/** What nothing but an alternative of that kind can say: the first that fits best. */
function alternativeOf({ errors }: Union, value: unknown): Issue[] | undefined {
  const fitting = errors
    .filter((issues) => !isOfAnotherKind(issues, value))
    .map((issues) => ({ issues, cost: costOf(issues, value) }))
    .filter(({ issues }) => !isStrange(issues, value));
  return fitting.toSorted((one, other) => one.cost - other.cost)[0]?.issues;
}

/** A text where keys are expected, a list where a text is. */
const isOfAnotherKind = (issues: readonly Issue[], value: unknown): boolean =>
  issues.some(
    (issue) =>
      issue.path.length === 0 &&
      (issue.code === 'invalid_type' ||
        issue.code === 'invalid_union' ||
        (issue.code === 'invalid_value' && typeof issue.values[0] !== typeof value)),
  );

/** Whether none of the keys that there are belongs to the alternative, or is spelled much like one that does. */
function isStrange(issues: readonly Issue[], value: unknown): boolean {
  const unknown = unknownKeys(issues);
  return unknown.length > 0 && unknown.length === Object.keys(Object(value)).length && !unknown.some(isNear);
}

/** How many keys are too many or too few; one that is misspelt is half a mistake. */
function costOf(issues: readonly Issue[], value: unknown): number {
  const keys = unknownKeys(issues).map((each) => (isNear(each) ? 0.5 : 1));
  const missing = issues.filter(({ path }) => path.length === 1 && valueAt(value, path) === undefined);
  const others = issues.length - missing.length;
  return keys.reduce((sum, each) => sum + each, 0) + missing.length + others / 100;
}

const isNear = ({ key, known }: { key: string; known: string }): boolean =>
  meantKey(key, known) !== undefined;

const unknownKeys = (issues: readonly Issue[]) =>
  issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys' && issue.path.length === 0
      ? issue.keys.map((key) => ({ key, known: issue.message }))
      : [],
  );
