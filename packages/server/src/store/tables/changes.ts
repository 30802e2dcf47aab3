// The table `changes`: the feed by which servers learn what to drop from memory.

import { type Kysely, sql } from 'kysely';
import { changesChannel, postgresOf } from '../sql/engine.ts';
import type { ChangeTopic, Schema } from '../sql/schema.ts';
import { valuesTable } from '../sql/values-table.ts';

/** `noteChanges` for one. */
export const noteChange = (
  db: Kysely<Schema>,
  topic: ChangeTopic,
  issuer: string,
  subject: string,
  at: number,
): Promise<void> => noteChanges(db, topic, issuer, [subject], at);

/**
 * Notes changes, in the transaction that makes them, by one statement however many there are. Changes become visible in
 * the order of their numbers: a follower that has seen one has seen all before it.
 */
export async function noteChanges(
  db: Kysely<Schema>,
  topic: ChangeTopic,
  issuer: string,
  subjects: readonly string[],
  at: number,
): Promise<void> {
  const count = subjects.length;
  if (count === 0) return;
  const input = valuesTable(
    db,
    subjects.map((subject) => ({ subject })),
    { subject: 'text' },
  );
  const postgres = postgresOf(db);
  if (postgres === undefined) {
    await sql`
      insert into changes (topic, issuer, subject, at)
      select ${topic}, ${issuer}, subject, ${at} from ${input}`.execute(db);
    return;
  }
  // The lock on the counter's row is held until this transaction ends, so no later number can become visible first. A
  // sequence would not wait, and a follower would skip what a slower transaction commits afterwards.
  const { numAffectedRows } = await sql`
    with counted as (update change_counter set seq = seq + cast(${count} as bigint) returning seq)
    insert into changes (seq, topic, issuer, subject, at)
    select seq - cast(${count} as bigint) + row_number() over (), ${topic}, ${issuer}, subject, cast(${at} as bigint)
    from counted, ${input}
    ${postgres.notifies ? sql`returning pg_notify(${sql.lit(changesChannel)}, '')` : sql``}`.execute(db);
  if (numAffectedRows !== BigInt(count)) throw new Error('change_counter has no row');
}
