// What a process of the server is: the only one, one of several workers, or the supervisor of them.

import cluster from 'node:cluster';
import { availableParallelism } from 'node:os';
import type { LoadedConfig } from '../config/load.ts';
import { openManagementOf, sourceOfMany, startManagedServer, statusOf } from '../managed.ts';
import { type RunningServer, startServer } from '../serve.ts';
import { type Log, openLog } from '../telemetry/log.ts';
import type { Listening } from '../workers/messages.ts';
import { Supervisor, WorkerFailed } from '../workers/supervisor.ts';
import { reportToSupervisor } from '../workers/worker.ts';

/** How long connections without a request stay open at the end. */
const idleMs = 500;

export const listeningOf = (server: RunningServer): Listening => ({
  origin: server.origin,
  issuers: server.issuers().map(({ name, issuer }) => ({ name, issuer })),
});

/** Starts the server; the first signal to end drains it, and the process ends with 0. */
export async function serveUntilSignal(
  config: LoadedConfig,
  prepare?: Parameters<typeof startServer>[2],
): Promise<RunningServer> {
  const { log, flush } = openLog(config.log_level, cluster.isWorker ? process.pid : undefined);
  warnOfPlainHttp(config, log);
  // The supervisor answers for its workers.
  const start = cluster.isWorker ? startServer : startManagedServer;
  const server = await start(config, log, prepare).catch(async (error: unknown) => {
    await flush();
    throw error;
  });
  const signals: NodeJS.Signals[] = ['SIGTERM', 'SIGINT', ...(cluster.isWorker ? [] : ['SIGHUP' as const])];
  endOnSignal(signals, log, flush, () => server.close(idleMs));
  return server;
}

/** The server as one of several, which tells its supervisor that it listens. */
export async function serveAsWorker(load: () => Promise<LoadedConfig>): Promise<void> {
  try {
    const server = await serveUntilSignal(await load());
    reportToSupervisor(listeningOf(server), () => statusOf(server));
  } catch (error) {
    // What keeps a worker running, beside its work.
    cluster.worker?.disconnect();
    throw error;
  }
}

/** Starts as many workers as the configuration says; SIGHUP loads it again, and puts new ones in their place. */
export async function supervise(config: LoadedConfig, load: () => Promise<LoadedConfig>): Promise<Listening> {
  const { log, flush } = openLog(config.log_level, process.pid);
  const supervisor = new Supervisor(log);
  const source = sourceOfMany(() => supervisor.statuses());
  const failed = async (error: unknown) => {
    await supervisor.close();
    // It has said why itself.
    if (error instanceof WorkerFailed) process.exit(error.code);
    throw error;
  };
  const server = await supervisor.start(countOf(config)).catch(failed);
  const management = await openManagementOf(config, log, source).catch(failed);
  endOnSignal(['SIGTERM', 'SIGINT'], log, flush, () => supervisor.close().finally(management?.close));
  let renewal = Promise.resolve();
  process.on('SIGHUP', () => {
    renewal = renewal
      .then(async () => supervisor.renew(countOf(await load())))
      .then(() => log.info({ workers: supervisor.pids }, 'workers renewed'))
      .catch((error) => log.error({ err: error }, 'workers not renewed'));
  });
  log.info({ workers: supervisor.pids }, 'supervising');
  return server;
}

const countOf = ({ workers }: LoadedConfig): number =>
  workers === 'auto' ? availableParallelism() : workers;

function warnOfPlainHttp({ public_url }: LoadedConfig, log: Log): void {
  if (public_url?.startsWith('http:') && !/^http:\/\/(127\.|localhost|\[::1\])/.test(public_url))
    log.warn('public_url is plain http beyond this machine: tokens and secrets can be read on the way');
}

function endOnSignal(
  signals: readonly NodeJS.Signals[],
  log: Log,
  flush: () => Promise<void>,
  close: () => Promise<void>,
): void {
  const stop = async () => {
    for (const signal of signals) process.off(signal, stop);
    await close();
    log.info('stopped');
    await flush();
    process.exit(0);
  };
  for (const signal of signals) process.on(signal, stop);
  // What Node.js has to say belongs into the log, too: stderr is lines of JSON.
  process.removeAllListeners('warning').on('warning', ({ name, message }) => {
    log[name === 'ExperimentalWarning' ? 'debug' : 'warn']({ warning: name }, message);
  });
  process.on('uncaughtException', async (error) => {
    log.fatal({ err: error }, 'uncaught exception');
    await flush();
    process.exit(1);
  });
}
