// Usage, in batches: tokens for each client and hour, and when a secret was last used. No write for each token.

import { type Kysely, sql } from 'kysely';
import type { Schema } from '../sql/schema.ts';
import { transact } from '../sql/transact.ts';
import { valuesTable } from '../sql/values-table.ts';

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
      // In the same order in every process, so that two that write the same rows cannot deadlock. The lock on a client's
      // rows of tokens covers its secrets, too.
      for (const entries of inParts(tokens)) await addTokens(transaction, entries);
      for (const entries of inParts(secrets)) {
        const input = entries.map(([id, last_used_at]) => ({ id, last_used_at }));
        await transaction
          .updateTable('client_secrets')
          .from(valuesTable(transaction, input, { id: 'text', last_used_at: 'bigint' }))
          .set(({ ref }) => ({ last_used_at: ref('input.last_used_at') }))
          .whereRef('client_secrets.id', '=', 'input.id')
          .execute();
      }
    });
  }
}

async function addTokens(
  transaction: Kysely<Schema>,
  entries: readonly (readonly [string, Schema['usage']])[],
): Promise<void> {
  const columns = { issuer: 'text', client_id: 'text', hour: 'bigint', tokens: 'bigint' } as const;
  const input = valuesTable(
    transaction,
    entries.map(([, entry]) => entry),
    columns,
  );
  const names = Object.keys(columns) as (keyof typeof columns)[];
  await transaction
    .insertInto('usage')
    .columns(names)
    // Without a condition, SQLite takes `on conflict` for a join's.
    .expression((eb) => eb.selectFrom(input).select(names).where(sql<boolean>`true`))
    .onConflict((conflict) =>
      conflict
        .columns(['issuer', 'client_id', 'hour'])
        .doUpdateSet(({ eb, ref }) => ({ tokens: eb('usage.tokens', '+', ref('excluded.tokens')) })),
    )
    .execute();
}

/** So many rows at once do not keep requests waiting for long. */
const mostAtOnce = 500;

/** Sorted by their keys. */
function inParts<Value>(entries: ReadonlyMap<string, Value>): [string, Value][][] {
  const sorted = [...entries].sort(([a], [b]) => (a < b ? -1 : 1));
  const starts = Array.from(
    { length: Math.ceil(sorted.length / mostAtOnce) },
    (_, part) => part * mostAtOnce,
  );
  return starts.map((start) => sorted.slice(start, start + mostAtOnce));
}
