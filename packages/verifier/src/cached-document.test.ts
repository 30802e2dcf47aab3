// A cached document of the server: fetched once, refreshed in time, and used on while the server is unavailable.

import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { CachedDocument } from './cached-document.ts';

let loads: { resolve: (value: string) => void; reject: (error: Error) => void }[];
let document: CachedDocument<string>;
let lines: string[];
const write = (level: string) => (line: string) => void lines.push(`${level} ${line}`);
const log = { name: 'the list', logger: { warn: write('warn'), error: write('error') } };
const load = () =>
  new Promise<string>((resolve, reject) => {
    loads.push({ resolve, reject });
  });
const later = (ms: number) => vi.advanceTimersByTime(ms);
/** Answers the load in flight, and lets its callers go on. */
async function answer(value: string | Error): Promise<void> {
  const last = loads.at(-1);
  if (value instanceof Error) last?.reject(value);
  else last?.resolve(value);
  await vi.advanceTimersByTimeAsync(0);
}

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['performance', 'setTimeout'] });
  loads = [];
  lines = [];
  document = new CachedDocument(load, { maxAge: 10_000, staleIfError: 60_000 }, log);
  const first = document.get();
  await answer('first');
  expect(await first).toBe('first');
});
afterEach(() => void vi.useRealTimers());

test('a thousand callers at once are one fetch', async () => {
  later(20_000);
  const all = Promise.all(Array.from({ length: 1000 }, () => document.get()));
  expect(loads).toHaveLength(2);
  await answer('second');
  expect(new Set(await all)).toEqual(new Set(['second']));
});

test('below half of its age nothing is fetched, and no caller waits', () => {
  later(4999);
  expect(document.get()).toBe('first');
  expect(loads).toHaveLength(1);
});

test('from half of its age on it is refreshed, and still no caller waits', async () => {
  later(5000);
  expect(document.get()).toBe('first');
  expect(document.get()).toBe('first');
  expect(loads).toHaveLength(2);
  await answer('second');
  expect(document.get()).toBe('second');
});

test('past its age a caller waits for the new one', async () => {
  later(10_000);
  const asked = document.get();
  await answer('second');
  expect(await asked).toBe('second');
});

test('while the server is unavailable the last good one is used without a wait, and fetched again once a second', async () => {
  later(10_000);
  const asked = document.get();
  await answer(new Error('unavailable'));
  expect(await asked).toBe('first');
  later(500);
  expect(document.get()).toBe('first');
  expect(loads).toHaveLength(2);
  later(500);
  for (let each = 0; each < 100; each++) expect(document.get()).toBe('first');
  expect(loads).toHaveLength(3);
  await answer('second');
  expect(document.get()).toBe('second');
});

test('past the age for errors it is used no more, and the failure is thrown', async () => {
  later(30_000);
  const first = document.get();
  await answer(new Error('unavailable'));
  expect(await first).toBe('first');
  later(30_000);
  const asked = document.get();
  const told = expect(asked).rejects.toThrow('still unavailable');
  await answer(new Error('still unavailable'));
  await told;
});

test('before the first one has come, the failure is thrown to all callers for a second, and then it is tried again', async () => {
  loads = [];
  const fresh = new CachedDocument(load, { maxAge: 10_000, staleIfError: 60_000 }, log);
  const told = expect(fresh.get()).rejects.toThrow('unavailable');
  await answer(new Error('unavailable'));
  await told;
  await expect(fresh.get()).rejects.toThrow('unavailable');
  expect(loads).toHaveLength(1);
  later(1000);
  const asked = fresh.get();
  await answer('there');
  expect(await asked).toBe('there');
});

test('a refresh happens once in a pause', async () => {
  later(100);
  expect(await document.refresh(10_000)).toBe('first');
  expect(loads).toHaveLength(1);
  later(10_000);
  const renewed = Promise.all([document.refresh(10_000), document.refresh(10_000)]);
  expect(loads).toHaveLength(2);
  await answer('second');
  expect(await renewed).toEqual(['second', 'second']);
});

test('the log has a line for each change of state, and no other', async () => {
  const fail = async () => {
    const asked = Promise.resolve(document.get()).catch(() => {});
    await answer(new Error('unavailable'));
    await asked;
  };
  later(10_000);
  await fail();
  const stale =
    'warn the list cannot be fetched; the last one is used for 50 seconds more: Error: unavailable';
  expect(lines).toEqual([stale]);
  for (let each = 0; each < 10; each++) {
    later(1000);
    await fail();
  }
  expect(lines).toEqual([stale]);
  later(40_000);
  for (let each = 0; each < 3; each++) {
    await fail();
    later(1000);
  }
  const unusable =
    'error the list cannot be fetched, and every request is answered 503 until it can be: Error: unavailable';
  expect(lines).toEqual([stale, unusable]);
  const asked = document.get();
  await answer('second');
  expect(await asked).toBe('second');
  expect(lines).toEqual([stale, unusable, 'warn the list was fetched again']);
});
