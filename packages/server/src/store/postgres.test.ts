import type { Kysely } from 'kysely';
import { expect, inject, test } from 'vitest';
import { createTestDatabase } from '../../../../test/support/postgres.ts';
import { attemptsContract } from './attempts-contract.ts';
import { changesContract } from './changes-contract.ts';
import { type Engine, storeContract } from './contract.ts';
import { grantsContract } from './grants-contract.ts';
import { maintenanceContract } from './maintenance-contract.ts';
import { migrateContract } from './migrate-contract.ts';
import { openPostgres } from './postgres.ts';
import type { Schema } from './schema.ts';
import { useOnce } from './sessions.ts';
import { sessionsContract } from './sessions-contract.ts';
import { signInContract } from './sign-in-contract.ts';
import { clockStep, sweep } from './sweeps.ts';
import { usersContract } from './users-contract.ts';

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
