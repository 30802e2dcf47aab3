// Writes that come at the same moment, committed together: a commit waits for the disk, and one wait serves them all.

import type { Kysely } from 'kysely';
import type { Schema } from './schema.ts';

type Db = Kysely<Schema>;

interface Waiting {
  run(transaction: Db): Promise<unknown>;
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

/** Each write stays the one atomic statement that it is, in the order of arrival; none is answered before it is on disk. */
export class CommitGroup {
  readonly #db: Db;
  #waiting: Waiting[] = [];
  #committing = false;
  /** Groups committed so far, and the writes in them. */
  readonly counted = { groups: 0, writes: 0 };

  constructor(db: Db) {
    this.#db = db;
  }

  write<T>(run: (transaction: Db) => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#waiting.push({ run, resolve: resolve as (value: unknown) => void, reject });
      if (!this.#committing) {
        this.#committing = true;
        // What arrives with it comes along.
        setImmediate(() => this.#commit());
      }
    });
  }

  async #commit(): Promise<void> {
    while (this.#waiting.length > 0) {
      const group = this.#waiting;
      this.#waiting = [];
      if (!(await this.#together(group))) for (const each of group) await this.#together([each]);
    }
    this.#committing = false;
  }

  /** False where nothing was done, and each may be tried by itself: that one fails must not fail the others. */
  async #together(group: readonly Waiting[]): Promise<boolean> {
    try {
      const results = await this.#db.transaction().execute(async (transaction) => {
        const all: unknown[] = [];
        for (const { run } of group) all.push(await run(transaction));
        return all;
      });
      this.counted.groups += 1;
      this.counted.writes += group.length;
      for (const [index, { resolve }] of group.entries()) resolve(results[index]);
      return true;
    } catch (error) {
      if (group.length > 1) return false;
      group[0]?.reject(error);
      return true;
    }
  }
}
