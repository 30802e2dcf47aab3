// Maintenance: the key schedule, expired rows, old usage. One process at a time does it: the holder of the lease.

import { randomUUID } from 'node:crypto';
import type { SqlStore } from '../store/sql-store.ts';
import { sweep } from '../store/sweeps.ts';
import { releaseLease, takeLease } from '../store/tables/leases.ts';
import type { Log } from '../telemetry/log.ts';

export interface Maintenance {
  /** Does a round, if this process has the lease or can take it. */
  run(): Promise<void>;
  /** Stops after the batch under way, and gives the lease back. */
  end(): Promise<void>;
}

const lease = 'maintenance';
/** Longer than a round and the pause after it, so that a live holder renews the lease in time. */
const leaseMs = 150_000;
/** What is left after that waits for the next round, so that a backlog never delays the keys. */
const roundMs = 50_000;

interface Tasks {
  /** The key schedule. */
  keys(): Promise<void>;
  /** Called after each round. */
  done(): void;
}

export function createMaintenance(store: SqlStore, log: Log, tasks: Tasks): Maintenance {
  const holder = randomUUID();
  let held = false;
  let ended = false;
  let running = Promise.resolve();
  const round = async () => {
    store.forgetExpired();
    const began = Date.now();
    const before = held;
    held = await takeLease(store.db, lease, holder, began, began + leaseMs);
    if (held !== before) log.info({ held }, 'maintenance lease');
    if (!held) return;
    await tasks.keys();
    await sweep(store.db, began, () => !ended && Date.now() < began + roundMs);
    tasks.done();
  };
  return {
    run() {
      if (!ended) running = round();
      return running;
    },
    async end() {
      ended = true;
      await running.catch(() => undefined);
      await releaseLease(store.db, lease, holder).catch((err) => log.warn({ err }, 'lease not released'));
    },
  };
}
