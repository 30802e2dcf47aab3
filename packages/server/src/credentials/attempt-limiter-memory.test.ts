// What failures are remembered in is bounded: in number, and in size.

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { createAttemptLimiter } from './attempt-limiter.ts';

const budget = createAttemptLimiter(() => 1_700_000_000_000);
const fail = (times: number, client: string, address: string) => {
  for (let time = 0; time < times; time++) budget.failed('one', client, address);
};
const wait = (client: string, address: string) => budget.retryAfter('one', client, address);

test('old counts give way to new ones', () => {
  fail(10, 'a', '192.0.2.1');
  expect(wait('a', '192.0.2.1')).toBe(60);
  for (let other = 0; other < 100_000; other++) fail(1, `client ${other}`, `10.0.0.${other}`);
  expect(wait('a', '192.0.2.1')).toBe(0);
});

// A client_id that nobody checked may be as long as a request: kept as it is, a hundred thousand of them are 6 GB.
test('a long client_id takes no more of it than a short one', () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const used = () => {
    collect();
    return process.memoryUsage().heapUsed;
  };
  const before = used();
  const long = Buffer.alloc(60_000, 'a').toString();
  for (let other = 0; other < 500; other++) fail(1, `${other}${long}`, `10.0.0.${other}`);
  expect(wait(`1${long}`, '10.0.0.1')).toBe(0);
  expect((used() - before) / 500).toBeLessThan(10_000);
});
