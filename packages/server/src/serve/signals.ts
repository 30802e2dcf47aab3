// How a process of the server ends: by a signal, or by an uncaught exception.

import type { Log } from '../telemetry/log.ts';

export function endOnSignal(
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
  // Warnings of Node.js go through the log: stderr is lines of JSON.
  process.removeAllListeners('warning').on('warning', ({ name, message }) => {
    log[name === 'ExperimentalWarning' ? 'debug' : 'warn']({ warning: name }, message);
  });
  process.on('uncaughtException', async (error) => {
    log.fatal({ err: error }, 'uncaught exception');
    await flush();
    process.exit(1);
  });
}
