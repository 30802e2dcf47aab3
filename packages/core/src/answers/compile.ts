// From a dialect's rules for the members of an answer to a function that writes its JSON, once for each dialect.

import type { AnswerRule, ErrorRule, Members } from '../dialects/member-rules.ts';

type Rule = AnswerRule | ErrorRule;

/** JSON text; undefined: the member is left out. */
type Write<Given> = (given: Given) => string | undefined;

/** What a writer asks of the answer that it writes. */
export interface Values<Given> {
  /** The value of a source; undefined where there is none. */
  valueOf(source: string, given: Given): unknown;
  /** The JSON type of a source's value where the rule does not say; undefined: the value's own. */
  typeOf(source: string): 'number' | 'string' | undefined;
  /** Whether a rule that is for some grants only is for this one. */
  isFor(grant_types: readonly string[], given: Given): boolean;
  /** The standard code of an error. */
  codeOf(given: Given): string;
  /** The value that replaces a constant of this name, such as DPoP for `token_type`; undefined: none. */
  overrule(name: string, given: Given): unknown;
}

export function compileMembers<Given>(
  members: Members<Rule>,
  values: Values<Given>,
): (given: Given) => string {
  const parts = Object.entries(members).map(([name, rule]) => ({
    key: `${JSON.stringify(name)}:`,
    write: compileRule(name, rule, values),
  }));
  return (given) => {
    let text = '';
    for (const { key, write } of parts) {
      const value = write(given);
      if (value !== undefined) text += `${text === '' ? '{' : ','}${key}${value}`;
    }
    return text === '' ? '{}' : `${text}}`;
  };
}

function compileRule<Given>(name: string, rule: Rule, values: Values<Given>): Write<Given> {
  const write = compileAlways(name, rule, values);
  if (typeof rule === 'string' || !('grant_types' in rule)) return write;
  const { grant_types } = rule;
  if (grant_types === undefined) return write;
  return (given) => (values.isFor(grant_types, given) ? write(given) : undefined);
}

function compileAlways<Given>(name: string, rule: Rule, values: Values<Given>): Write<Given> {
  if (typeof rule === 'string') return compileAlways(name, { from: rule }, values);
  if ('by_error' in rule) return compileByError(name, rule, values);
  if ('from' in rule) {
    const { from, as = values.typeOf(from), unit, otherwise } = rule;
    const instead = textOf(otherwise);
    return (given) => textOf(spell(values.valueOf(from, given), as, unit)) ?? instead;
  }
  if ('members' in rule) {
    const writeAll = compileMembers(rule.members, values);
    return (given) => {
      const text = writeAll(given);
      return text === '{}' ? undefined : text;
    };
  }
  if ('list' in rule) {
    const items = rule.list.map((item) => compileRule(name, item, values));
    return (given) => `[${items.flatMap((write) => write(given) ?? []).join(',')}]`;
  }
  const constant = textOf(rule.value);
  return (given) => textOf(values.overrule(name, given)) ?? constant;
}

/** What a code has of its own; else what the rest of the rule gives. */
function compileByError<Given>(
  name: string,
  { by_error, from, ...rest }: Extract<ErrorRule, { readonly by_error: unknown }>,
  values: Values<Given>,
): Write<Given> {
  const texts = new Map(Object.entries(by_error).map(([code, value]) => [code, textOf(value)]));
  const otherwise: Rule = from === undefined ? { value: rest.otherwise } : { ...rest, from };
  const write = compileAlways(name, otherwise, values);
  return (given) => texts.get(values.codeOf(given)) ?? write(given);
}

const textOf = (value: unknown): string | undefined =>
  value === undefined ? undefined : JSON.stringify(value);

function spell(
  value: unknown,
  as: 'number' | 'string' | 'iso8601' | undefined,
  unit: 's' | 'ms' | undefined,
): unknown {
  if (typeof value !== 'number') return value;
  // biome-ignore lint/style/noRestrictedGlobals: a way to write a moment, which is not the clock.
  if (as === 'iso8601') return new Date(value * 1000).toISOString().replace('.000Z', 'Z');
  const counted = unit === 'ms' ? value * 1000 : value;
  return as === 'string' ? String(counted) : counted;
}
