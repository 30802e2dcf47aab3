// When somebody has guessed too often: asked before a password is judged, and again when its turn has come.

import type { AttemptLimiter } from '@tessera-oauth/core';

export class Throttled extends Error {
  readonly wait_seconds: number;

  constructor(wait_seconds: number) {
    super('too many failures');
    this.wait_seconds = wait_seconds;
  }
}

/** Throws where the budget of an account and an address is spent. */
export const admission = (budget: AttemptLimiter, account: string, address: string) => () => {
  const wait_seconds = budget.retryAfter('users', account, address);
  if (wait_seconds > 0) throw new Throttled(wait_seconds);
};
