// Databases of one test each, on the PostgreSQL of the run.

import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { inject } from 'vitest';

export interface TestDatabase {
  readonly url: string;
  /** A statement of somebody else's, on a connection of its own. */
  query(statement: string): Promise<Record<string, unknown>[]>;
  drop(): Promise<void>;
}

/** With all tables, and nothing in them; or without any. */
export async function createTestDatabase(state: 'migrated' | 'empty' = 'migrated'): Promise<TestDatabase> {
  const name = `tessera_test_${randomBytes(8).toString('hex')}`;
  const server = inject('postgres');
  const template = state === 'empty' ? 'template1' : inject('template');
  // To copy the files takes a sixth of what it takes to write them through the log of a server.
  await query(server, `create database ${name} template ${template} strategy file_copy`);
  const url = Object.assign(new URL(server), { pathname: `/${name}` }).toString();
  return {
    url,
    query: (statement) => query(url, statement),
    drop: async () => void (await query(server, `drop database ${name} with (force)`)),
  };
}

async function query(url: string, statement: string): Promise<Record<string, unknown>[]> {
  const client = new Client(url);
  await client.connect();
  const { rows } = await client.query(statement).finally(() => client.end());
  return rows;
}
