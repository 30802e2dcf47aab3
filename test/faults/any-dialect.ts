// A hundred thousand requests under dialects from the whole schema: none gets more than the standard would give it.

import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Proved } from '../dialects/prove.ts';
import { type Circumstances, type Proof, scaled } from './proof.ts';

const requests = 100_000;
/** Each in a thread of its own, with other dialects. */
const parts = 2;

export const anyDialect: Proof = {
  name: 'any-dialect',
  async run(circumstances) {
    const proved = await Promise.all(
      Array.from({ length: parts }, (_, part) => proveApart(part, circumstances)),
    );
    const sum = (what: keyof Proved) => proved.reduce((total, each) => total + each[what], 0);
    return `${sum('pairs')} requests under ${sum('dialects')} dialects, seed ${circumstances.seed}: ${sum('granted')} were in order and got a token, no other did`;
  },
};

async function proveApart(part: number, { scale, seed }: Circumstances): Promise<Proved> {
  const pairs = scaled(requests / parts, { scale });
  const workerData = { pairs, seed: seed + part * 1_000_000 };
  const worker = new Worker(new URL('./support/dialects-apart.ts', import.meta.url), { workerData });
  // An error that the thread throws rejects.
  const [proved] = (await once(worker, 'message')) as [Proved];
  await worker.terminate();
  return proved;
}
