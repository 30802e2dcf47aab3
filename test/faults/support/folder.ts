// A server as one runs it, in a folder of its own: `tessera start`, ended by its pid whatever becomes of the proof.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { finishConfig } from '../../../packages/server/src/config/load.ts';
import { connectInstance } from '../../../packages/server/src/instance/connect.ts';
import type { Instance } from '../../../packages/server/src/instance/instance.ts';
import { openInstance } from '../../../packages/server/src/instance/open.ts';

const program = join(import.meta.dirname, '../../../packages/server/bin/tessera.js');
const probe = join(import.meta.dirname, 'heap-probe.ts');

export interface Tessera {
  readonly origin: string;
  readonly port: number;
  readonly folder: string;
  /** 32 bytes in Base64; the server has it from its environment. */
  readonly masterKey: string;
  /** The process that was started, and its workers. */
  pids(): readonly number[];
  /** What the log has at the level of errors: faults, and workers that died. */
  errors(): readonly Record<string, unknown>[];
  /** Bytes that all processes together hold after collecting their garbage. */
  heap(): Promise<number>;
  /** The database and its keys, as a command beside the server opens them. */
  asOperator<T>(work: (instance: Instance) => Promise<T>): Promise<T>;
}

export interface Start {
  readonly config: Readonly<Record<string, unknown>>;
  readonly workers?: number;
  /** Runs on the database before the server does. */
  readonly prepare?: (instance: Instance) => Promise<void>;
}

const children = new Set<ChildProcess>();
const folders = new Set<string>();
process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL');
  for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
});

/** Starts a server, and ends it when `work` is done. */
export async function withTessera<T>(start: Start, work: (server: Tessera) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'tessera-faults-'));
  folders.add(folder);
  const masterKey = randomBytes(32).toString('base64');
  const config = { listen: { port: 0 }, log_level: 'warn', ...start.config, data: join(folder, 'data') };
  const file = join(folder, 'tessera.yaml');
  const loadedConfig = await finishConfig({ ...config, master_key: masterKey }, 'faults', folder);
  const asOperator: Tessera['asOperator'] = async (operate) => {
    const instance = await connectInstance(loadedConfig);
    return operate(instance).finally(() => instance.close());
  };
  let child: ChildProcess | undefined;
  try {
    // JSON is YAML.
    await writeFile(file, JSON.stringify(config), { mode: 0o600 });
    if (start.prepare !== undefined) {
      const instance = await openInstance(loadedConfig);
      await start.prepare(instance).finally(() => instance.close());
    }
    const args = ['start', '--config', file, '--workers', String(start.workers ?? 2), '--output', 'json'];
    child = spawn(process.execPath, [program, ...args], {
      env: { PATH: process.env.PATH, TESSERA_MASTER_KEY: masterKey, NODE_OPTIONS: `--import=${probe}` },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    children.add(child);
    const running = await follow(child);
    return await work({ ...running, folder, masterKey, asOperator });
  } finally {
    if (child !== undefined) await end(child);
    await rm(folder, { recursive: true, force: true });
    folders.delete(folder);
  }
}

async function follow(child: ChildProcess) {
  const errors: Record<string, unknown>[] = [];
  const heaps = new Map<number, number>();
  createInterface({ input: child.stderr as NodeJS.ReadableStream }).on('line', (text) => {
    const line = text.startsWith('{') ? JSON.parse(text) : { level: 60, msg: text };
    if (line.live !== undefined) heaps.set(line.pid, line.live);
    else if (line.level >= 50) errors.push(line);
  });
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
  const ended = once(child, 'exit').then(() => {
    throw new Error(`the server did not start: ${JSON.stringify(errors)}`);
  });
  const [text] = await Promise.race([once(lines, 'line'), ended]);
  const { origin } = JSON.parse(text) as { origin: string };
  const pids = () => [child.pid ?? 0, ...childrenOf(child.pid ?? 0)];
  const heap = async () => {
    heaps.clear();
    const asked = pids();
    for (const pid of asked) process.kill(pid, 'SIGUSR2');
    for (let waited = 0; asked.some((pid) => !heaps.has(pid)); waited += 20) {
      if (waited > 10_000) throw new Error('a process did not say how much it holds');
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return [...heaps.values()].reduce((sum, bytes) => sum + bytes, 0);
  };
  return { origin, port: Number(new URL(origin).port), pids, errors: () => errors, heap };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const exited = once(child, 'exit');
    const late = setTimeout(() => child.kill('SIGKILL'), 15_000);
    child.kill('SIGTERM');
    await exited;
    clearTimeout(late);
  }
  children.delete(child);
}

const childrenOf = (pid: number): number[] =>
  spawnSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' })
    .stdout.trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
    .flatMap(([own = 0, parent]) => (parent === pid ? [own] : []));
