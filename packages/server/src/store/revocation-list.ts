// Revocations in memory: tokens, grants and clients that ended before their tokens have expired.

import type { Revocations } from '@tessera-oauth/core';
import type { Kysely } from 'kysely';
import type { Schema } from './sql/schema.ts';
import { revokedBefore, revokedClient } from './tables/revoked-tokens.ts';

/** Milliseconds for which an entry is remembered after its end, for APIs whose clocks are behind. */
export const retention = 60_000;
/** Milliseconds: what a clock is corrected by in small steps is less. */
const setBackBy = 1000;

export class RevocationList {
  readonly #reads: Kysely<Schema>;
  readonly #now: () => number;
  /** By issuer and entry: until when (epoch milliseconds). */
  readonly #entries = new Map<string, Map<string, number>>();
  /** By issuer, until something changes. */
  readonly #listed = new Map<string, Revocations>();
  /** How far the clock was ahead of the monotonic one when expired entries were last left out. */
  #lead = Number.NEGATIVE_INFINITY;

  constructor(reads: Kysely<Schema>, now: () => number) {
    this.#reads = reads;
    this.#now = now;
  }

  get size(): number {
    return this.#entries.values().reduce((sum, { size }) => sum + size, 0);
  }

  has(issuer: string, jti: string): boolean {
    return this.#entries.get(issuer)?.has(jti) === true;
  }

  /** The same object until something changes. */
  of(issuer: string): Revocations {
    const known = this.#listed.get(issuer);
    if (known !== undefined) return known;
    const tokens: string[] = [];
    const clients = new Map<string, number>();
    for (const [jti, expires_at] of this.#entries.get(issuer) ?? []) {
      const client_id = revokedClient(jti);
      if (client_id === undefined) tokens.push(jti);
      else clients.set(client_id, revokedBefore(expires_at));
    }
    const listed = { tokens, clients };
    this.#listed.set(issuer, listed);
    return listed;
  }

  add(issuer: string, jti: string, expires_at: number): void {
    const entries = this.#entries.get(issuer) ?? new Map<string, number>();
    this.#entries.set(issuer, entries.set(jti, expires_at));
    this.#listed.delete(issuer);
  }

  #remove(issuer: string, jti: string): void {
    if (this.#entries.get(issuer)?.delete(jti) === true) this.#listed.delete(issuer);
  }

  /** Reads what is on it. */
  async load(): Promise<void> {
    const lead = this.#leadNow();
    const live = await this.#reads
      .selectFrom('revoked_tokens')
      .selectAll()
      .where('expires_at', '>', this.#now() - retention)
      .execute();
    for (const [issuer, entries] of this.#entries)
      for (const jti of entries.keys()) this.#takeBack(issuer, jti);
    for (const { issuer, jti, expires_at } of live) this.add(issuer, jti, expires_at);
    this.#lead = lead;
  }

  /** Reads what has changed; where the clock was set back all of it, since what was over may not be over any more. */
  async learn(changes: readonly { readonly issuer: string; readonly subject: string }[]): Promise<void> {
    if (this.#leadNow() < this.#lead - setBackBy) return this.load();
    for (const { issuer, subject } of changes) {
      const row = await this.#reads
        .selectFrom('revoked_tokens')
        .select('expires_at')
        .where('issuer', '=', issuer)
        .where('jti', '=', subject)
        .executeTakeFirst();
      if (row === undefined) this.#takeBack(issuer, subject);
      else this.add(issuer, subject, row.expires_at);
    }
  }

  #leadNow(): number {
    return this.#now() - performance.now();
  }

  /** For clients alone: a token stays revoked, even if the database was set back to an older copy. */
  #takeBack(issuer: string, jti: string): void {
    if (revokedClient(jti) !== undefined) this.#remove(issuer, jti);
  }

  /** What has expired. The database keeps it for longer. */
  forgetExpired(): void {
    this.#lead = Math.max(this.#lead, this.#leadNow());
    const since = this.#now() - retention;
    for (const [issuer, entries] of this.#entries)
      for (const [jti, expires_at] of entries) if (expires_at <= since) this.#remove(issuer, jti);
  }
}
