// The table `changes`: the feed by which servers learn what to drop from memory.

import { type Insertable, type Kysely, sql } from 'kysely';
import { changesChannel, postgresOf } from '../sql/engine.ts';
import type { ChangeTopic, Schema } from '../sql/schema.ts';

/**
 * Notes a change, in the transaction that makes it. Changes become visible in the order of their numbers: a follower
 * that has seen one has seen all before it.
 */
export async function noteChange(
  db: Kysely<Schema>,
  topic: ChangeTopic,
  issuer: string,
  subject: string,
  at: number,
): Promise<void> {
  const change: Insertable<Schema['changes']> = { topic, issuer, subject, at };
  const postgres = postgresOf(db);
  if (postgres === undefined) {
    await db.insertInto('changes').values(change).execute();
    return;
  }
  // The lock on the counter's row is held until this transaction ends, so no later number can become visible first. A
  // sequence would not wait, and a follower would skip what a slower transaction commits afterwards.
  const { numAffectedRows } = await sql`
    with counted as (update change_counter set seq = seq + 1 returning seq)
    insert into changes (seq, topic, issuer, subject, at)
    select seq, ${topic}, ${issuer}, ${subject}, cast(${at} as bigint) from counted
    ${postgres.notifies ? sql`returning pg_notify(${sql.lit(changesChannel)}, '')` : sql``}`.execute(db);
  if (numAffectedRows !== 1n) throw new Error('change_counter has no row');
}
