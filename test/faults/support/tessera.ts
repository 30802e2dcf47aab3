// Tessera as one runs it: `tessera start` by a configuration file, with workers, health and metrics; ended by its pid.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { ISSUERS, type Place } from '../../../bench/src/rows/seeded.ts';
import { track } from '../../../bench/src/subjects/processes.ts';
import { tessera as program, root } from '../../../bench/src/subjects/subjects.ts';
import { freePort } from '../../support/free-port.ts';
import { Scraped } from '../../support/metrics.ts';
import { ask } from './http.ts';

export interface Options {
  readonly workers: number;
  /** Of a server that was there before. */
  readonly ports?: Ports;
  /** A module to load before the program, and what it reads from the environment. */
  readonly preload?: { readonly module: string; readonly env: Readonly<Record<string, string>> };
}

interface Ports {
  readonly port: number;
  readonly management: number;
}

export interface Tessera {
  readonly ports: Ports;
  readonly origin: string;
  /** The configuration file. */
  readonly config: string;
  /** By the monotonic clock, in milliseconds. */
  readonly startedAt: number;
  /** Of the only process, or of the supervisor. */
  readonly pid: number;
  /** The workers that are alive, by what the log says; none where there is but one process. */
  readonly workers: ReadonlySet<number>;
  /** Lines of the log that nothing that goes wrong outside should cause: faults, and what ends a process. */
  readonly faults: readonly string[];
  /** How often a process took the lease of the maintenance. */
  leases(): number;
  hasEnded(): boolean;
  /** Whether it says on its management listener that it is ready, and that it is alive. */
  health(): Promise<{ readonly ready: boolean; readonly live: boolean }>;
  /** MiB of all processes, the supervisor's apart. */
  memory(): Promise<number>;
  /** All processes at once, by SIGKILL. */
  kill(): Promise<void>;
  /** As an operator ends it. */
  end(): Promise<void>;
}

/** Issuers are named by an origin of their own, the same for all nodes. */
const common = { public_url: 'http://localhost:8080', issuers: ISSUERS };

/** Returns as soon as the process is there: it may not answer yet. */
export async function launchTessera(place: Place, options: Options): Promise<Tessera> {
  const ports = options.ports ?? { port: await freePort(), management: await freePort() };
  const file = join(place.data, `tessera-${ports.port}.yaml`);
  const listen = { listen: { port: ports.port }, management: { port: ports.management } };
  // JSON is YAML. It may hold a password.
  writeFileSync(file, JSON.stringify({ ...common, ...place, ...listen }), { mode: 0o600 });
  const { module, env } = options.preload ?? {};
  const preload = module === undefined ? [] : ['--import', module];
  const flags = ['start', '--config', file, '--workers', String(options.workers)];
  const startedAt = performance.now();
  const child = spawn(process.execPath, [...preload, program, ...flags], {
    cwd: root,
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
    // A process group of its own: all of it can be ended at once.
    detached: true,
  });
  track(child);
  const { pid = 0 } = child;
  const { workers, faults, leases } = readLog(child.stderr);
  const exited = once(child, 'exit');
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null;
  const end = async (signal: NodeJS.Signals) => {
    if (!hasEnded()) process.kill(signal === 'SIGKILL' ? -pid : pid, signal);
    await exited;
  };
  const managed = (path: string) => ask(`http://127.0.0.1:${ports.management}${path}`);
  return {
    ports,
    origin: `http://127.0.0.1:${ports.port}`,
    startedAt,
    pid,
    workers,
    faults,
    leases,
    config: file,
    hasEnded,
    async health() {
      const [ready, live] = await Promise.all([managed('/health/ready'), managed('/health/live')]);
      return { ready: ready.status === 200, live: live.status === 200 };
    },
    async memory() {
      const response = await fetch(`http://127.0.0.1:${ports.management}/metrics`);
      return new Scraped(await response.text()).sum('process_resident_memory_bytes') / 2 ** 20;
    },
    kill: () => end('SIGKILL'),
    end: () => end('SIGTERM'),
  };
}

/** Starts it, and waits until it is ready. */
export async function startTessera(place: Place, options: Options): Promise<Tessera> {
  const tessera = await launchTessera(place, options);
  await until('the server is ready', 30_000, async () => {
    if (tessera.hasEnded()) throw new Error(`the server has ended: ${tessera.faults.join('\n')}`);
    const all = options.workers === 1 || tessera.workers.size === options.workers;
    return all && (await tessera.health()).ready;
  });
  return tessera;
}

function readLog(stderr: NodeJS.ReadableStream) {
  const workers = new Set<number>();
  const faults: string[] = [];
  let leases = 0;
  createInterface({ input: stderr }).on('line', (line) => {
    const worker = Number(/"worker":(\d+)/.exec(line)?.[1]);
    if (line.includes('"msg":"worker started"')) workers.add(worker);
    else if (/"msg":"worker (died|ended)"/.test(line)) workers.delete(worker);
    else if (line.includes('"held":true')) leases += 1;
    else if (/"reason":"fault"|"level":60/.test(line) || !line.startsWith('{'))
      faults.push(line.slice(0, 500));
  });
  return { workers, faults, leases: () => leases };
}

/** Waits until `check` holds, and is not thrown at; fails after `ms`. Gives how long it took, in milliseconds. */
export async function until(what: string, ms: number, check: () => Promise<boolean> | boolean) {
  const begin = performance.now();
  for (;;) {
    const held = await Promise.resolve()
      .then(check)
      .catch((error) => error);
    const passed = performance.now() - begin;
    if (held === true) return passed;
    if (passed > ms) throw new Error(`not so within ${ms / 1000} s: ${what}${held ? ` (${held})` : ''}`);
    await pause(10);
  }
}

export const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

export function expectNoFaults({ faults }: Tessera): void {
  if (faults.length > 0) throw new Error(`the log has a fault: ${faults[0]}`);
}
