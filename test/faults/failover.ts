// The machine of a PostgreSQL primary is lost under load. Its standby, for which each commit has waited, takes over.

import { makeTempDir, removeTempDir } from '../../bench/src/subjects/processes.ts';
import { startNetwork } from '../support/network.ts';
import { type Proof, scaled } from './proof.ts';
import { Ledger } from './support/ledger.ts';
import { withPostgres } from './support/postgres.ts';
import { expectNoFaults, pause, startTessera, type Tessera, until } from './support/tessera.ts';

const loadMs = 10_000;
const awayMs = 3000;
const backWithinMs = 10_000;

export const failover: Proof = {
  name: 'failover',
  run: (circumstances) =>
    withPostgres(async (primary) => {
      const standby = await primary.addStandby();
      const network = await startNetwork(primary.url);
      const data = makeTempDir();
      const nodes: Tessera[] = [];
      try {
        await until('the standby follows', 10_000, async () => {
          const [{ state } = {}] = await primary.query('select sync_state as state from pg_stat_replication');
          return state === 'sync';
        });
        const place = { data, database: network.url };
        const ledger = await Ledger.open(place);
        for (let node = 0; node < 2; node += 1) nodes.push(await startTessera(place, { workers: 1 }));
        const origins = nodes.map(({ origin }) => origin);
        ledger.start(origins);
        await pause(scaled(loadMs, circumstances));
        ledger.deafSince = performance.now();
        await primary.kill();
        await pause(awayMs);
        const promoted = performance.now();
        await standby.promote();
        network.lead(standby.url);
        for (const node of nodes)
          await until('a node takes writes again', backWithinMs, async () => (await node.health()).ready);
        const back = performance.now() - promoted;
        await pause(1000);
        await ledger.stop();
        await ledger.check();
        nodes.forEach(expectNoFaults);
        if (back > backWithinMs) throw new Error(`it took ${back.toFixed(0)} ms until all nodes were ready`);
        return `${ledger.told}; nodes ready ${back.toFixed(0)} ms after the promotion began`;
      } finally {
        for (const node of nodes) await node.kill();
        await network.close();
        await standby.end();
        removeTempDir(data);
      }
    }),
};
