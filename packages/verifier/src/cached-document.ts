// A document of the server, cached: fetched once for all callers, refreshed before it is old, and used past its age while
// the server is unavailable.

/** In milliseconds. */
export interface CacheTimes {
  /** From half of this age on it is refreshed in the background; past all of it, callers wait for the new one. */
  readonly maxAge: number;
  /** The age up to which the last good one is used while a new one cannot be fetched. */
  readonly staleIfError: number;
}

/** Milliseconds between a failure and the next attempt. */
const retryPause = 1000;

export class CachedDocument<T> {
  readonly #load: (before: T | undefined) => Promise<T>;
  readonly #times: CacheTimes;
  #last: { readonly value: T; readonly at: number } | undefined;
  #triedAt = Number.NEGATIVE_INFINITY;
  #failure: unknown;
  #inFlight: Promise<T> | undefined;

  constructor(load: (before: T | undefined) => Promise<T>, times: CacheTimes) {
    this.#load = load;
    this.#times = times;
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
          return value;
        },
        (error) => {
          this.#failure = error;
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
    const last = this.#last;
    if (last === undefined || performance.now() - last.at >= this.#times.staleIfError) throw error;
    return last.value;
  }
}
