// A PostgreSQL that is stopped, stalled, killed and started again, and one that follows it (PostgreSQL 18, chapter 26).

import { once } from 'node:events';
import { appendFile, chmod, chown, cp, glob, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { makeTempDir, removeTempDir, track } from '../../../bench/src/subjects/processes.ts';
import {
  type Cluster,
  createCluster,
  type LaunchedPostgres,
  launchPostgres,
} from '../../support/embedded-postgres.ts';
import { freePort } from '../../support/free-port.ts';

const settings = { max_connections: '200' };
const standbyName = 'standby';

export class Postgres {
  readonly #cluster: Cluster;
  readonly #port: number;
  #settings: Readonly<Record<string, string>> = settings;
  #launched: LaunchedPostgres | undefined;

  constructor(cluster: Cluster, port: number) {
    this.#cluster = cluster;
    this.#port = port;
  }

  get url(): string {
    return this.#running.url;
  }

  get #running(): LaunchedPostgres {
    if (this.#launched === undefined) throw new Error('PostgreSQL is not running');
    return this.#launched;
  }

  async start(more: Readonly<Record<string, string>> = {}): Promise<void> {
    this.#settings = { ...this.#settings, ...more };
    this.#launched = await launchPostgres(this.#cluster, this.#port, this.#settings);
    track(this.#launched.process);
  }

  /** As an operator does, waiting for nobody: a fast shutdown. */
  stop(): Promise<void> {
    return this.#end('SIGINT');
  }

  async query(statement: string): Promise<Record<string, unknown>[]> {
    const client = new Client(this.url);
    client.on('error', () => {});
    await client.connect();
    const { rows } = await client.query(statement).finally(() => client.end());
    return rows;
  }

  /** Breaks every connection but the one that asks for it. */
  async cut(): Promise<void> {
    await this.query(`select pg_terminate_backend(pid) from pg_stat_activity
      where pid <> pg_backend_pid() and backend_type = 'client backend'`);
  }

  /** Stops the time of all its processes; gives how to let it go on. */
  async stall(): Promise<() => void> {
    const pids = await this.#pids();
    for (const pid of pids) signal(pid, 'SIGSTOP');
    return () => {
      for (const pid of pids) signal(pid, 'SIGCONT');
    };
  }

  /** kill -9 of all its processes. */
  async kill(): Promise<void> {
    const pids = await this.#pids();
    const ended = once(this.#running.process, 'exit');
    for (const pid of pids) signal(pid, 'SIGKILL');
    await ended;
  }

  /** Makes a copy that follows; from then on a commit waits for both. It has to be running, and is started anew. */
  async addStandby(): Promise<Postgres> {
    const { folder, data, owner, ...same } = this.#cluster;
    await this.stop();
    const copy = join(folder, 'standby');
    await cp(data, copy, { recursive: true });
    const primary = new URL(this.#running.url);
    const place = `host=${primary.hostname} port=${primary.port} user=postgres password=${primary.password}`;
    await writeFile(join(copy, 'standby.signal'), '');
    const following = `primary_conninfo = '${place} application_name=${standbyName}'\n`;
    await appendFile(join(copy, 'postgresql.auto.conf'), following);
    await chmod(copy, 0o700);
    if (owner !== undefined) await own(copy, owner);
    await this.start({ synchronous_standby_names: standbyName });
    const standby = new Postgres({ ...same, folder, owner, data: copy }, await freePort());
    await standby.start();
    return standby;
  }

  /** Makes a standby the primary; returns once it takes writes. */
  async promote(): Promise<void> {
    const [{ promoted } = {}] = await this.query('select pg_promote() as promoted');
    if (promoted !== true) throw new Error('the standby was not promoted');
  }

  async end(): Promise<void> {
    await this.#end('SIGQUIT');
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const { process } = this.#running;
    if (process.exitCode !== null || process.signalCode !== null) return;
    const ended = once(process, 'exit');
    process.kill(signal);
    await ended;
  }

  /** Of the one that was started, and of all that serve it. */
  async #pids(): Promise<number[]> {
    const rows = await this.query('select pid from pg_stat_activity where pid <> pg_backend_pid()');
    return [this.#running.process.pid ?? 0, ...rows.map(({ pid }) => Number(pid))];
  }
}

/** Runs `work` with a PostgreSQL of its own, which is gone afterwards with all that follow it. */
export async function withPostgres<T>(work: (postgres: Postgres) => Promise<T>): Promise<T> {
  const parent = makeTempDir(tmpdir());
  // Its user, who may be another, passes through.
  await chmod(parent, 0o711);
  const postgres = new Postgres(await createCluster(parent), await freePort());
  try {
    await postgres.start();
    return await work(postgres).finally(() => postgres.end());
  } finally {
    removeTempDir(parent);
  }
}

async function own(folder: string, { uid, gid }: { uid: number; gid: number }): Promise<void> {
  await chown(folder, uid, gid);
  for await (const path of glob('**', { cwd: folder })) await chown(join(folder, path), uid, gid);
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has ended by itself.
  }
}
