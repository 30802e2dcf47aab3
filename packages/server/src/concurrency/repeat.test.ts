import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { repeat } from './repeat.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
});
afterEach(() => {
  vi.useRealTimers();
});

type Line = readonly [level: string, message: string];
function logged() {
  const lines: Line[] = [];
  const write = (level: string) => (_what: object, message: string) => void lines.push([level, message]);
  return { lines, log: { error: write('error'), info: write('info') } as never };
}

/** Work that ends when the test says so. */
function work() {
  const ends: PromiseWithResolvers<void>[] = [];
  const run = () => {
    const end = Promise.withResolvers<void>();
    ends.push(end);
    return end.promise;
  };
  return { ends, run };
}

test('it runs at its interval, and never twice at once', async () => {
  const { ends, run } = work();
  const { log } = logged();
  const { now, stop } = repeat('work', 100, log, run);
  await vi.advanceTimersByTimeAsync(99);
  expect(ends).toHaveLength(0);
  await vi.advanceTimersByTimeAsync(1);
  expect(ends).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(500);
  expect(ends).toHaveLength(1);
  // Asked for while it is under way, it runs once more, however often it was asked.
  now();
  now();
  ends[0]?.resolve();
  await vi.waitFor(() => expect(ends).toHaveLength(2));
  ends[1]?.resolve();
  await stop();
  await vi.advanceTimersByTimeAsync(500);
  expect(ends).toHaveLength(2);
});

test('what fails each time in the same way is logged once, and so is its end', async () => {
  const { lines, log } = logged();
  let problem: string | undefined = 'gone';
  const { failing, stop } = repeat('work', 100, log, async () => {
    if (problem !== undefined) throw new Error(problem);
  });
  await vi.advanceTimersByTimeAsync(500);
  expect(failing()).toBe(true);
  problem = 'full';
  await vi.advanceTimersByTimeAsync(500);
  problem = undefined;
  await vi.advanceTimersByTimeAsync(500);
  expect(failing()).toBe(false);
  expect(lines).toEqual([
    ['error', 'background work failed'],
    ['error', 'background work failed'],
    ['info', 'background work goes on'],
  ]);
  await stop();
});
