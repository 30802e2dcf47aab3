// What every database engine must do for migrations: what is told beforehand is what happens.

import { type Kysely, sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import { migrate, planMigration } from '../../../packages/server/src/store/migrate.ts';
import { postgresOf } from '../../../packages/server/src/store/sql/engine.ts';
import type { Schema } from '../../../packages/server/src/store/sql/schema.ts';
import type { CreateEngine, Engine } from './engines.ts';

type Db = Kysely<Schema>;

const now = 1_700_000_000_000;

export function migrateContract(name: string, createEngine: CreateEngine): void {
  describe(name, () => {
    const withTwo = async (work: (one: Db, two: Db) => Promise<void>) => {
      const engines: Engine[] = [await createEngine('empty'), await createEngine('empty')];
      const [one, two] = engines.map((engine) => engine.connect()) as [Db, Db];
      await work(one, two).finally(() => Promise.all(engines.map((engine) => engine.dispose())));
    };

    test('the SQL that is told, run by hand, makes the same tables', () =>
      withTwo(async (one, two) => {
        const { pending, statements } = await planMigration(one, now);
        expect(await schemaOf(one)).toEqual(await schemaOf(two));
        expect(await migrate(two, now)).toEqual(pending);
        await one.connection().execute(async (connection) => {
          for (const statement of statements) await sql.raw(statement).execute(connection);
        });
        expect(await schemaOf(one)).toEqual(await schemaOf(two));
        expect((await schemaOf(one)).length).toBeGreaterThan(60);
        expect(await planMigration(one, now)).toEqual({ pending: [], statements: [] });
      }));

    test('of a database that is half up to date, only the rest is told', () =>
      withTwo(async (one, two) => {
        await migrate(one, now);
        const all = await planMigration(two, now);
        const last = all.pending.at(-1) ?? '';
        await one.deleteFrom('migrations').where('name', '=', last).execute();
        const { pending, statements } = await planMigration(one, now);
        expect(pending).toEqual([last]);
        const start = all.statements.findIndex((statement) => statement.includes(`'${all.pending.at(-2)}'`));
        // What comes first is the same: the beginning, and the table that notes what was applied.
        const head = all.statements.findIndex((statement) => /create table .?issuers/.test(statement));
        expect(statements).toEqual([...all.statements.slice(0, head), ...all.statements.slice(start + 1)]);
      }));
  });
}

/** Every table, column, index and constraint as the engine has it, and which migrations are noted. */
async function schemaOf(db: Db): Promise<unknown[]> {
  const questions =
    postgresOf(db) === undefined
      ? ['select type, name, tbl_name, sql from sqlite_master order by type, name']
      : [
          `select table_name, ordinal_position, column_name, data_type, is_nullable, column_default, collation_name
           from information_schema.columns where table_schema = 'public' order by 1, 2`,
          `select indexdef from pg_indexes where schemaname = 'public' order by 1`,
          `select conrelid::regclass::text, pg_get_constraintdef(oid) from pg_constraint
           where connamespace = 'public'::regnamespace order by 1, 2`,
        ];
  const answers = await Promise.all(questions.map((question) => sql.raw(question).execute(db)));
  const schema = answers.flatMap(({ rows }) => rows);
  return schema.length === 0 ? [] : [...schema, ...(await db.selectFrom('migrations').selectAll().execute())];
}
