// Work that is done again and again in the background.

import type { Log } from '../telemetry/log.ts';

export interface Repeated {
  /** Runs it at once, and once more where it is running. */
  now(): void;
  /** Whether the last time failed. */
  failing(): boolean;
  /** Waits for the one under way. */
  stop(): Promise<void>;
}

/** Runs `work` again and again, never twice at once. What fails each time in the same way is logged once. */
export function repeat(name: string, ms: number, log: Log, work: () => Promise<void>): Repeated {
  let running: Promise<void> = Promise.resolve();
  let busy = false;
  let asked = false;
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
    asked = false;
    running = work()
      .then(succeeded, failed)
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
  return { now, failing: () => problem !== undefined, stop };
}
