// Migrations: numbered, forward only, each in the one transaction that also notes it as applied.

import { type Kysely, sql } from 'kysely';
import { binaryText } from './binary-text.ts';
import { postgresOf } from './engine.ts';
import { up as first } from './migrations/0001-first.ts';
import { up as usersAndGrants } from './migrations/0002-users-and-grants.ts';
import { up as maintenance } from './migrations/0003-maintenance.ts';
import type { Schema } from './schema.ts';
import { transact } from './transact.ts';

interface Migration {
  readonly name: string;
  readonly up: (db: Kysely<never>) => Promise<void>;
}

const migrations: readonly Migration[] = [
  { name: '0001-first', up: first },
  { name: '0002-users-and-grants', up: usersAndGrants },
  { name: '0003-maintenance', up: maintenance },
];

const lockNumber = 7_355_371;

/** Brings a database up to date; returns the names of what it applied. Processes that start together take turns. */
export async function migrate(db: Kysely<Schema>, now: number): Promise<string[]> {
  return transact(db, async (transaction) => {
    const postgres = postgresOf(transaction) !== undefined;
    // Not even `if not exists` is safe there from others who create the same at this moment. Any number will do, as
    // long as it is the same in every release.
    if (postgres) await sql`select pg_advisory_xact_lock(${sql.lit(lockNumber)})`.execute(transaction);
    await sql`create table if not exists migrations (name text primary key, applied_at bigint not null)`.execute(
      transaction,
    );
    const rows = await transaction.selectFrom('migrations').select('name').execute();
    const applied = new Set(rows.map(({ name }) => name));
    const pending = migrations.filter(({ name }) => !applied.has(name));
    for (const { name, up } of pending) {
      const plain = postgres ? transaction.withPlugin(binaryText) : transaction;
      await up(plain as unknown as Kysely<never>);
      await transaction.insertInto('migrations').values({ name, applied_at: now }).execute();
    }
    return pending.map(({ name }) => name);
  });
}
