import { setTimeout } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { inTurn } from './slow-hash.ts';

test('slow hashes run one at a time, in their order, for clients and users alike', async () => {
  const started: number[] = [];
  let running = 0;
  let most = 0;
  await Promise.all(
    Array.from({ length: 20 }, (_, index) =>
      inTurn(index % 3 === 0 ? 'client' : 'user', async () => {
        started.push(index);
        running += 1;
        most = Math.max(most, running);
        await setTimeout(1);
        running -= 1;
      }),
    ),
  );
  expect(most).toBe(1);
  expect(started).toEqual(Array.from({ length: 20 }, (_, index) => index));
});

test('one that fails holds up nobody, and gives its room back', async () => {
  const failing = Array.from({ length: 50 }, () => inTurn('user', () => Promise.reject(new Error('no'))));
  await expect(inTurn('user', async () => 'late')).rejects.toMatchObject({ status: 503 });
  const client = inTurn('client', async () => 'done');
  expect((await Promise.allSettled(failing)).every(({ status }) => status === 'rejected')).toBe(true);
  expect(await client).toBe('done');
  expect(await inTurn('user', async () => 'again')).toBe('again');
});
