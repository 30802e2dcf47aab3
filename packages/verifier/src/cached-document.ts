// A document of the server, cached: fetched once for all callers, refreshed before it is old, and used past its age while
// the server is unavailable, up to a bound.

import { type Logger, report } from './logger.ts';

/** In milliseconds. */
export interface CacheTimes {
  /** From half of this age on it is refreshed in the background; past all of it, callers wait for the new one. */
  readonly maxAge: number;
  /** The age, since it was last confirmed, up to which the last good one is used while a new one cannot be fetched. */
  readonly staleIfError: number;
}

/** What it is called in the log, and where that is. */
export interface DocumentLog {
  readonly name: string;
  readonly logger: Logger;
}

/** Milliseconds between a failure and the next attempt. */
const retryPause = 1000;

export class CachedDocument<T> {
  readonly #load: (before: T | undefined) => Promise<T>;
  readonly #times: CacheTimes;
  readonly #log: DocumentLog;
  #state: 'confirmed' | 'stale' | 'unusable' = 'confirmed';
  #last: { readonly value: T; readonly at: number } | undefined;
  #triedAt = Number.NEGATIVE_INFINITY;
  #failure: unknown;
  #inFlight: Promise<T> | undefined;

  constructor(load: (before: T | undefined) => Promise<T>, times: CacheTimes, log: DocumentLog) {
    this.#load = load;
    this.#times = times;
    this.#log = log;
  }

  /** A promise only if it must be waited for. Rejects with the error of `load` if there is no usable document. */
  get(): T | Promise<T> {
    const { maxAge, staleIfError } = this.#times;
    const last = this.#last;
    if (last === undefined) return this.#refreshAfterPause();
    const age = performance.now() - last.at;
    if (age < maxAge / 2) return last.value;
    const refreshed = this.#refreshAfterPause();
    if (age >= maxAge && (this.#failure === undefined || age >= staleIfError))
      return refreshed.catch((error) => this.#staleOr(error));
    refreshed.catch(() => {});
    return last.value;
  }

  /** Loads it anew; less than `pause` milliseconds after the last attempt, gives the outcome of that one instead. */
  refresh(pause: number): Promise<T> {
    if (this.#inFlight !== undefined) return this.#inFlight;
    if (performance.now() - this.#triedAt < pause) {
      if (this.#failure === undefined && this.#last !== undefined) return Promise.resolve(this.#last.value);
      return Promise.reject(this.#failure);
    }
    const at = performance.now();
    this.#triedAt = at;
    this.#inFlight = this.#load(this.#last?.value)
      .then(
        (value) => {
          this.#last = { value, at };
          this.#failure = undefined;
          this.#tell('confirmed');
          return value;
        },
        (error) => {
          this.#failure = error;
          this.#tell(this.#isUsable() ? 'stale' : 'unusable', error);
          throw error;
        },
      )
      .finally(() => {
        this.#triedAt = performance.now();
        this.#inFlight = undefined;
      });
    return this.#inFlight;
  }

  #refreshAfterPause(): Promise<T> {
    return this.refresh(this.#failure === undefined ? 0 : retryPause);
  }

  #staleOr(error: unknown): T {
    if (this.#last === undefined || !this.#isUsable()) throw error;
    return this.#last.value;
  }

  #isUsable(): boolean {
    return this.#last !== undefined && performance.now() - this.#last.at < this.#times.staleIfError;
  }

  /** A line for each change of state, and no more. */
  #tell(state: 'confirmed' | 'stale' | 'unusable', error?: unknown): void {
    if (state === this.#state) return;
    this.#state = state;
    const { name, logger } = this.#log;
    if (state === 'confirmed') report(logger, 'warn', `${name} was fetched again`);
    else if (state === 'unusable')
      report(
        logger,
        'error',
        `${name} cannot be fetched, and every request is answered 503 until it can be`,
        error,
      );
    else {
      const left = Math.round(
        (this.#times.staleIfError - (performance.now() - (this.#last?.at ?? 0))) / 1000,
      );
      report(
        logger,
        'warn',
        `${name} cannot be fetched; the last one is used for ${left} seconds more`,
        error,
      );
    }
  }
}
