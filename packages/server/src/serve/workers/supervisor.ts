// Several processes on one port: the supervisor holds the port, starts the workers, replaces those that die, renews them
// one by one, and ends them. It serves no request itself, and has no database.

import cluster, { type Worker } from 'node:cluster';
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import type { Log } from '../../telemetry/log.ts';
import { aliveEveryMs, type FromSupervisor, type FromWorker, type Listening, type Note } from './messages.ts';

/** A worker ended before it accepted requests; it has said why on stderr. */
export class WorkerFailed extends Error {
  readonly code: number;

  constructor(code: number | null, signal: string | null) {
    super(`a worker ended by ${signal ?? `exit code ${code}`} before it accepted requests`);
    this.code = code || 1;
  }
}

export interface WorkerStatus {
  readonly pid: number;
  /** Undefined where the worker gave no answer in time. */
  readonly status: unknown;
}

/** A worker drains for ten seconds at most. */
const endWithinMs = 15_000;
const stuckAfterMs = 30_000;
const statusWithinMs = 1000;
/** A worker that dies sooner may do so for ever: its successors wait longer and longer. */
const shortLifeMs = 10_000;
const longestPauseMs = 5000;
/**
 * A smaller young generation than the 16 MB of V8: what thousands of connections keep alive in it is copied by the
 * garbage collector in smaller steps.
 */
const youngGeneration = '--max-semi-space-size=4';

export class Supervisor {
  readonly #log: Log;
  /** The workers that accept requests and have not been told to end. */
  readonly #serving = new Set<Worker>();
  #count = 0;
  #stopping = false;
  #filling = false;
  #shortLives = 0;
  #questions = 0;

  constructor(log: Log) {
    this.#log = log;
    cluster.setupPrimary({ execArgv: [youngGeneration, ...process.execArgv] });
  }

  get pids(): number[] {
    return [...this.#serving].map(pidOf);
  }

  /** Starts `count` workers: first a single one, which migrates the database. Throws WorkerFailed. */
  async start(count: number): Promise<Listening> {
    this.#count = count;
    const server = await this.#begin();
    await Promise.all(Array.from({ length: count - 1 }, () => this.#begin()));
    return server;
  }

  /** Replaces each worker by a new one, one after the other; where a new one fails, the rest stay as they are. */
  async renew(count: number): Promise<void> {
    const old = [...this.#serving];
    this.#count = count;
    for (let index = 0; index < Math.max(count, old.length) && !this.#stopping; index += 1) {
      if (index < count) await this.#begin();
      const leaving = old[index];
      if (leaving !== undefined) await this.#end(leaving);
    }
  }

  /** Asks each worker for its status. */
  async statuses(): Promise<WorkerStatus[]> {
    return Promise.all(
      [...this.#serving].map(async (worker) => ({ pid: pidOf(worker), status: await this.#ask(worker) })),
    );
  }

  /** Ends every worker, after the requests under way. */
  async close(): Promise<void> {
    this.#stopping = true;
    await Promise.all(Object.values(cluster.workers ?? {}).map((worker) => worker && this.#end(worker)));
  }

  async #begin(): Promise<Listening> {
    const worker = cluster.fork();
    closeLeftConnection(worker);
    const { promise, resolve, reject } = Promise.withResolvers<Listening>();
    worker.on('message', (message: FromWorker) => {
      if (message.type === 'listening') resolve(message.server);
      if (message.type === 'note') this.#handOn(message, worker);
    });
    worker.once('exit', (code, signal) => reject(new WorkerFailed(code, signal)));
    const server = await promise;
    this.#log.info({ worker: pidOf(worker) }, 'worker started');
    if (this.#stopping) await this.#end(worker);
    else this.#watch(worker);
    return server;
  }

  /** Counts a worker as serving until it ends, and kills it where it is stuck. */
  #watch(worker: Worker): void {
    this.#serving.add(worker);
    const since = performance.now();
    // Counted by the ticks of this process and not by a clock: while the machine sleeps, no worker is stuck.
    let silent = 0;
    worker.on('message', () => {
      silent = 0;
    });
    const watching = setInterval(() => {
      silent += aliveEveryMs;
      if (silent < stuckAfterMs) return;
      this.#log.error({ worker: pidOf(worker) }, 'worker stuck');
      worker.process.kill('SIGKILL');
    }, aliveEveryMs);
    worker.once('exit', (code, signal) => {
      clearInterval(watching);
      // A worker that was told to end is in the set no more.
      if (!this.#serving.delete(worker)) return;
      this.#log.error({ worker: pidOf(worker), code, signal }, 'worker died');
      this.#shortLives = performance.now() - since < shortLifeMs ? this.#shortLives + 1 : 0;
      void this.#fill();
    });
  }

  /** Starts workers until there are as many as there should be; where they keep dying, after longer and longer pauses. */
  async #fill(): Promise<void> {
    if (this.#filling) return;
    this.#filling = true;
    while (!this.#stopping && this.#serving.size < this.#count) {
      const pause = this.#shortLives < 2 ? 0 : 100 * 2 ** (this.#shortLives - 2);
      await setTimeout(Math.min(pause, longestPauseMs));
      if (this.#stopping) break;
      await this.#begin().catch((error) => {
        this.#shortLives += 1;
        this.#log.error({ err: error }, 'worker not started');
      });
    }
    this.#filling = false;
  }

  async #end(worker: Worker): Promise<void> {
    this.#serving.delete(worker);
    if (worker.isDead()) return;
    const ended = once(worker, 'exit');
    worker.process.kill('SIGTERM');
    const late = new AbortController();
    void setTimeout(endWithinMs, undefined, { signal: late.signal }).then(
      () => worker.process.kill('SIGKILL'),
      () => {},
    );
    await ended;
    late.abort();
    this.#log.info({ worker: pidOf(worker) }, 'worker ended');
  }

  #handOn(note: Note, from: Worker): void {
    for (const worker of this.#serving) if (worker !== from) send(worker, note);
  }

  #ask(worker: Worker): Promise<unknown> {
    const question = ++this.#questions;
    const { promise, resolve } = Promise.withResolvers<unknown>();
    const answered = (message: FromWorker) => {
      if (message.type === 'status' && message.question === question) resolve(message.status);
    };
    worker.on('message', answered);
    send(worker, { type: 'status?', question });
    return Promise.race([promise, setTimeout(statusWithinMs)]).finally(() => worker.off('message', answered));
  }
}

/** A worker may be ending, and its channel closed: that is no error here. */
const send = (worker: Worker, message: FromSupervisor): void =>
  void worker.send(message, undefined, undefined, () => {});

/**
 * A worker that is killed may have been sent a connection that it has not accepted yet. node:cluster keeps such a
 * connection open for ever, and the client waits until its own timeout. A worker is sent one connection at a time.
 */
function closeLeftConnection({ process }: Worker): void {
  let sent: unknown;
  const send = process.send.bind(process) as (...message: unknown[]) => boolean;
  process.send = (message: unknown, handle?: unknown, ...rest: unknown[]) => {
    sent = handle ?? sent;
    return send(message, handle, ...rest);
  };
  // A connection that was accepted is closed in this process already; closing it again does nothing.
  process.once('exit', () => (sent as { close?(): void } | undefined)?.close?.());
}

const pidOf = (worker: Worker): number => worker.process.pid ?? 0;
