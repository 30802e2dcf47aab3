import type { Kysely } from 'kysely';
import { inject } from 'vitest';
import { createTestDatabase } from '../../../../test/support/postgres.ts';
import { attemptsContract } from './attempts-contract.ts';
import { changesContract } from './changes-contract.ts';
import { type Engine, storeContract } from './contract.ts';
import { grantsContract } from './grants-contract.ts';
import { openPostgres } from './postgres.ts';
import type { Schema } from './schema.ts';
import { sessionsContract } from './sessions-contract.ts';
import { signInContract } from './sign-in-contract.ts';
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
