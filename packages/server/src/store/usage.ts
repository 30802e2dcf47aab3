// Usage, in batches: tokens for each client and hour, and when a secret was last used. No write for each token.

import type { Kysely } from 'kysely';
import type { Schema } from './schema.ts';
import { transact } from './transact.ts';

const hour = 3_600_000;

export class UsageBook {
  readonly #db: Kysely<Schema>;
  readonly #now: () => number;
  #tokens = new Map<string, { issuer: string; client_id: string; hour: number; tokens: number }>();
  #secrets = new Map<string, number>();

  constructor(db: Kysely<Schema>, now: () => number) {
    this.#db = db;
    this.#now = now;
  }

  countToken(issuer: string, client_id: string): void {
    const current = Math.floor(this.#now() / hour) * hour;
    const key = `${current} ${issuer} ${client_id}`;
    const entry = this.#tokens.get(key);
    if (entry === undefined) this.#tokens.set(key, { issuer, client_id, hour: current, tokens: 1 });
    else entry.tokens += 1;
  }

  noteSecretUse(secret_id: string): void {
    this.#secrets.set(secret_id, this.#now());
  }

  /** Writes what has gathered, in one transaction. What cannot be written is kept for the next time. */
  async flush(): Promise<void> {
    if (this.#tokens.size === 0 && this.#secrets.size === 0) return;
    const tokens = this.#tokens;
    const secrets = this.#secrets;
    this.#tokens = new Map();
    this.#secrets = new Map();
    try {
      await this.#write(tokens, secrets);
    } catch (error) {
      for (const [key, entry] of tokens) {
        const newer = this.#tokens.get(key);
        this.#tokens.set(key, { ...entry, tokens: entry.tokens + (newer?.tokens ?? 0) });
      }
      this.#secrets = new Map([...secrets, ...this.#secrets]);
      throw error;
    }
  }

  async #write(
    tokens: ReadonlyMap<string, Schema['usage']>,
    secrets: ReadonlyMap<string, number>,
  ): Promise<void> {
    await transact(this.#db, async (transaction) => {
      // In one order, on all nodes: two that write the same rows do not wait for each other in a circle.
      for (const [, entry] of inOrder(tokens)) {
        await transaction
          .insertInto('usage')
          .values(entry)
          .onConflict((conflict) =>
            conflict
              .columns(['issuer', 'client_id', 'hour'])
              .doUpdateSet(({ eb, ref }) => ({ tokens: eb(ref('usage.tokens'), '+', entry.tokens) })),
          )
          .execute();
      }
      for (const [id, last_used_at] of inOrder(secrets)) {
        await transaction.updateTable('client_secrets').set({ last_used_at }).where('id', '=', id).execute();
      }
    });
  }
}

const inOrder = <Value>(entries: ReadonlyMap<string, Value>): [string, Value][] =>
  [...entries].sort(([a], [b]) => (a < b ? -1 : 1));
