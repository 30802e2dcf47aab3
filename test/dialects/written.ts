// From parameters to the bytes of a request, in the spelling of a dialect.

import type { Dialect } from '@tessera-oauth/core';
import type { Plan, Twist } from './arbitrary/plan.ts';
import type { Sent } from './exchange.ts';

export type Pairs = readonly (readonly [name: string, value: string])[];

/** A header, and parameters by their standard names. */
export interface Asked {
  readonly authorization: string | undefined;
  readonly pairs: Pairs;
}

/** Another name of the dialect for a parameter; undefined where it has none. */
export const otherNameOf = (standard: string, { requests }: Dialect): string | undefined =>
  Object.entries(requests?.names ?? {}).find(([, each]) => each === standard)?.[0];

/** The parameters in the names that the plan chooses. */
const renamed = (pairs: Pairs, { others }: Pick<Plan, 'others'>, dialect: Dialect): Pairs =>
  pairs.map(([name, value], index) => [
    (others[index % others.length] && otherNameOf(name, dialect)) || name,
    value,
  ]);

/** Whether what the twist does can be written in this form of a body. */
export const isWritable = (twist: Twist, media: Plan['media']): boolean =>
  media === 'json' ||
  !['object', 'list', 'true', 'null', 'deep', 'trailing', 'comment', 'bare'].includes(twist);

/** A parameter that stands in the request and may stand there once. */
export const repeatable = (pairs: Pairs) => pairs.find(([name]) => name !== 'scope' && name !== 'resource');

/** One that stands in the request, and has another name. */
export const doublyNamed = (pairs: Pairs, dialect: Dialect) =>
  pairs.find(([name]) => otherNameOf(name, dialect) !== undefined);

const many: Pairs = Array.from({ length: 101 }, (_, index) => [`z${index}`, '1']);

/** Parameters that the twist adds. */
function added(pairs: Pairs, twist: Twist, dialect: Dialect): Pairs {
  if (twist === 'repeated') {
    const again = repeatable(pairs);
    return again === undefined ? [] : [again];
  }
  if (twist === 'both_names') {
    const [name = '', value = ''] = doublyNamed(pairs, dialect) ?? [];
    const other = otherNameOf(name, dialect);
    return other === undefined ? [] : [[other, value]];
  }
  if (twist === 'noise')
    return [
      ['zz', '1'],
      ['zz', '2'],
    ];
  if (twist === 'empty')
    return [
      ['zz', ''],
      ['', 'x'],
      ['code_challenge', ''],
    ];
  if (twist === 'nul') return [['zz', 'a\0b']];
  return twist === 'too_many' ? many : [];
}

/** The request as it is sent to a path. */
export function write(asked: Asked, plan: Plan, dialect: Dialect): Sent & { readonly query: string } {
  const { media, twist, accept, origin } = plan;
  // Of a parameter by both of its names, the standard one is there already.
  const named = twist === 'both_names' ? asked.pairs : renamed(asked.pairs, plan, dialect);
  const pairs = [...named, ...added(asked.pairs, twist, dialect)];
  const headers = {
    ...(asked.authorization !== undefined && { authorization: asked.authorization }),
    ...(accept !== undefined && { accept }),
    ...(origin && { origin: 'https://elsewhere.example' }),
  };
  if (media === 'query') return { headers, query: `?${writeForm(pairs, twist)}` };
  const type = media === 'form' ? 'application/x-www-form-urlencoded' : 'application/json';
  const body = media === 'form' ? writeForm(pairs, twist) : writeJson(pairs, twist);
  return { headers: { ...headers, 'content-type': type }, body, query: '' };
}

const formTwists: Partial<Record<Twist, string>> = {
  number: 'zz=1e400',
  surrogate: 'zz=%ED%A0%80',
  broken: 'zz=%zz',
};

function writeForm(pairs: Pairs, twist: Twist): string {
  const form = new URLSearchParams(pairs.map(([name, value]) => [name, value])).toString();
  return [form, formTwists[twist] ?? ''].filter(Boolean).join('&');
}

const jsonTwists: Partial<Record<Twist, string>> = {
  number: '"zz": -1.5e400',
  surrogate: '"zz": "\\ud800"',
  object: '"zz": {"grant_type": "client_credentials"}',
  list: '"zz": ["a"]',
  true: '"zz": true',
  null: '"zz": null',
  deep: `"zz": ${'['.repeat(20_000)}${']'.repeat(20_000)}`,
  bare: 'zz: "a"',
  comment: '/* */ "zz": "a"',
};

function writeJson(pairs: Pairs, twist: Twist): string {
  const members = pairs.map(([name, value]) => `${JSON.stringify(name)}: ${JSON.stringify(value)}`);
  const text = `{${[...members, jsonTwists[twist] ?? ''].filter(Boolean).join(', ')}}`;
  if (twist === 'trailing') return `${text} {}`;
  return twist === 'broken' ? text.slice(0, -1) : text;
}
