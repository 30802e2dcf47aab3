// Calls that come at the same moment, made as one: one statement and one wait, for the disk or the network, serve them all.

import { setImmediate } from 'node:timers/promises';

interface Waiting<Item, Result> {
  readonly item: Item;
  resolve(result: Result): void;
  reject(error: unknown): void;
}

/** So many rows are written before others get their turn. */
const mostAtOnce = 256;

export class Batch<Item, Result> {
  readonly #keyOf: (item: Item) => unknown;
  readonly #run: (items: readonly Item[]) => Promise<readonly Result[]>;
  #waiting: Waiting<Item, Result>[] = [];
  #running = false;
  /** Groups that were run so far, and the calls in them. */
  readonly counted = { groups: 0, calls: 0 };

  /** `run` gives a result for each item, in that order; it is never given two at once that have the same key. */
  constructor(
    run: (items: readonly Item[]) => Promise<readonly Result[]>,
    keyOf: (item: NoInfer<Item>) => unknown = () => Symbol(),
  ) {
    this.#run = run;
    this.#keyOf = keyOf;
  }

  call(item: Item): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject });
      if (!this.#running) void this.#work();
    });
  }

  async #work(): Promise<void> {
    this.#running = true;
    while (this.#waiting.length > 0) {
      await this.#gather();
      await this.#runGroup(this.#take());
    }
    this.#running = false;
  }

  /** Waits until a turn of the event loop has brought nobody else. */
  async #gather(): Promise<void> {
    for (let before = 0; before < this.#waiting.length; ) {
      before = this.#waiting.length;
      await setImmediate();
    }
  }

  /** In the order of arrival; of those with one key the first, and the others come after it. */
  #take(): readonly Waiting<Item, Result>[] {
    const group = new Map<unknown, Waiting<Item, Result>>();
    const later: Waiting<Item, Result>[] = [];
    for (const each of this.#waiting) {
      const key = this.#keyOf(each.item);
      if (group.size === mostAtOnce || group.has(key)) later.push(each);
      else group.set(key, each);
    }
    this.#waiting = later;
    return [...group.values()];
  }

  /** Where a group fails each is run by itself: one that the database does not take must not fail the others. */
  async #runGroup(group: readonly Waiting<Item, Result>[]): Promise<void> {
    try {
      const results = await this.#run(group.map(({ item }) => item));
      this.counted.groups += 1;
      this.counted.calls += group.length;
      for (const [index, { resolve }] of group.entries()) resolve(results[index] as Result);
    } catch (error) {
      if (group.length > 1) for (const each of group) await this.#runGroup([each]);
      else group[0]?.reject(error);
    }
  }
}
