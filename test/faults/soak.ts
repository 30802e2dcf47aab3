// Ten minutes of mixed load at four fifths of what the server can do: memory and the slowest answers stay as they are,
// and what clients were told is true to the end.

import { residentMb } from '../../bench/src/measures/memory.ts';
import { seed } from '../../bench/src/rows/seeding.ts';
import { busyMachine, type Proof, scaled } from './proof.ts';
import { type Tessera, withTessera } from './support/folder.ts';
import { Ledger } from './support/mixed-clients.ts';
import { Random } from './support/random.ts';
import { asFastAsPossible, atPace, Connections, median, p99 } from './support/traffic.ts';

const seconds = 600;
const share = 0.8;
const connections = 64;
const codesPerSecond = 250;
/** In how many parts the time is looked at: memory at the end of each, and the 99th percentile of each. */
const parts = 20;
/**
 * Bytes by which a line through the second half may rise from its begin to its end, over all processes. What is left
 * after collecting garbage repeats to within a megabyte; ten bytes kept of each request would be several.
 */
const riseAllowed = 5 * 1024 * 1024;
/** Of the fastest of the last parts to the first half: those of a quiet machine differ by some tenths. */
const slowdownAllowed = 1.5;
/** The last parts by which the end is judged, and how many more are run to tell a slow server from a slow minute. */
const [lastParts, moreParts] = [5, 10];
/** So short that what is remembered of revoked tokens has stopped growing before the second half. */
const issuers = [{ name: 'standard', location: '/', access_token_lifetime: 60 }];

export const soak: Proof = {
  name: 'soak',
  async run(circumstances) {
    const length = scaled(seconds, circumstances);
    const amounts = {
      clients: 100,
      grants: 1000,
      codes: codesPerSecond * ((length * (parts + moreParts)) / parts + 30),
    };
    return withTessera({ config: { issuers } }, (server) =>
      server.asOperator(async (instance) => {
        await seed(instance.admin.db, instance.admin.hashes, 'standard', amounts, () => {});
        const kept = new Connections(server.port, connections);
        const ledger = new Ledger(kept, new Random(circumstances.seed), instance, amounts);
        return load(server, ledger, length).finally(() => kept.close());
      }),
    );
  },
};

async function load(server: Tessera, ledger: Ledger, length: number): Promise<string> {
  const before = server.pids().join();
  const capacity = await asFastAsPossible(Math.min(10, length), connections, ledger.act);
  const onePart = async () =>
    (await atPace(share * capacity, length / parts, length / parts, ledger.act)).flat();
  const [heaps, windows]: [number[], number[][]] = [[], []];
  for (let part = 0; part < parts; part += 1) {
    windows.push(await onePart());
    heaps.push(await server.heap());
  }
  const first = median(windows.slice(0, parts / 2).map(p99));
  const last = () => Math.min(...windows.slice(-lastParts).map(p99));
  // What others on the machine cause passes; a server that has become slow stays slow.
  while (last() > slowdownAllowed * first && windows.length < parts + moreParts)
    windows.push(await onePart());
  const told = await ledger.check();
  if (server.pids().join() !== before) throw new Error('a process ended');
  if (server.errors().length > 0) throw new Error(`the log has ${JSON.stringify(server.errors()[0])}`);
  const rise = riseOf(heaps.slice(parts / 2));
  const rss = server.pids().reduce((sum, pid) => sum + residentMb(pid), 0);
  const busy = busyMachine();
  const figure =
    `${windows.flat().length} requests at ${Math.round(share * capacity)} a second, ${share * 100} % of what it can; ` +
    `memory ${(rise / 1024 / 1024).toFixed(1)} MB over the second half, ${Math.round(rss)} MB resident; ` +
    `p99 ${first.toFixed(1)} ms, at the end ${last().toFixed(1)} ms${busy}; ${told}`;
  const slower = last() > slowdownAllowed * first && busy === '';
  if (rise > riseAllowed || slower) throw new Error(figure);
  return figure;
}

/** How far the line of least squares through `values` rises from the first to the last. */
function riseOf(values: readonly number[]): number {
  const middle = (values.length - 1) / 2;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const [up, across] = values.reduce<[number, number]>(
    ([sum, squares], value, index) => [
      sum + (index - middle) * (value - mean),
      squares + (index - middle) ** 2,
    ],
    [0, 0],
  );
  return (up / across) * (values.length - 1);
}
