// Random choices that follow from a seed: the same seed makes the same requests.

export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** From 0 up to 1: mulberry32. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** From 0 to `bound` - 1. */
  below = (bound: number): number => Math.floor(this.next() * bound);

  chance = (share: number): boolean => this.next() < share;

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T;
  }

  bytes = (length: number): Buffer => Buffer.from(Array.from({ length }, () => this.below(256)));
}
