// What the members of answers and errors must be to each other, so that no answer pretends to hold a token, or hides one.

import { errorCodes } from '../oauth-error.ts';
import {
  type AnswerRule,
  durations,
  type ErrorRule,
  errorSources,
  type Members,
  moments,
} from './member-rules.ts';
import { nearestName } from './nearest.ts';
import type { DialectFields } from './shape.ts';

type Refuse = (path: readonly string[], expected: string) => void;
type Rule = AnswerRule | ErrorRule;

interface Place {
  readonly name: string;
  readonly rule: Rule;
  readonly path: readonly string[];
  /** Whether it is for some grants only, by itself or with what it stands in. */
  readonly limited: boolean;
}

/** Levels of `members` and `list`. */
const deepest = 5;

/** A member by one of these names is that token, or is not there: a client would take it for one. */
const tokenNames = ['access_token', 'refresh_token', 'id_token'] as const;

/** As some clients read names (Go's encoding/json among them): in capitals or not. */
const isNamed = (name: string, meant: string): boolean => name.toLowerCase() === meant;

export function judgeMembers({ answer, errors, grant_types }: DialectFields, refuse: Refuse): void {
  if (answer !== undefined) {
    const places = [...placesIn(answer, ['answer'])];
    judgeEach(places, refuse);
    judgeTokens(places, grant_types.includes('refresh_token'), refuse);
  }
  if (isMembers(errors.body)) {
    const places = [...placesIn(errors.body, ['errors', 'body'])];
    judgeEach(places, refuse);
    judgeErrorMembers(places, refuse);
  }
}

const isMembers = (body: unknown): body is Members<ErrorRule> => !Array.isArray(body);

function* placesIn(members: Members<Rule>, path: readonly string[], within = false): Generator<Place> {
  for (const [name, rule] of Object.entries(members)) yield* placesOf(name, rule, [...path, name], within);
}

function* placesOf(name: string, rule: Rule, path: readonly string[], within: boolean): Generator<Place> {
  const limited = within || isLimited(rule);
  yield { name, rule, path, limited };
  if (typeof rule === 'string') return;
  if ('members' in rule) yield* placesIn(rule.members, [...path, 'members'], limited);
  if ('list' in rule)
    for (const [index, item] of rule.list.entries())
      yield* placesOf(String(index), item, [...path, 'list', String(index)], limited);
}

const isLimited = (rule: Rule): boolean =>
  typeof rule === 'object' && 'grant_types' in rule && rule.grant_types !== undefined;

function judgeEach(places: readonly Place[], refuse: Refuse): void {
  for (const { name, rule, path, limited } of places) {
    const source = sourceOf(rule);
    // A token that is bound to a key says so in this member, and no other source knows.
    if (isNamed(name, 'token_type') && source !== undefined && source !== 'token_type')
      refuse(path, 'token_type from its own source, or a constant');
    if (isNamed(name, 'token_type') && limited) refuse(path, 'token_type for all grants');
    if (tokenNames.some((token) => isNamed(name, token) && token !== source))
      refuse(path, `${name} from its own source, or another name`);
    for (const key of keysIn(constantsOf(rule)))
      if (tokenNames.some((token) => isNamed(key, token)) || isNamed(key, 'token_type'))
        refuse(path, `a constant without ${key}`);
    if (path.filter((part) => part === 'members' || part === 'list').length > deepest)
      refuse(path, `at most ${deepest} levels`);
    judgeSpelling(rule, path, refuse);
  }
}

function judgeSpelling(rule: Rule, path: readonly string[], refuse: Refuse): void {
  if (typeof rule === 'string' || !('from' in rule) || rule.from === undefined) return;
  const isMoment = moments.includes(rule.from);
  if (rule.unit !== undefined && !isMoment && !durations.includes(rule.from))
    refuse([...path, 'unit'], 'a unit only of a time');
  if (rule.as === 'iso8601' && !isMoment) refuse([...path, 'as'], 'iso8601 only of a moment');
  if (rule.as === 'number' && !isMoment && !durations.includes(rule.from) && rule.from !== 'status')
    refuse([...path, 'as'], 'number only of a number');
}

function judgeTokens(places: readonly Place[], refreshes: boolean, refuse: Refuse): void {
  const of = (token: string) => places.filter(({ rule }) => sourceOf(rule) === token);
  for (const token of tokenNames)
    for (const { rule, path } of of(token)) {
      if (of(token).length > 1) refuse(path, `${token} once`);
      if (typeof rule === 'object' && 'otherwise' in rule) refuse(path, `${token} without otherwise`);
    }
  const always = (token: string) => of(token).some(({ limited }) => !limited);
  if (!always('access_token')) refuse(['answer'], 'a member from access_token, for all grants');
  // Else the consent page would speak of access that no client gets.
  if (refreshes && !always('refresh_token'))
    refuse(['answer'], 'a member from refresh_token, for all grants, since grant_types has refresh_token');
}

/** What a caller of the introspection endpoint would take for its answer. */
const answersOfOthers = ['active', 'token_type'];

function judgeErrorMembers(places: readonly Place[], refuse: Refuse): void {
  // Where refusals have status 200, nothing else tells a client that it was refused.
  if (
    !places.some(
      ({ rule }) => sourceOf(rule) === 'error' || (isByError(rule) && rule.otherwise !== undefined),
    )
  )
    refuse(['errors', 'body'], 'a member from error, or by_error with otherwise');
  for (const { name, rule, path } of places) {
    if (answersOfOthers.some((other) => isNamed(name, other)))
      refuse(path, 'another name: this one says that there is a token, or that it is good');
    if (!isByError(rule)) continue;
    // Meant for a source, and taken for a constant.
    if (
      errorSources.some((source) => source === rule.otherwise) ||
      Object.hasOwn(Object(rule.otherwise), 'from')
    )
      refuse([...path, 'otherwise'], 'a constant; a source stands beside by_error, as from');
    for (const code of Object.keys(rule.by_error)) {
      if (errorCodes.some((known) => known === code)) continue;
      const meant = nearestName(code, errorCodes);
      refuse(
        [...path, 'by_error', code],
        `an error code in its place${meant === undefined ? '' : `: did you mean ${meant}?`}`,
      );
    }
  }
}

const isByError = (rule: Rule): rule is Extract<ErrorRule, { readonly by_error: unknown }> =>
  typeof rule === 'object' && 'by_error' in rule;

const sourceOf = (rule: Rule): string | undefined => {
  if (typeof rule === 'string') return rule;
  return 'from' in rule ? rule.from : undefined;
};

function constantsOf(rule: Rule): readonly unknown[] {
  if (typeof rule === 'string') return [];
  return [
    ...('value' in rule ? [rule.value] : []),
    ...('otherwise' in rule ? [rule.otherwise] : []),
    ...('by_error' in rule ? Object.values(rule.by_error) : []),
  ];
}

/** The names of members at any depth, level by level. */
function keysIn(values: readonly unknown[]): string[] {
  const keys: string[] = [];
  let level = values.filter((value) => typeof value === 'object' && value !== null);
  while (level.length > 0) {
    keys.push(...level.flatMap((each) => (Array.isArray(each) ? [] : Object.keys(each as object))));
    level = level
      .flatMap((each) => Object.values(each as object))
      .filter((value) => typeof value === 'object' && value !== null);
  }
  return keys;
}
