// The log: JSON lines on stderr, buffered for a moment so that a line costs no system call.

import { type Logger, pino } from 'pino';

export type Log = Logger;

export interface OpenLog {
  readonly log: Log;
  flush(): void;
}

export function openLog(level: string): OpenLog {
  const destination = pino.destination({ fd: 2, sync: false, minLength: 8192, periodicFlush: 250 });
  const log = pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, destination);
  return { log, flush: () => destination.flushSync() };
}
