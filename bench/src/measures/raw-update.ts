// The raw rate that rotations and code exchanges are compared with: the same UPDATE … RETURNING of one row by the engine's
// driver alone, on the same database, each in a transaction as durable as the server's.

import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setImmediate } from 'node:timers/promises';
import { Pool } from 'pg';
import { CONNECTIONS } from '../load/load.ts';
import { percentile } from '../load/percentile.ts';
import type { Run } from '../load/result.ts';
import type { Place } from '../rows/seeded.ts';

/** The size of a server's pool by default. */
const POOL_SIZE = 10;
const REFRESH_LIFETIME = 30 * 24 * 3_600_000;
const BATCH = 100;

const WRITES = {
  rotation: 'generation = generation + 1',
  redemption: "generation = 1, code_state = 'redeemed'",
} as const;
export type Write = keyof typeof WRITES;

const statement = (write: Write, parameter: (number: number) => string) =>
  `update grants set ${WRITES[write]}, rotated_at = ${parameter(1)}, refresh_expires_at = ${parameter(2)}, ` +
  `expires_at = ${parameter(3)} where id = ${parameter(4)} returning *`;

const valuesOf = (id: string): [number, number, number, string] => {
  const now = Date.now();
  return [now, now + REFRESH_LIFETIME, now + REFRESH_LIFETIME, id];
};

type Update = (id: string) => Promise<number>;
export type RawRun = Run & { ok: number };

/** Updates rows by their ids, each once, until the time is over or no id is left. */
export const runRaw = (place: Place, write: Write, ids: string[], seconds: number): Promise<RawRun> =>
  place.database === undefined
    ? onSqlite(join(place.data, 'tessera.db'), write, ids, seconds)
    : onPostgres(place.database, write, ids, seconds);

/** One after the other: SQLite has one writer at a time, so parallel writers would only wait for its lock. */
async function onSqlite(file: string, write: Write, ids: string[], seconds: number): Promise<RawRun> {
  const database = new DatabaseSync(file, { timeout: 5_000 });
  try {
    database.exec('pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on');
    const update = database.prepare(statement(write, () => '?'));
    return await timed(ids, seconds, 1, async (id) => update.all(...valuesOf(id)).length);
  } finally {
    database.close();
  }
}

/** As many at once as the load has connections, over a pool of the server's size. */
async function onPostgres(url: string, write: Write, ids: string[], seconds: number): Promise<RawRun> {
  const pool = new Pool({ connectionString: url, max: POOL_SIZE });
  try {
    const text = statement(write, (number) => `$${number}`);
    const update: Update = async (id) =>
      (await pool.query({ name: write, text, values: valuesOf(id) })).rows.length;
    return await timed(ids, seconds, CONNECTIONS, update);
  } finally {
    await pool.end();
  }
}

async function timed(ids: string[], seconds: number, workers: number, update: Update): Promise<RawRun> {
  const times: number[] = [];
  const start = performance.now();
  let next = 0;
  const work = async () => {
    for (let before = performance.now(); before - start < seconds * 1000; ) {
      const id = ids[next];
      if (id === undefined) return;
      next += 1;
      if ((await update(id)) !== 1) throw new Error('the raw update found no row');
      times.push(performance.now() - before);
      // Lets a signal end the benchmark.
      if (times.length % BATCH === 0) await setImmediate();
      before = performance.now();
    }
  };
  await Promise.all(Array.from({ length: workers }, work));
  const elapsed = (performance.now() - start) / 1000;
  return {
    ok: times.length,
    tokensPerSecond: times.length / elapsed,
    p50: percentile(times, 0.5),
    p99: percentile(times, 0.99),
  };
}
