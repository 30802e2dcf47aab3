// PostgreSQL is stopped, its connections are cut, it stalls: what needs it is told so, and nothing else happens.

import { makeTempDir, removeTempDir } from '../../bench/src/subjects/processes.ts';
import { type Circumstances, type Proof, scaled } from './proof.ts';
import { whileAway } from './support/away.ts';
import { Ledger } from './support/ledger.ts';
import { type Postgres, withPostgres } from './support/postgres.ts';
import { expectNoFaults, pause, startTessera, type Tessera, until } from './support/tessera.ts';

const awayMs = 30_000;
/** Until a database that is silent is found out, and a little. */
const longestWaitMs = 8000;
const backWithinMs = 10_000;
const cuts = 10;

/** Gives how to end what it begins. */
type Fault = (postgres: Postgres) => Promise<() => Promise<void> | void>;

const away: Readonly<Record<string, Fault>> = {
  stopped: async (postgres) => {
    await postgres.stop();
    return () => postgres.start();
  },
  stalled: (postgres) => postgres.stall(),
};

export const outages: readonly Proof[] = [
  ...Object.entries(away).map(([name, fault]) => ({
    name: `database-${name}`,
    run: (circumstances: Circumstances) =>
      onServer(async (ledger, server, postgres) => {
        ledger.deafSince = performance.now();
        const figure = await whileAway(server, scaled(awayMs, circumstances), () => fault(postgres));
        ledger.expectRefusals();
        if (ledger.slowest > longestWaitMs) throw new Error(`somebody waited for ${seconds(ledger.slowest)}`);
        return `slowest answer ${seconds(ledger.slowest)}, ${figure}`;
      }),
  })),
  {
    name: 'database-cut',
    run: (circumstances) =>
      onServer(async (ledger, server, postgres) => {
        const times = scaled(cuts, circumstances);
        for (let cut = 0; cut < times; cut += 1) {
          await postgres.cut();
          await pause(500);
        }
        await until('the server is ready', backWithinMs, async () => (await server.health()).ready);
        return `${times} cuts, slowest answer ${seconds(ledger.slowest)}`;
      }),
  },
];

/** Under load all the time; the ledger is compared afterwards. */
const onServer = (work: (ledger: Ledger, server: Tessera, postgres: Postgres) => Promise<string>) =>
  withPostgres(async (postgres) => {
    const data = makeTempDir();
    const place = { data, database: postgres.url };
    const ledger = await Ledger.open(place);
    const server = await startTessera(place, { workers: 2 });
    try {
      ledger.start([server.origin]);
      await pause(2000);
      const figure = await work(ledger, server, postgres);
      await pause(1000);
      await ledger.stop();
      await ledger.check();
      expectNoFaults(server);
      return `${ledger.told}; ${figure}`;
    } finally {
      await server.kill();
      removeTempDir(data);
    }
  });

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
