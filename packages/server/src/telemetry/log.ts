// The log: JSON lines on stderr, buffered for a moment so that a line costs no system call.

import { type Logger, pino } from 'pino';

export type Log = Logger;

export interface OpenLog {
  readonly log: Log;
  flush(): void;
}

let lastMs = 0;
let lastTimestamp = '';

/** RFC 3339, spelled once for each millisecond. */
function timestamp(): string {
  const now = Date.now();
  if (now !== lastMs) {
    lastMs = now;
    lastTimestamp = `,"time":"${new Date(now).toISOString()}"`;
  }
  return lastTimestamp;
}

export function openLog(level: string): OpenLog {
  const destination = pino.destination({ fd: 2, sync: false, minLength: 8192, periodicFlush: 250 });
  const log = pino({ level, base: null, timestamp }, destination);
  return { log, flush: () => destination.flushSync() };
}
