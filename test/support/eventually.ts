// Waiting for what comes by itself: another process reads a change, a worker starts.

import { expect } from 'vitest';

/** So long that only what never comes is missed, on a machine that has much else to do. How soon is not the question. */
const patienceMs = 20_000;

/** Waits until `check` holds; asks less and less often, since a client that fails often must wait. */
export async function eventually(check: () => Promise<boolean> | boolean): Promise<void> {
  const until = performance.now() + patienceMs;
  let holds = await check();
  for (let pause = 5; !holds && performance.now() < until; pause = Math.min(2 * pause, 1000)) {
    await new Promise((resolve) => setTimeout(resolve, pause));
    holds = await check();
  }
  expect(holds, `not so within ${patienceMs} ms`).toBe(true);
}
