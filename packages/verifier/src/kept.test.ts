// A document of the server: fetched once, renewed in time, and held on to while the server is away.

import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Kept } from './kept.ts';

let loads: { resolve: (value: string) => void; reject: (error: Error) => void }[];
let kept: Kept<string>;
const load = () =>
  new Promise<string>((resolve, reject) => {
    loads.push({ resolve, reject });
  });
const later = (ms: number) => vi.advanceTimersByTime(ms);
/** Answers the load under way, and lets who waits for it go on. */
async function answer(value: string | Error): Promise<void> {
  const last = loads.at(-1);
  if (value instanceof Error) last?.reject(value);
  else last?.resolve(value);
  await vi.advanceTimersByTimeAsync(0);
}

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['performance', 'setTimeout'] });
  loads = [];
  kept = new Kept(load, { fresh: 10_000, tolerance: 60_000 });
  const first = kept.get();
  await answer('first');
  expect(await first).toBe('first');
});
afterEach(() => void vi.useRealTimers());

test('a thousand who ask at once are one fetch', async () => {
  later(20_000);
  const all = Promise.all(Array.from({ length: 1000 }, () => kept.get()));
  expect(loads).toHaveLength(2);
  await answer('second');
  expect(new Set(await all)).toEqual(new Set(['second']));
});

test('while it is young nothing is fetched, and nobody waits', () => {
  later(4999);
  expect(kept.get()).toBe('first');
  expect(loads).toHaveLength(1);
});

test('from the half on it is renewed, and still nobody waits', async () => {
  later(5000);
  expect(kept.get()).toBe('first');
  expect(kept.get()).toBe('first');
  expect(loads).toHaveLength(2);
  await answer('second');
  expect(kept.get()).toBe('second');
});

test('past its time who asks waits for the new one', async () => {
  later(10_000);
  const asked = kept.get();
  await answer('second');
  expect(await asked).toBe('second');
});

test('while the server is away the last good one serves, without a wait, and one a second tries again', async () => {
  later(10_000);
  const asked = kept.get();
  await answer(new Error('away'));
  expect(await asked).toBe('first');
  later(500);
  expect(kept.get()).toBe('first');
  expect(loads).toHaveLength(2);
  later(500);
  for (let each = 0; each < 100; each++) expect(kept.get()).toBe('first');
  expect(loads).toHaveLength(3);
  await answer('second');
  expect(kept.get()).toBe('second');
});

test('past its tolerance it serves no more, and the failure is told', async () => {
  later(30_000);
  const first = kept.get();
  await answer(new Error('away'));
  expect(await first).toBe('first');
  later(30_000);
  const asked = kept.get();
  const told = expect(asked).rejects.toThrow('still away');
  await answer(new Error('still away'));
  await told;
});

test('where there was never any, the failure is told to all for a second, and then it is tried again', async () => {
  loads = [];
  const fresh = new Kept(load, { fresh: 10_000, tolerance: 60_000 });
  const told = expect(fresh.get()).rejects.toThrow('away');
  await answer(new Error('away'));
  await told;
  await expect(fresh.get()).rejects.toThrow('away');
  expect(loads).toHaveLength(1);
  later(1000);
  const asked = fresh.get();
  await answer('there');
  expect(await asked).toBe('there');
});

test('who renews it does so once in a pause', async () => {
  later(100);
  expect(await kept.renew(10_000)).toBe('first');
  expect(loads).toHaveLength(1);
  later(10_000);
  const renewed = Promise.all([kept.renew(10_000), kept.renew(10_000)]);
  expect(loads).toHaveLength(2);
  await answer('second');
  expect(await renewed).toEqual(['second', 'second']);
});
