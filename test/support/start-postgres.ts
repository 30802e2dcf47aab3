// One PostgreSQL for the whole run of tests: that of DATABASE_URL, else one from the npm registry, in a temporary folder.

import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { Client } from 'pg';
import type { TestProject } from 'vitest/node';
import { migrate } from '../../packages/server/src/store/migrate.ts';
import {
  examinePostgres,
  openPostgres,
  type PostgresFacts,
} from '../../packages/server/src/store/sql/postgres.ts';
import { startEmbeddedPostgres } from './embedded-postgres.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The URL of a database whose user may create others. */
    postgres: string;
    /** A database with all tables and nothing in them, to copy. */
    template: string;
    facts: PostgresFacts;
    /** By which the server proves itself over TLS, in a file; undefined where it does not. */
    certificate: string | undefined;
  }
}

/** What would make it survive a power failure only costs time here; races want many connections. */
const settings = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  max_connections: '400',
  shared_buffers: '64MB',
};

/** Sets the same password again, in a form that is verified at once: races open connections by the thousand. Since 16. */
const cheapPassword = (url: string) => `do $$ begin
  if current_setting('server_version_num')::int >= 160000 then
    perform set_config('scram_iterations', '1', true);
    alter role postgres password '${new URL(url).password}';
  end if;
end $$`;

export default async function startPostgres(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env.DATABASE_URL;
  const server =
    given === undefined
      ? await startEmbeddedPostgres(tmpdir(), settings)
      : { url: given, certificate: undefined, stop: async () => {} };
  const template = `tessera_template_${randomBytes(8).toString('hex')}`;
  const administer = async (statement: string) => {
    const client = new Client(server.url);
    await client.connect();
    await client.query(statement).finally(() => client.end());
  };
  if (given === undefined) await administer(cheapPassword(server.url));
  await administer(`create database ${template}`);
  const facts = await examinePostgres(server.url);
  const url = Object.assign(new URL(server.url), { pathname: `/${template}` });
  const db = openPostgres(url.toString(), facts);
  await migrate(db, 0);
  await db.destroy();
  // What somebody is connected to cannot be copied, and a pooler would stay.
  await administer(`select pg_terminate_backend(pid) from pg_stat_activity where datname = '${template}'`);
  project.provide('postgres', server.url);
  project.provide('template', template);
  project.provide('facts', facts);
  project.provide('certificate', server.certificate);
  project.provide(
    'rsaKeys',
    Array.from(
      { length: 16 },
      () =>
        generateKeyPairSync('rsa', {
          modulusLength: 2048,
          publicKeyEncoding: { type: 'spki', format: 'pem' },
          privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
        }).privateKey,
    ),
  );
  return async () => {
    await administer(`drop database ${template}`);
    await server.stop();
  };
}
