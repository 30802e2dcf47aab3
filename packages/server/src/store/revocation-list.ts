// Revocations in memory: tokens, grants and clients that ended before their tokens have expired.

import type { Revocations } from '@tessera-oauth/core';
import type { Kysely } from 'kysely';
import type { Schema } from './sql/schema.ts';
import { listedUntil, revokedBefore, revokedClient } from './tables/revoked-clients.ts';

/** Milliseconds for which an entry is remembered after its end, for APIs whose clocks are behind. */
export const retention = 60_000;
type Entry = Schema['revoked_tokens'];

/** What is listed of one issuer. */
interface Listed {
  /** By `jti`, or id of a grant. */
  readonly tokens: Map<string, Entry>;
  /** By client_id. */
  readonly clients: Map<string, Entry>;
}

/** Milliseconds: what a clock is corrected by in small steps is less. */
const setBackBy = 1000;

export class RevocationList {
  readonly #reads: Kysely<Schema>;
  readonly #now: () => number;
  readonly #entries = new Map<string, Listed>();
  /** By issuer, until something changes. */
  readonly #listed = new Map<string, Revocations>();
  /** How far the clock was ahead of the monotonic one when expired entries were last left out. */
  #lead = Number.NEGATIVE_INFINITY;

  constructor(reads: Kysely<Schema>, now: () => number) {
    this.#reads = reads;
    this.#now = now;
  }

  get size(): number {
    return this.#entries.values().reduce((sum, { tokens, clients }) => sum + tokens.size + clients.size, 0);
  }

  has(issuer: string, jti: string): boolean {
    return this.#entries.get(issuer)?.tokens.has(jti) === true;
  }

  /** Tokens of the client that were issued before (epoch seconds) are revoked for ever; 0: none. */
  revokedBefore(issuer: string, client_id: string): number {
    return this.#entries.get(issuer)?.clients.get(client_id)?.issued_before ?? 0;
  }

  /** The same object until something changes. */
  of(issuer: string): Revocations {
    const known = this.#listed.get(issuer);
    if (known !== undefined) return known;
    const { tokens, clients } = this.#listOf(issuer);
    const listed = {
      tokens: [...tokens.keys()],
      clients: new Map(clients.entries().map(([id, { expires_at }]) => [id, revokedBefore(expires_at)])),
    };
    this.#listed.set(issuer, listed);
    return listed;
  }

  add(entry: Entry): void {
    const { issuer, jti, issued_before } = entry;
    const { tokens, clients } = this.#listOf(issuer);
    this.#listed.delete(issuer);
    const client_id = revokedClient(jti);
    if (client_id === undefined) {
      if (!this.#isCovered(entry)) tokens.set(jti, entry);
      return;
    }
    const before = clients.get(client_id)?.issued_before;
    clients.set(client_id, entry);
    if (issued_before === null || issued_before === before) return;
    for (const token of tokens.values())
      if (token.client_id === client_id && this.#isCovered(token)) tokens.delete(token.jti);
  }

  /** Whether the entry of its client as a whole revokes all that it does. */
  #isCovered({ issuer, client_id, issued_before }: Entry): boolean {
    if (client_id === null || issued_before === null) return false;
    return issued_before <= this.revokedBefore(issuer, client_id);
  }

  #listOf(issuer: string): Listed {
    const known = this.#entries.get(issuer);
    if (known !== undefined) return known;
    const listed = { tokens: new Map(), clients: new Map() };
    this.#entries.set(issuer, listed);
    return listed;
  }

  /** Reads what is on it. */
  async load(): Promise<void> {
    const lead = this.#leadNow();
    const live = await this.#reads
      .selectFrom('revoked_tokens')
      .selectAll()
      .where('expires_at', '>', this.#now() - retention)
      .execute();
    for (const [issuer, { clients }] of this.#entries)
      for (const client_id of clients.keys()) this.#takeBack(issuer, client_id);
    for (const entry of live) this.add(entry);
    this.#lead = lead;
  }

  /** Reads what has changed; where the clock was set back all of it, since what was over may not be over any more. */
  async learn(changes: readonly { readonly issuer: string; readonly subject: string }[]): Promise<void> {
    if (this.#leadNow() < this.#lead - setBackBy) return this.load();
    for (const { issuer, subject } of changes) {
      const row = await this.#reads
        .selectFrom('revoked_tokens')
        .selectAll()
        .where('issuer', '=', issuer)
        .where('jti', '=', subject)
        .executeTakeFirst();
      const client_id = revokedClient(subject);
      if (row !== undefined) this.add(row);
      else if (client_id !== undefined) this.#takeBack(issuer, client_id);
    }
  }

  #leadNow(): number {
    return this.#now() - performance.now();
  }

  /** The suspension of a client. What is revoked for ever stays so, even if the database was set back to an older copy. */
  #takeBack(issuer: string, client_id: string): void {
    const { clients } = this.#listOf(issuer);
    const entry = clients.get(client_id);
    if (entry === undefined) return;
    const { issued_before } = entry;
    if (issued_before === null) clients.delete(client_id);
    else clients.set(client_id, { ...entry, expires_at: listedUntil(issued_before) });
    this.#listed.delete(issuer);
  }

  /** What has expired. The database keeps it for longer. */
  forgetExpired(): void {
    this.#lead = Math.max(this.#lead, this.#leadNow());
    const since = this.#now() - retention;
    for (const [issuer, { tokens, clients }] of this.#entries)
      for (const entries of [tokens, clients])
        for (const [id, { expires_at }] of entries) {
          if (expires_at > since) continue;
          entries.delete(id);
          this.#listed.delete(issuer);
        }
  }
}
