// A document of the server, kept here: fetched once for all who ask, renewed before it is old, and held on to while the
// server is away.

export interface Keeping {
  /** Milliseconds. From half of it on it is renewed behind the scenes; past all of it, who asks waits. */
  readonly fresh: number;
  /** Milliseconds that the last good one is used for while a new one cannot be had. */
  readonly tolerance: number;
}

/** Milliseconds between a failure and the next attempt. */
const pauseMs = 1000;

export class Kept<T> {
  readonly #load: (before: T | undefined) => Promise<T>;
  readonly #keeping: Keeping;
  #last: { readonly value: T; readonly at: number } | undefined;
  #triedAt = Number.NEGATIVE_INFINITY;
  #failure: unknown;
  #underWay: Promise<T> | undefined;

  constructor(load: (before: T | undefined) => Promise<T>, keeping: Keeping) {
    this.#load = load;
    this.#keeping = keeping;
  }

  /** Not a promise where it is at hand. Rejects as the attempt to load it did, where there is none to go on with. */
  get(): T | Promise<T> {
    const { fresh, tolerance } = this.#keeping;
    const last = this.#last;
    if (last === undefined) return this.#renewSoon();
    const age = performance.now() - last.at;
    if (age < fresh / 2) return last.value;
    const renewed = this.#renewSoon();
    if (age >= fresh && (this.#failure === undefined || age >= tolerance))
      return renewed.catch((error) => this.#goOn(error));
    renewed.catch(() => {});
    return last.value;
  }

  /** Loads it anew, unless that was tried in the last `pause` milliseconds: then the outcome is that of the last time. */
  renew(pause: number): Promise<T> {
    if (this.#underWay !== undefined) return this.#underWay;
    if (performance.now() - this.#triedAt < pause) {
      if (this.#failure === undefined && this.#last !== undefined) return Promise.resolve(this.#last.value);
      return Promise.reject(this.#failure);
    }
    const at = performance.now();
    this.#triedAt = at;
    this.#underWay = this.#load(this.#last?.value)
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
        this.#underWay = undefined;
      });
    return this.#underWay;
  }

  #renewSoon(): Promise<T> {
    return this.renew(this.#failure === undefined ? 0 : pauseMs);
  }

  #goOn(error: unknown): T {
    const last = this.#last;
    if (last === undefined || performance.now() - last.at >= this.#keeping.tolerance) throw error;
    return last.value;
  }
}
