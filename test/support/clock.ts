// The clock of this process, and with it that of the servers that a test has started in it.

import { onTestFinished, vi } from 'vitest';

/** What `Date` says from now on, until the test ends. Epoch milliseconds; it stands still there. */
export function setClock(now: number): void {
  vi.useFakeTimers({ toFake: ['Date'], now });
  onTestFinished(() => {
    vi.useRealTimers();
  });
}
