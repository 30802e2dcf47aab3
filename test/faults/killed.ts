// kill -9, of one worker or of all processes at once, under load: what was acknowledged is so afterwards.

import { type Engine, type MakePlace, withEngine } from '../../bench/src/rows/databases.ts';
import type { Place } from '../../bench/src/rows/seeded.ts';
import { busyMachine, type Circumstances, type Proof, scaled } from './proof.ts';
import { ask } from './support/http.ts';
import { Ledger } from './support/ledger.ts';
import {
  expectNoFaults,
  launchTessera,
  pause,
  startTessera,
  type Tessera,
  until,
} from './support/tessera.ts';

const times = 20;
const workers = 2;
/** Of load, before each kill. */
const loadMs = 1000;
const backWithinMs = 1000;

const engines: readonly Engine[] = ['sqlite', 'postgres'];

export const killed: readonly Proof[] = engines.flatMap((engine) => [
  { name: `server-killed-${engine}`, run: (scale) => onPlace(engine, (place) => killServers(place, scale)) },
  { name: `worker-killed-${engine}`, run: (scale) => onPlace(engine, (place) => killWorkers(place, scale)) },
]);

const onPlace = (engine: Engine, work: (place: Place) => Promise<string>): Promise<string> =>
  withEngine(engine, async (make: MakePlace) => work(await make()));

async function killServers(place: Place, circumstances: Circumstances): Promise<string> {
  const kills = scaled(times, circumstances);
  const ledger = await Ledger.open(place);
  let server = await startTessera(place, { workers });
  const back: number[] = [];
  try {
    for (let kill = 0; kill < kills; kill += 1) {
      ledger.start([server.origin]);
      await pause(loadMs * (0.5 + Math.random()));
      await server.kill();
      await ledger.stop();
      const { ports } = server;
      server = await launchTessera(place, { workers, ports });
      back.push(await firstAnswer(server));
      await ledger.check();
    }
    expectNoFaults(server);
  } finally {
    await server.kill();
  }
  const sorted = back.toSorted((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)] ?? 0;
  const busy = busyMachine();
  if (median > backWithinMs && busy === '')
    throw new Error(`it took ${median.toFixed(0)} ms until it answered again`);
  return `${kills} kills, ${ledger.told}; back in ${median.toFixed(0)} ms (median), ${sorted.at(-1)?.toFixed(0)} ms (slowest)${busy}`;
}

/** Milliseconds from the start of the process to its first answer. */
async function firstAnswer(server: Tessera): Promise<number> {
  await until(
    'the server answers',
    10_000,
    async () => (await ask(`${server.origin}/oauth2/jwks`)).status === 200,
  );
  return performance.now() - server.startedAt;
}

async function killWorkers(place: Place, circumstances: Circumstances): Promise<string> {
  const kills = scaled(times, circumstances);
  const ledger = await Ledger.open(place);
  const server = await startTessera(place, { workers });
  let longestGap = 0;
  try {
    for (let kill = 0; kill < kills; kill += 1) {
      ledger.start([server.origin]);
      const watching = watch(server);
      await pause(loadMs * (0.5 + Math.random()));
      const [victim = 0] = shuffled(server.workers);
      process.kill(victim, 'SIGKILL');
      await until('the worker is noticed', 5000, () => !server.workers.has(victim));
      await until('the worker is replaced', 10_000, () => server.workers.size === workers);
      longestGap = Math.max(longestGap, await watching());
      await ledger.stop();
      await ledger.check();
    }
    expectNoFaults(server);
  } finally {
    await server.kill();
  }
  if (longestGap > backWithinMs) throw new Error(`nobody answered for ${longestGap.toFixed(0)} ms`);
  return `${kills} kills, ${ledger.told}; longest without an answer ${longestGap.toFixed(0)} ms`;
}

/** Asks again and again on new connections; gives the longest time in milliseconds without an answer. */
function watch({ origin }: Tessera): () => Promise<number> {
  let going = true;
  let last = performance.now();
  let longest = 0;
  const watcher = async () => {
    while (going) {
      const answered = await ask(`${origin}/oauth2/jwks`, { patienceMs: 1000 }).then(
        ({ status }) => status === 200,
        () => false,
      );
      const now = performance.now();
      if (answered) {
        longest = Math.max(longest, now - last);
        last = now;
      }
      await pause(5);
    }
  };
  // Two: what waits for a worker that is gone must not keep the other from asking.
  const done = Promise.all([watcher(), watcher()]);
  return async () => {
    going = false;
    await done;
    return longest;
  };
}

const shuffled = <Item>(items: Iterable<Item>): Item[] => [...items].sort(() => Math.random() - 0.5);
