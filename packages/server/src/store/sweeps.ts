// Deletes what is over and sums up old usage: a small batch at a time, each found by an index and committed by itself,
// so that no request waits for longer than one batch takes.

import { setTimeout } from 'node:timers/promises';
import { type Kysely, type RawBuilder, sql } from 'kysely';
import { postgresOf } from './sql/engine.ts';
import type { Schema } from './sql/schema.ts';
import { transact } from './sql/transact.ts';

type Db = Kysely<Schema>;
/** Does a batch; gives how many rows it took. */
type Work = (db: Db, now: number) => Promise<number>;

const batchRows = 100;
/** Between batches, so that on SQLite others who wait to write have their turn. */
const pauseMs = 20;
const hour = 3_600_000;
const day = 24 * hour;
const hoursKept = 21 * day;
/** Thirteen months. */
const longKept = 400 * day;

/**
 * What was revoked, used or signed with is remembered for so long after its end: a clock that was ahead, and is set back,
 * must not make it good again.
 */
export const clockStep = 2 * hour;

/** The newest change stays, so that followers can tell a gap from silence. */
const butTheNewest = sql`and seq < (select max(seq) from changes)`;

const works: readonly Work[] = [
  deletion('revoked_tokens', 'expires_at', clockStep),
  deletion('grants', 'expires_at', clockStep),
  deletion('sessions', 'expires_at'),
  deletion('used_once', 'expires_at', clockStep),
  deletion('attempts', 'expires_at'),
  deletion('signing_keys', 'expires_at', clockStep),
  deletion('changes', 'at', hour, butTheNewest),
  deletion('client_secrets', 'expires_at', longKept),
  deletion('client_secrets', 'revoked_at', longKept),
  deletion('usage_days', 'day', longKept),
  deletion('admin_events', 'at', longKept),
  sumUpUsage,
];

/** Goes on until nothing is left, or `proceed` says no. A batch of each in turn: none waits for another's backlog. */
export async function sweep(db: Db, now: number, proceed = () => true): Promise<void> {
  for (let left = works; left.length > 0; ) {
    const unfinished: Work[] = [];
    for (const work of left) {
      if (!proceed()) return;
      const taken = await work(db, now);
      if (taken === batchRows) unfinished.push(work);
      if (taken > 0) await setTimeout(pauseMs);
    }
    left = unfinished;
  }
}

function deletion(table: keyof Schema, column: string, keptMs = 0, and = sql``): Work {
  return async (db, now) => {
    const batch = oldest(db, table, column, now - keptMs, and);
    const { numAffectedRows = 0n } = await sql`delete from ${sql.table(table)} where ${batch}`.execute(db);
    return Number(numAffectedRows);
  };
}

/**
 * Moves hours of days that are long past into a row for each client and day (UTC). What is counted late makes an hour
 * anew, which is added to its day the next time.
 */
function sumUpUsage(db: Db, now: number): Promise<number> {
  return transact(db, async (transaction) => {
    const lastHour = startOfDay(now - hoursKept) - hour;
    const batch = oldest(transaction, 'usage', 'hour', lastHour);
    const { rows } = await sql<
      Schema['usage']
    >`delete from usage where ${batch} returning issuer, client_id, hour, tokens`.execute(transaction);
    for (const { issuer, client_id, hour: began, tokens } of rows) {
      await transaction
        .insertInto('usage_days')
        .values({ issuer, client_id, day: startOfDay(began), tokens })
        .onConflict((conflict) =>
          conflict
            .columns(['issuer', 'client_id', 'day'])
            .doUpdateSet(({ eb, ref }) => ({ tokens: eb(ref('usage_days.tokens'), '+', tokens) })),
        )
        .execute();
    }
    return rows.length;
  });
}

const startOfDay = (time: number): number => Math.floor(time / day) * day;

/**
 * A condition for one batch of rows, by their address. On PostgreSQL, rows that somebody holds at this moment are left
 * for the next time: a sweep waits for nobody, and so is part of no deadlock. The order is there for the index: without
 * it PostgreSQL may come to read the whole table.
 */
function oldest(
  db: Db,
  table: keyof Schema,
  column: string,
  until: number,
  and = sql``,
): RawBuilder<unknown> {
  const rows = sql`from ${sql.table(table)} where ${sql.ref(column)} <= ${until} ${and}
    order by ${sql.ref(column)} limit ${sql.lit(batchRows)}`;
  return postgresOf(db) === undefined
    ? sql`rowid in (select rowid ${rows})`
    : sql`ctid = any(array(select ctid ${rows} for update skip locked))`;
}
