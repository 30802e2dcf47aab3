// Work that is done again and again in the background.

import type { Log } from './telemetry/log.ts';

export interface Repeated {
  /** Runs it at once, and once more where it is running. */
  now(): void;
  /** Waits for the one under way. */
  stop(): Promise<void>;
}

/** Runs `work` again and again, never twice at once. */
export function every(ms: number, log: Log, work: () => Promise<void>): Repeated {
  let running: Promise<void> = Promise.resolve();
  let busy = false;
  let asked = false;
  let stopped = false;
  const run = () => {
    if (busy || stopped) return;
    busy = true;
    asked = false;
    running = work()
      .catch((error) => log.error({ err: error }, 'background work failed'))
      .finally(() => {
        busy = false;
        if (asked) run();
      });
  };
  const timer = setInterval(run, ms);
  const now = () => {
    asked = true;
    run();
  };
  const stop = async () => {
    stopped = true;
    clearInterval(timer);
    await running;
  };
  return { now, stop };
}
