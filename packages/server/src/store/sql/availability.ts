// Whether a database behind a network answers. While it does not, every request for it fails at once: none queue up, and
// nothing has to be restarted when it is back.

import { setTimeout } from 'node:timers/promises';
import { OAuthError } from '@tessera-oauth/core';

/** Seconds for `Retry-After`. */
const retryAfter = 1;

/** RFC 6749 §4.1.2.1 has the code for the authorization endpoint; a 503 says the same everywhere. */
export const unavailable = (reason: 'database_unavailable' | 'database_busy', cause?: unknown) =>
  new OAuthError(
    'temporarily_unavailable',
    reason,
    'The service is temporarily unavailable. Try again shortly.',
    {
      status: 503,
      retry_after: retryAfter,
      ...(cause !== undefined && { cause: cause instanceof Error ? cause.message : String(cause) }),
    },
  );

/** Between two looks at whether anything was answered; and, while nothing is, between two probes. */
const lookMs = 500;
/** Looks without an answer, though somebody waits for one: counted, so that a process that slept finds nothing amiss. */
const patientLooks = 4;

export class Availability {
  /** Asks the database anew, on a connection of its own; rejects within a moment where it does not answer. */
  readonly #probe: () => Promise<void>;
  readonly #lost: () => void;
  readonly #waiting = new Set<(reason: unknown) => void>();
  #outage: OAuthError | undefined;
  /** When the last outage began and ended, by the monotonic clock. */
  #lostAt = 0;
  #foundAt = 0;
  #looking: NodeJS.Timeout | undefined;
  #silentLooks = 0;
  #checking = false;
  #closed = false;

  /** `lost` is told when the database is found gone. */
  constructor(probe: () => Promise<void>, lost: () => void) {
    this.#probe = probe;
    this.#lost = lost;
  }

  /** Does `work`, unless the database is known to be gone, or until it is found to be. */
  run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#outage !== undefined) return Promise.reject(this.#outage);
    this.#looking ??= setInterval(() => this.#look(), lookMs).unref();
    return new Promise<T>((resolve, reject) => {
      this.#waiting.add(reject);
      work()
        .then(resolve, reject)
        .finally(() => {
          this.#waiting.delete(reject);
          this.#silentLooks = 0;
        });
    });
  }

  /** Finds out whether the database is there, after something that makes one doubt it. */
  async check(): Promise<void> {
    if (this.#checking) return;
    this.#checking = true;
    while (!this.#closed) {
      const problem = await this.#probe().then(
        () => undefined,
        (error: unknown) => error ?? 'no answer',
      );
      this.#silentLooks = 0;
      if (problem === undefined) break;
      if (this.#outage === undefined) this.#giveUp(unavailable('database_unavailable', problem));
      await setTimeout(lookMs, undefined, { ref: false });
    }
    if (this.#outage !== undefined) this.#foundAt = performance.now();
    this.#outage = undefined;
    this.#checking = false;
  }

  /** For how many of the last `ms` milliseconds the last outage lasted. */
  unavailableWithin(ms: number): number {
    const now = performance.now();
    const until = this.#outage === undefined ? this.#foundAt : now;
    return Math.max(0, until - Math.max(this.#lostAt, now - ms));
  }

  close(): void {
    this.#closed = true;
    clearInterval(this.#looking);
  }

  #look(): void {
    this.#silentLooks = this.#waiting.size > 0 ? this.#silentLooks + 1 : 0;
    if (this.#silentLooks >= patientLooks) void this.check();
  }

  #giveUp(outage: OAuthError): void {
    this.#outage = outage;
    this.#lostAt = performance.now();
    this.#lost();
    for (const reject of this.#waiting) reject(outage);
    this.#waiting.clear();
  }
}
