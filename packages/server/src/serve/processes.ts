// A process that serves requests: the only process of its server, or one of several workers.

import cluster from 'node:cluster';
import type { LoadedConfig } from '../config/load.ts';
import { type Log, openLog } from '../telemetry/log.ts';
import { startWithManagement, statusOf } from './management.ts';
import { type RunningServer, startServer } from './server.ts';
import { endOnSignal } from './signals.ts';
import type { Listening } from './workers/messages.ts';
import { reportToSupervisor } from './workers/worker.ts';

/** How long connections without a request stay open at the end. */
const idleMs = 500;

export const listeningOf = (server: RunningServer): Listening => ({
  origin: server.origin,
  issuers: server.issuers().map(({ name, issuer }) => ({ name, issuer })),
});

/** Starts the server. At the first signal to end it finishes the requests under way, and the process ends with 0. */
export async function serveUntilSignal(
  config: LoadedConfig,
  prepare?: Parameters<typeof startServer>[2],
): Promise<RunningServer> {
  const { log, flush } = openLog(config.log_level, cluster.isWorker ? process.pid : undefined);
  warnOfPlainHttp(config, log);
  // The supervisor has the management listener for all of its workers.
  const start = cluster.isWorker ? startServer : startWithManagement;
  const server = await start(config, log, prepare).catch(async (error: unknown) => {
    await flush();
    throw error;
  });
  const signals: NodeJS.Signals[] = ['SIGTERM', 'SIGINT', ...(cluster.isWorker ? [] : ['SIGHUP' as const])];
  endOnSignal(signals, log, flush, () => server.close(idleMs));
  return server;
}

/** Starts the server as one of several workers, and tells the supervisor when it listens. */
export async function serveAsWorker(load: () => Promise<LoadedConfig>): Promise<void> {
  try {
    const server = await serveUntilSignal(await load());
    reportToSupervisor(listeningOf(server), () => statusOf(server));
  } catch (error) {
    // Otherwise the channel to the supervisor would keep this process alive.
    cluster.worker?.disconnect();
    throw error;
  }
}

function warnOfPlainHttp({ public_url }: LoadedConfig, log: Log): void {
  if (public_url?.startsWith('http:') && !/^http:\/\/(127\.|localhost|\[::1\])/.test(public_url))
    log.warn('public_url is plain http beyond this machine: tokens and secrets can be read on the way');
}
