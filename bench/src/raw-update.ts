// The raw rate that rotations are compared with: the same UPDATE … RETURNING of one row of the same database file,
// by node:sqlite alone, one after the other.

import { DatabaseSync } from 'node:sqlite';
import { setImmediate } from 'node:timers/promises';
import { percentile } from './percentile.ts';

const REFRESH_LIFETIME = 30 * 24 * 3_600_000;
const BATCH = 100;

/** Writes what a rotation writes, in a transaction each (a statement by itself is one), to the disk like the server. */
export async function runRaw(file: string, id: string, seconds: number) {
  const database = new DatabaseSync(file, { timeout: 5_000 });
  try {
    database.exec('pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on');
    const update = database.prepare(
      'update grants set generation = generation + 1, rotated_at = ?, refresh_expires_at = ?, expires_at = ? ' +
        'where id = ? returning *',
    );
    const times: number[] = [];
    const start = performance.now();
    let before = start;
    while (before - start < seconds * 1000) {
      const now = Date.now();
      const expires_at = now + REFRESH_LIFETIME;
      if (update.all(now, expires_at, expires_at, id).length !== 1)
        throw new Error('the raw update found no row');
      const after = performance.now();
      times.push(after - before);
      // So that a signal still ends the benchmark.
      if (times.length % BATCH === 0) await setImmediate();
      before = performance.now();
    }
    const elapsed = (before - start) / 1000;
    return {
      tokensPerSecond: times.length / elapsed,
      p50: percentile(times, 0.5),
      p99: percentile(times, 0.99),
    };
  } finally {
    database.close();
  }
}
