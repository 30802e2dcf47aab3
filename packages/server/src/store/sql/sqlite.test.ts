import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Kysely } from 'kysely';
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
import type { Schema } from './schema.ts';
import { openSqlite } from './sqlite.ts';

async function createEngine(): Promise<Engine> {
  const folder = await mkdtemp(join(tmpdir(), 'tessera-store-'));
  const open: Kysely<Schema>[] = [];
  return {
    connect() {
      const db = openSqlite(join(folder, 'tessera.db'));
      open.push(db);
      return db;
    },
    async dispose() {
      await Promise.all(open.map((db) => db.destroy()));
      await rm(folder, { recursive: true });
    },
  };
}

storeContract('SQLite', createEngine);
administrationContract('SQLite, administration', createEngine);
changesContract('SQLite, changes', createEngine);
grantsContract('SQLite, grants', createEngine);
attemptsContract('SQLite, attempts', createEngine);
usersContract('SQLite, users', createEngine);
sessionsContract('SQLite, sessions', createEngine);
signInContract('SQLite, signing in', createEngine);
maintenanceContract('SQLite, maintenance', createEngine);
migrateContract('SQLite, migrations', createEngine);
