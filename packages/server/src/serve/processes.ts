// A process that serves requests: the only process of its server, or one of several workers.

import cluster from 'node:cluster';
import type { LoadedConfig } from '../config/load.ts';
import { openLog } from '../telemetry/log.ts';
import { cautionsOf } from './cautions.ts';
import { refuseTakenPorts } from './free-ports.ts';
import { startWithManagement } from './management.ts';
import { statusOf } from './management-source.ts';
import { type RunningServer, startServer } from './server.ts';
import { endOnSignal } from './signals.ts';
import type { Listening } from './workers/messages.ts';
import { reportToSupervisor } from './workers/worker.ts';

/** How long connections without a request stay open at the end. */
const idleMs = 500;

export const listeningOf = (server: RunningServer): Listening => ({
  origin: server.origin,
  address: server.address,
  issuers: server.issuers().map(({ name, issuer }) => ({ name, issuer })),
});

/** Starts the server. At the first signal to end it finishes the requests under way, and the process ends with 0. */
export async function serveUntilSignal(
  config: LoadedConfig,
  prepare?: Parameters<typeof startServer>[2],
): Promise<RunningServer> {
  // A worker has the port of its supervisor.
  if (!cluster.isWorker) await refuseTakenPorts(config);
  const { log, flush } = openLog(config.log_level, cluster.isWorker ? process.pid : undefined);
  // The supervisor has the management listener for all of its workers.
  const start = cluster.isWorker ? startServer : startWithManagement;
  const server = await start(config, log, prepare).catch(async (error: unknown) => {
    await flush();
    throw error;
  });
  // The supervisor says it once for all of its workers.
  if (!cluster.isWorker) for (const caution of await cautionsOf(config)) log.warn(caution);
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
