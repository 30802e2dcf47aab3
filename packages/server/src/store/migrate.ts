// Migrations: numbered, forward only, each in the one transaction that also notes it as applied. They read nothing:
// what they would do can be told without doing it.

import { type Kysely, sql } from 'kysely';
import { up as first } from './migrations/0001-first.ts';
import { up as usersAndGrants } from './migrations/0002-users-and-grants.ts';
import { up as maintenance } from './migrations/0003-maintenance.ts';
import { up as administration } from './migrations/0004-administration.ts';
import { binaryText } from './sql/binary-text.ts';
import { postgresOf } from './sql/engine.ts';
import { record } from './sql/recorder.ts';
import type { Schema } from './sql/schema.ts';
import { transact } from './sql/transact.ts';

interface Migration {
  readonly name: string;
  readonly up: (db: Kysely<never>) => Promise<void>;
}

const migrations: readonly Migration[] = [
  { name: '0001-first', up: first },
  { name: '0002-users-and-grants', up: usersAndGrants },
  { name: '0003-maintenance', up: maintenance },
  { name: '0004-administration', up: administration },
];

const lockNumber = 7_355_371;

/** Brings a database up to date; returns the names of what it applied. Processes that start together take turns. */
export function migrate(db: Kysely<Schema>, now: number): Promise<string[]> {
  return transact(db, async (transaction) => {
    await begin(transaction);
    const pending = await findPending(transaction);
    await apply(transaction, pending, now);
    return pending.map(({ name }) => name);
  });
}

export interface MigrationPlan {
  /** Names of migrations. */
  readonly pending: readonly string[];
  /** SQL, in order; none where nothing is pending. */
  readonly statements: readonly string[];
}

/** What `migrate` would do now. Reads the names of what was applied, and nothing else. */
export async function planMigration(db: Kysely<Schema>, now: number): Promise<MigrationPlan> {
  const pending = (await hasMigrations(db)) ? await findPending(db) : migrations;
  if (pending.length === 0) return { pending: [], statements: [] };
  const statements = await record(db, (recording) =>
    transact(recording, async (transaction) => {
      await begin(transaction);
      await apply(transaction, pending, now);
    }),
  );
  return { pending: pending.map(({ name }) => name), statements };
}

async function begin(transaction: Kysely<Schema>): Promise<void> {
  // Not even `if not exists` is safe there from others who create the same at this moment. Any number will do, as
  // long as it is the same in every release.
  if (postgresOf(transaction) !== undefined)
    await sql`select pg_advisory_xact_lock(${sql.lit(lockNumber)})`.execute(transaction);
  await sql`create table if not exists migrations (name text primary key, applied_at bigint not null)`.execute(
    transaction,
  );
}

async function findPending(db: Kysely<Schema>): Promise<Migration[]> {
  const rows = await db.selectFrom('migrations').select('name').execute();
  const applied = new Set(rows.map(({ name }) => name));
  return migrations.filter(({ name }) => !applied.has(name));
}

/** Without parameters, so that what is recorded can be run by hand. */
async function apply(transaction: Kysely<Schema>, pending: readonly Migration[], now: number): Promise<void> {
  const plain = postgresOf(transaction) === undefined ? transaction : transaction.withPlugin(binaryText);
  for (const { name, up } of pending) {
    await up(plain as unknown as Kysely<never>);
    await transaction
      .insertInto('migrations')
      .values({ name: sql.lit(name), applied_at: sql.lit(now) })
      .execute();
  }
}

async function hasMigrations(db: Kysely<Schema>): Promise<boolean> {
  const found =
    postgresOf(db) === undefined
      ? sql`select 1 from sqlite_master where name = 'migrations'`
      : sql`select 1 where to_regclass('migrations') is not null`;
  return (await found.execute(db)).rows.length > 0;
}
