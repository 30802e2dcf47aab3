// Maintenance: the key schedule, what is over, old usage. By one process at a time, whoever holds the lease.

import { randomUUID } from 'node:crypto';
import type { SqlStore } from '../store/sql-store.ts';
import { sweep } from '../store/sweeps.ts';
import { releaseLease, takeLease } from '../store/tables/leases.ts';
import type { Log } from '../telemetry/log.ts';

export interface Maintenance {
  /** A round of it, if it is this process's turn. */
  run(): Promise<void>;
  /** Leaves off at the next batch, and lets another process take over. */
  end(): Promise<void>;
}

const lease = 'maintenance';
/** Longer than a round and the time to the next: whoever lives keeps it. */
const leaseMs = 150_000;
/** What is left over then is for the next round, after the keys. */
const roundMs = 50_000;

interface Tasks {
  /** The key schedule. */
  keys(): Promise<void>;
  /** Told after each round. */
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
