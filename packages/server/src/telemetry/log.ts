// The log: JSON lines on stderr. A line is handed to the thread pool at once, before what it tells of is answered: `kill -9`
// loses no more than the write that is under way. Lines that come meanwhile go with the next write, so that under load a line
// costs no system call of its own.

import { type Logger, pino } from 'pino';

export type Log = Logger;

export interface OpenLog {
  readonly log: Log;
  /** Writes what waits for the next write; gives up after a second where nothing reads the pipe. */
  flush(): Promise<void>;
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

/** What a pipe takes in one piece (POSIX, PIPE_BUF): lines of several processes are not mixed. */
const wholeBytes = 4096;

/** `pid` is for processes that share a log. */
export function openLog(level: string, pid?: number): OpenLog {
  const destination = pino.destination({
    fd: 2,
    sync: false,
    maxLength: 4_194_304,
    ...(pid !== undefined && { maxWrite: wholeBytes }),
  });
  const log = pino({ level, base: pid === undefined ? null : { pid }, timestamp }, destination);
  return { log, flush: () => flushed(destination) };
}

function flushed(destination: ReturnType<typeof pino.destination>): Promise<void> {
  return new Promise((resolve) => {
    const late = setTimeout(resolve, 1000);
    destination.flush(() => {
      clearTimeout(late);
      resolve();
    });
  });
}
