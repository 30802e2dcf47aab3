// Migrations: numbered, forward only, each applied in the transaction that also notes it. They read nothing, so their
// SQL can be shown without running it.

import { type Kysely, sql } from 'kysely';
import { UsageError } from '../model.ts';
import { up as first } from './migrations/0001-first.ts';
import { up as usersAndGrants } from './migrations/0002-users-and-grants.ts';
import { up as maintenance } from './migrations/0003-maintenance.ts';
import { up as administration } from './migrations/0004-administration.ts';
import { up as openid } from './migrations/0005-openid.ts';
import { up as vouching } from './migrations/0006-vouching.ts';
import { up as attempts } from './migrations/0007-attempts.ts';
import { up as evidence } from './migrations/0008-evidence.ts';
import { up as declarations } from './migrations/0009-declarations.ts';
import { up as devices } from './migrations/0010-devices.ts';
import { up as consent } from './migrations/0011-consent.ts';
import { up as tokenReuse } from './migrations/0012-token-reuse.ts';
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
  { name: '0005-openid', up: openid },
  { name: '0006-vouching', up: vouching },
  { name: '0007-attempts', up: attempts },
  { name: '0008-evidence', up: evidence },
  { name: '0009-declarations', up: declarations },
  { name: '0010-devices', up: devices },
  { name: '0011-consent', up: consent },
  { name: '0012-token-reuse', up: tokenReuse },
];

const lockNumber = 7_355_371;

/** How a database stands to the migrations of this release. Names of migrations, in order. */
export interface MigrationState {
  /** Applied, of this release or of another. */
  readonly applied: readonly string[];
  /** Known to this release, and not applied. */
  readonly pending: readonly string[];
  /** Applied, and unknown to this release: a newer release has migrated the database. */
  readonly unknown: readonly string[];
}

/** Reads the names of the applied migrations, and nothing else. */
export async function readMigrationState(db: Kysely<Schema>): Promise<MigrationState> {
  const rows = (await hasMigrations(db))
    ? await db.selectFrom('migrations').select('name').orderBy('name').execute()
    : [];
  const applied = rows.map(({ name }) => name);
  const own = migrations.map(({ name }) => name);
  return {
    applied,
    pending: own.filter((name) => !applied.includes(name)),
    unknown: applied.filter((name) => !own.includes(name)),
  };
}

/**
 * Brings a database up to date; gives the names of the migrations that it applied. Processes that start together take
 * turns. Nothing is done to a database that a newer release has migrated; UsageError where that release lacks migrations
 * of this one, for then it is no successor.
 */
export function migrate(db: Kysely<Schema>, now: number): Promise<readonly string[]> {
  return transact(db, async (transaction) => {
    await begin(transaction);
    const state = await readMigrationState(transaction);
    refuseForeign(state);
    await apply(transaction, state.pending, now);
    return state.pending;
  });
}

export interface MigrationPlan {
  /** Names of migrations. */
  readonly pending: readonly string[];
  /** SQL, in order; none where nothing is pending. */
  readonly statements: readonly string[];
}

/** What `migrate` would do now. Reads what `readMigrationState` reads, and throws what `migrate` throws. */
export async function planMigration(db: Kysely<Schema>, now: number): Promise<MigrationPlan> {
  const state = await readMigrationState(db);
  refuseForeign(state);
  const { pending } = state;
  if (pending.length === 0) return { pending, statements: [] };
  const statements = await record(db, (recording) =>
    transact(recording, async (transaction) => {
      await begin(transaction);
      await apply(transaction, pending, now);
    }),
  );
  return { pending, statements };
}

/** A newer release has all migrations of this one: a database that lacks some is of another program, or of a fork. */
function refuseForeign({ pending, unknown }: MigrationState): void {
  if (pending.length > 0 && unknown.length > 0)
    throw new UsageError(
      `database: it has migrations that this release does not know (${unknown.join(', ')}), and lacks ` +
        `${pending.join(', ')}: neither this release nor a newer one made it, and nothing was changed`,
    );
}

async function begin(transaction: Kysely<Schema>): Promise<void> {
  // PostgreSQL: `create … if not exists` fails where another transaction creates the same table meanwhile. The number
  // of the lock is arbitrary, and the same in every release.
  if (postgresOf(transaction) !== undefined)
    await sql`select pg_advisory_xact_lock(${sql.lit(lockNumber)})`.execute(transaction);
  await sql`create table if not exists migrations (name text primary key, applied_at bigint not null)`.execute(
    transaction,
  );
}

/** Literals in place of parameters, so that the recorded SQL can be run by hand. */
async function apply(transaction: Kysely<Schema>, pending: readonly string[], now: number): Promise<void> {
  const plain = postgresOf(transaction) === undefined ? transaction : transaction.withPlugin(binaryText);
  for (const { name, up } of migrations.filter((migration) => pending.includes(migration.name))) {
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
