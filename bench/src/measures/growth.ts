// How many refreshes of one grant change the size of the database: by the store's own function, without HTTP.

import { statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setImmediate } from 'node:timers/promises';
import { openSqlite } from '../../../packages/server/src/store/sql/sqlite.ts';
import { advanceRefreshTokens, findGrants } from '../../../packages/server/src/store/tables/grants.ts';
import { withEngine } from '../rows/databases.ts';
import { ISSUER, seedDatabase } from '../rows/seeded.ts';
import { grantId } from '../rows/seeding.ts';

const REFRESH_LIFETIME = 30 * 24 * 3_600_000;
const BATCH = 100;

type Size = { rows: number; table_bytes: number; file_bytes: number };
export type Growth = { refreshes: number; before: Size; after: Size; peak_wal_bytes: number };

/** `table_bytes` are the pages of the table and its indexes, after a checkpoint of the write-ahead log. */
function sizeOf(file: string): Size {
  const database = new DatabaseSync(file);
  try {
    database.exec('pragma wal_checkpoint(truncate)');
    const count = (sql: string) => Number(database.prepare(sql).get()?.n);
    return {
      rows: count('select count(*) as n from grants'),
      table_bytes: count(
        "select sum(pgsize) as n from dbstat where name in (select name from sqlite_schema where tbl_name = 'grants')",
      ),
      file_bytes: statSync(file).size,
    };
  } finally {
    database.close();
  }
}

export const measureGrowth = (refreshes: number): Promise<Growth> =>
  withEngine('sqlite', async (makePlace) => {
    const place = await makePlace();
    await seedDatabase(place, { clients: 1, grants: 1, codes: 0 });
    return refreshOne(join(place.data, 'tessera.db'), ISSUER, grantId('seed', 1), refreshes);
  });

async function refreshOne(file: string, issuer: string, id: string, refreshes: number): Promise<Growth> {
  const before = sizeOf(file);
  const db = openSqlite(file);
  let peak_wal_bytes = 0;
  try {
    const [grant] = await findGrants(db, [{ issuer, id }]);
    if (grant === undefined) throw new Error('the grant to refresh is gone');
    const { client_id, generation } = grant;
    for (let count = 0; count < refreshes; count += 1) {
      const now = Date.now();
      const advance = { issuer, id, client_id, generation: generation + count, now };
      const refresh_expires_at = now + REFRESH_LIFETIME;
      const [advanced] = await advanceRefreshTokens(db, [{ ...advance, refresh_expires_at }]);
      if (advanced === undefined) throw new Error(`the grant was refused its refresh ${count + 1}`);
      // Lets a signal end the benchmark.
      if (count % BATCH === 0) await setImmediate();
    }
    // The file never shrinks before it is truncated, so this is the peak.
    peak_wal_bytes = statSync(`${file}-wal`).size;
  } finally {
    await db.destroy();
  }
  const after = sizeOf(file);
  if (after.rows !== before.rows)
    throw new Error(`${refreshes} refreshes made ${after.rows - before.rows} rows`);
  return { refreshes, before, after, peak_wal_bytes };
}
