// The process that starts the workers of a server, and replaces them; it loads only the code that it needs for that.

import { availableParallelism } from 'node:os';
import type { LoadedConfig } from '../config/load.ts';
import { openLog } from '../telemetry/log.ts';
import { cautionsOf } from './cautions.ts';
import { refuseTakenPorts } from './free-ports.ts';
import { openConfigured, sourceOfWorkers } from './management-source.ts';
import { endOnSignal } from './signals.ts';
import type { Listening } from './workers/messages.ts';
import { Supervisor, WorkerFailed } from './workers/supervisor.ts';

/** Starts as many workers as the configuration says; SIGHUP loads it again, and puts new ones in their place. */
export async function supervise(config: LoadedConfig, load: () => Promise<LoadedConfig>): Promise<Listening> {
  await refuseTakenPorts(config);
  const { log, flush } = openLog(config.log_level, process.pid);
  const supervisor = new Supervisor(log);
  const failed = async (error: unknown) => {
    await supervisor.close();
    // The worker has logged why.
    if (error instanceof WorkerFailed) process.exit(error.code);
    throw error;
  };
  const starting = supervisor.start(countOf(config)).catch(failed);
  const server = await starting;
  const source = sourceOfWorkers(() => supervisor.statuses());
  const management = await openConfigured(config, log, source).catch(failed);
  endOnSignal(['SIGTERM', 'SIGINT'], log, flush, () => supervisor.close().finally(management?.close));
  let renewal = Promise.resolve();
  process.on('SIGHUP', () => {
    renewal = renewal
      .then(async () => supervisor.renew(countOf(await load())))
      .then(() => log.info({ workers: supervisor.pids }, 'workers renewed'))
      .catch((error) => log.error({ err: error }, 'workers not renewed'));
  });
  for (const caution of await cautionsOf(config)) log.warn(caution);
  log.info({ workers: supervisor.pids }, 'supervising');
  return server;
}

const countOf = ({ workers }: LoadedConfig): number =>
  workers === 'auto' ? availableParallelism() : workers;
