// JSON of strangers: what any nesting does, which is nothing.

import { expect, test } from 'vitest';
import { parseJson } from './json.ts';

const lists = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`;
const objects = (levels: number) => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;
const beside = (levels: number) => `{"good":1,"list":[${lists(levels)}],"after":[{}]}`;

test.each([lists, objects, beside])('32 levels are a value, and no more are: %s', (nest) => {
  const around = nest === beside ? 2 : 0;
  expect(parseJson(nest(32 - around))).toEqual(JSON.parse(nest(32 - around)));
  for (const levels of [33 - around, 10_000, 100_000, 1_000_000])
    expect(parseJson(nest(levels))).toBeUndefined();
});

test.each(['', '{', '[1,]', '{}{}', '\uFEFF{}', "{'a':1}", 'undefined'])('%j is no JSON', (text) => {
  expect(parseJson(text)).toBeUndefined();
});

test.each(['null', '0', '"a"', '[]', '{}', `[${'[],'.repeat(100_000)}[]]`])('JSON is a value', (text) => {
  expect(parseJson(text)).toEqual(JSON.parse(text));
});
