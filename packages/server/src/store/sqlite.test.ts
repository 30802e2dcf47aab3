import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Kysely } from 'kysely';
import { storeContract } from './contract.ts';
import type { Schema } from './schema.ts';
import { openSqlite } from './sqlite.ts';

storeContract('SQLite', async () => {
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
});
