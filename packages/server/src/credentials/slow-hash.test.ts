import { setTimeout } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { inTurn, type Turn } from './slow-hash.ts';

const known: Turn = { kind: 'user', known: true };
/** Strangers, each of a network of its own. */
const stranger = (index: number): Turn => ({ kind: 'user', known: false, address: `10.0.${index}.1` });
const busy = { status: 503, reason: 'slow_hash_queue_full', retry_after: 1 };

test('slow hashes run one at a time; those of a lane in their order, and the lanes in turn', async () => {
  const started: string[] = [];
  let running = 0;
  let most = 0;
  const run = (name: string, turn: Turn) =>
    inTurn(turn, async () => {
      started.push(name);
      running += 1;
      most = Math.max(most, running);
      await setTimeout(1);
      running -= 1;
    });
  const turns = [stranger, stranger, stranger, stranger].map((of, index) =>
    run(`stranger ${index}`, of(index)),
  );
  turns.push(run('user', known), run('client', { kind: 'client', known: true }), run('user', known));
  await Promise.all(turns);
  expect(most).toBe(1);
  expect(started.filter((name) => name.startsWith('stranger'))).toEqual(
    [0, 1, 2, 3].map((index) => `stranger ${index}`),
  );
  // Between two turns of strangers, each of the others has one.
  expect(started.indexOf('user')).toBeLessThanOrEqual(2);
  expect(started.lastIndexOf('user')).toBeLessThanOrEqual(5);
});

test('one that fails holds up nobody, and gives its room back', async () => {
  const failing = Array.from({ length: 50 }, () => inTurn(known, () => Promise.reject(new Error('no'))));
  await expect(inTurn(known, async () => 'late')).rejects.toMatchObject(busy);
  const others = ['client', 'stranger'].map((name, index) =>
    inTurn(index === 0 ? { kind: 'client', known: true } : stranger(1), async () => name),
  );
  expect((await Promise.allSettled(failing)).every(({ status }) => status === 'rejected')).toBe(true);
  expect(await Promise.all(others)).toEqual(['client', 'stranger']);
  expect(await inTurn(known, async () => 'again')).toBe('again');
});

const from = (address: string): Turn => ({ kind: 'user', known: false, address });

test.each<[string, number, (index: number) => Turn]>([
  ['one address', 5, () => from('192.0.2.1')],
  ['one /24', 10, (index) => from(`192.0.2.${index}`)],
  ['one /64', 5, (index) => from(`2001:db8::${index}`)],
  ['one /56', 10, (index) => from(`2001:db8:0:${index}::1`)],
  ['one /48', 10, (index) => from(`2001:db8:0:${index}00::1`)],
  ['one /32', 25, (index) => from(`2001:db8:${index}::1`)],
  ['strangers', 50, stranger],
  ['one account that is known', 5, (index) => ({ ...known, account: 'ann', address: `10.0.${index}.1` })],
])('of %s, %i may wait', async (_who, room, turnOf) => {
  const results = await Promise.allSettled(
    Array.from({ length: 60 }, (_, index) => inTurn(turnOf(index), async () => index)),
  );
  const refused = results.filter((result) => result.status === 'rejected');
  expect(refused).toHaveLength(60 - room);
  expect(refused[0]?.reason).toMatchObject(busy);
});
