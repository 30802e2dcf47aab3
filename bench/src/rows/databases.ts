// Databases to measure on, as durable as Tessera's own and on the disk of the checkout: SQLite in a folder, or a database
// on the PostgreSQL server of DATABASE_URL, or on one from the npm registry.

import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Client } from 'pg';
import { startEmbeddedPostgres } from '../../../test/support/embedded-postgres.ts';
import { makeTempDir, removeTempDir, track } from '../subjects/processes.ts';
import { root } from '../subjects/subjects.ts';
import type { Place } from './seeded.ts';

export type Engine = 'sqlite' | 'postgres';

/** Makes a new place for a database at each call. */
export type MakePlace = () => Promise<Place>;

/** Not the system's temporary folder: that may be in memory, where durability costs nothing. */
const onDisk = join(root, 'bench/dist');

/** PostgreSQL is durable by default; these settings only give it room. */
const settings = { max_connections: '200', shared_buffers: '512MB', max_wal_size: '4GB' };

/** Removes all places when `work` is done. */
export async function withEngine<T>(engine: Engine, work: (make: MakePlace) => Promise<T>): Promise<T> {
  mkdirSync(onDisk, { recursive: true });
  return engine === 'sqlite'
    ? withFolders((folder) => work(async () => ({ data: folder() })))
    : onServer(work);
}

async function withFolders<T>(work: (folder: () => string) => Promise<T>): Promise<T> {
  const folders: string[] = [];
  const folder = () => {
    const made = makeTempDir(onDisk);
    folders.push(made);
    return made;
  };
  return work(folder).finally(() => folders.forEach(removeTempDir));
}

async function onServer<T>(work: (make: MakePlace) => Promise<T>): Promise<T> {
  const given = process.env.DATABASE_URL;
  if (given !== undefined) return withDatabases(given, work);
  // In a folder that is removed however this program ends, and that PostgreSQL's user can traverse.
  return withFolders(async (folder) => {
    const parent = folder();
    chmodSync(parent, 0o711);
    const { process, url, stop } = await startEmbeddedPostgres(parent, settings);
    track(process);
    return withDatabases(url, work).finally(stop);
  });
}

async function withDatabases<T>(server: string, work: (make: MakePlace) => Promise<T>): Promise<T> {
  const administer = async (statement: string) => {
    const client = new Client(server);
    await client.connect();
    await client.query(statement).finally(() => client.end());
  };
  const names: string[] = [];
  return withFolders(async (folder) => {
    const make = async () => {
      const name = `tessera_bench_${randomBytes(8).toString('hex')}`;
      await administer(`create database ${name}`);
      names.push(name);
      const database = Object.assign(new URL(server), { pathname: `/${name}` }).toString();
      return { data: folder(), database };
    };
    return work(make).finally(async () => {
      for (const name of names) await administer(`drop database ${name} with (force)`);
    });
  });
}

/** The single number that a query gives. */
export async function numberOf({ data, database }: Place, query: string): Promise<number> {
  if (database === undefined) {
    const file = new DatabaseSync(join(data, 'tessera.db'), { readOnly: true });
    try {
      return Number(Object.values(file.prepare(query).get() ?? {})[0]);
    } finally {
      file.close();
    }
  }
  const client = new Client(database);
  await client.connect();
  const { rows } = await client.query(query).finally(() => client.end());
  return Number(Object.values(rows[0])[0]);
}
