import { setTimeout } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { Batch } from './batch.ts';

/** Doubles numbers, and remembers in which groups they came. */
function doubling(fails: (numbers: readonly number[]) => boolean = () => false) {
  const groups: (readonly number[])[] = [];
  const run = async (numbers: readonly number[]) => {
    groups.push(numbers);
    await setTimeout(5);
    if (fails(numbers)) throw new Error('not these');
    return numbers.map((number) => 2 * number);
  };
  return { groups, run };
}

test('what comes at the same moment is run together, and each gets its own result', async () => {
  const { groups, run } = doubling();
  const batch = new Batch(run);
  expect(await Promise.all([1, 2, 3].map((number) => batch.call(number)))).toEqual([2, 4, 6]);
  expect(groups).toEqual([[1, 2, 3]]);
  expect(batch.counted).toEqual({ groups: 1, calls: 3 });
});

test('what comes while others are run waits for the next group', async () => {
  const { groups, run } = doubling();
  const batch = new Batch(run);
  const first = batch.call(1);
  await setTimeout(2);
  expect(await Promise.all([first, batch.call(2), batch.call(3)])).toEqual([2, 4, 6]);
  expect(groups).toEqual([[1], [2, 3]]);
});

test('two of one key are never run at once', async () => {
  const { groups, run } = doubling();
  const batch = new Batch(run, (number) => number % 10);
  await Promise.all([1, 11, 2, 21].map((number) => batch.call(number)));
  expect(groups).toEqual([[1, 2], [11], [21]]);
});

test('one that fails takes none of the others along', async () => {
  const batch = new Batch(doubling((numbers) => numbers.includes(1)).run);
  const results = await Promise.allSettled([batch.call(0), batch.call(1), batch.call(2)]);
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(await batch.call(2)).toBe(4);
});

test('many are run in several groups', async () => {
  const { groups, run } = doubling();
  const batch = new Batch(run);
  await Promise.all(Array.from({ length: 300 }, (_, number) => batch.call(number)));
  expect(groups.map(({ length }) => length)).toEqual([256, 44]);
});
