// Work that is repeated in the background.

import type { Log } from '../telemetry/log.ts';

export interface Repeated {
  /** Runs the work at once; where it is running already, once more when that run has ended. */
  now(): void;
  /** Whether the last run failed. */
  failing(): boolean;
  /** Runs it no more, and waits for the run under way. */
  stop(): Promise<void>;
}

/** Runs `work` every `ms` milliseconds, never twice at the same time. An error that repeats is logged once. */
export function repeat(name: string, ms: number, log: Log, work: () => Promise<void>): Repeated {
  let running: Promise<void> = Promise.resolve();
  let busy = false;
  let again = false;
  let stopped = false;
  let problem: string | undefined;
  const failed = (error: unknown) => {
    const { cause } = Object(error);
    if (String(error) !== problem)
      log.error(
        { work: name, err: error, ...(typeof cause === 'string' && { cause }) },
        'background work failed',
      );
    problem = String(error);
  };
  const succeeded = () => {
    if (problem !== undefined) log.info({ work: name }, 'background work goes on');
    problem = undefined;
  };
  const run = () => {
    if (busy || stopped) return;
    busy = true;
    again = false;
    running = work()
      .then(succeeded, failed)
      .finally(() => {
        busy = false;
        if (again) run();
      });
  };
  const timer = setInterval(run, ms);
  const now = () => {
    again = true;
    run();
  };
  const stop = async () => {
    stopped = true;
    clearInterval(timer);
    await running;
  };
  return { now, failing: () => problem !== undefined, stop };
}
