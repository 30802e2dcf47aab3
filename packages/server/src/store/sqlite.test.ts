import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Kysely } from 'kysely';
import { attemptsContract } from './attempts-contract.ts';
import { changesContract } from './changes-contract.ts';
import { type Engine, storeContract } from './contract.ts';
import { grantsContract } from './grants-contract.ts';
import { maintenanceContract } from './maintenance-contract.ts';
import { migrateContract } from './migrate-contract.ts';
import type { Schema } from './schema.ts';
import { sessionsContract } from './sessions-contract.ts';
import { signInContract } from './sign-in-contract.ts';
import { openSqlite } from './sqlite.ts';
import { usersContract } from './users-contract.ts';

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
changesContract('SQLite, changes', createEngine);
grantsContract('SQLite, grants', createEngine);
attemptsContract('SQLite, attempts', createEngine);
usersContract('SQLite, users', createEngine);
sessionsContract('SQLite, sessions', createEngine);
signInContract('SQLite, signing in', createEngine);
maintenanceContract('SQLite, maintenance', createEngine);
migrateContract('SQLite, migrations', createEngine);
