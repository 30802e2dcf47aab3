import type { Kysely } from 'kysely';
import { expect, inject, test } from 'vitest';
import { administrationContract } from '../../../../../test/store/contract/administration.ts';
import { attemptsContract } from '../../../../../test/store/contract/attempts.ts';
import { changesContract } from '../../../../../test/store/contract/changes.ts';
import { grantsContract } from '../../../../../test/store/contract/grants.ts';
import { maintenanceContract } from '../../../../../test/store/contract/maintenance.ts';
import { migrateContract } from '../../../../../test/store/contract/migrate.ts';
import { sessionsContract } from '../../../../../test/store/contract/sessions.ts';
import { signInContract } from '../../../../../test/store/contract/sign-in.ts';
import { type Engine, storeContract } from '../../../../../test/store/contract/store.ts';
import { usersContract } from '../../../../../test/store/contract/users.ts';
import { createTestDatabase } from '../../../../../test/support/postgres.ts';
import { clockStep, sweep } from '../sweeps.ts';
import { useOnce } from '../tables/used-once.ts';
import { openPostgres } from './postgres.ts';
import type { Schema } from './schema.ts';

async function createEngine(state?: 'empty'): Promise<Engine> {
  const { url, drop } = await createTestDatabase(state);
  const open: Kysely<Schema>[] = [];
  return {
    connect() {
      const db = openPostgres(url, inject('facts'));
      open.push(db);
      return db;
    },
    async dispose() {
      await Promise.all(open.map((db) => db.destroy()));
      await drop();
    },
  };
}

storeContract('PostgreSQL', createEngine);
administrationContract('PostgreSQL, administration', createEngine);
changesContract('PostgreSQL, changes', createEngine);
grantsContract('PostgreSQL, grants', createEngine);
attemptsContract('PostgreSQL, attempts', createEngine);
usersContract('PostgreSQL, users', createEngine);
sessionsContract('PostgreSQL, sessions', createEngine);
signInContract('PostgreSQL, signing in', createEngine);
maintenanceContract('PostgreSQL, maintenance', createEngine);
migrateContract('PostgreSQL, migrations', createEngine);

test('a sweep does not wait for a row that somebody holds', async () => {
  const engine = await createEngine();
  const [db, other] = [engine.connect(), engine.connect()];
  for (const id of ['held', 'free']) await useOnce(db, 'ticket', id, 1000);
  await other.transaction().execute(async (transaction) => {
    await transaction.updateTable('used_once').set({ expires_at: 1001 }).where('id', '=', 'held').execute();
    await sweep(db, 1000 + clockStep);
    expect(await db.selectFrom('used_once').select('id').execute()).toEqual([{ id: 'held' }]);
  });
  await sweep(db, 1001 + clockStep);
  expect(await db.selectFrom('used_once').select('id').execute()).toEqual([]);
  await engine.dispose();
});
