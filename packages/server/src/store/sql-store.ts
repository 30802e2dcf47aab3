// The protocol's store: memory first, SQL behind it, and a feed of changes that keeps memory less than a second old.

import type {
  Client,
  CodeRedemption,
  Denials,
  ProtocolStore,
  RefreshTokenAdvance,
  UsedGrant,
  User,
  UserGrant,
} from '@tessera/core';
import type { Kysely } from 'kysely';
import { LRUCache } from 'lru-cache';
import type { KeyStore, StoredKey } from '../model.ts';
import { Batch } from './batch.ts';
import { findConsent, rememberConsent } from './consents.ts';
import { DenyList } from './deny-list.ts';
import { postgresOf } from './engine.ts';
import * as grants from './grants.ts';
import { type ClientName, findClients } from './registry.ts';
import { noteChange } from './rows.ts';
import type { ChangeTopic, Schema } from './schema.ts';
import { transact } from './transact.ts';
import { findUsers } from './users.ts';

export interface Change {
  readonly topic: ChangeTopic;
  readonly issuer: string;
  readonly subject: string;
  /** Epoch milliseconds, by the clock of who made it; undefined where what changed is not known. */
  readonly at?: number;
}

/** Clients kept in memory; about 1 KiB each. */
const rememberedClients = 50_000;

const idOf = ({ id }: { readonly id: string }) => id;

export class SqlStore implements ProtocolStore, KeyStore {
  /** Writes, and reads of those who write. */
  readonly db: Kysely<Schema>;
  /** Reads that must not wait for any writer. */
  readonly #reads: Kysely<Schema>;
  readonly #redemptions: Batch<CodeRedemption, UsedGrant | undefined>;
  readonly #advances: Batch<RefreshTokenAdvance, UsedGrant | undefined>;
  readonly #clientReads: Batch<ClientName, Client | undefined>;
  readonly #grants: Batch<Pick<UserGrant, 'issuer' | 'id'>, UserGrant | undefined>;
  readonly #users: Batch<string, User | undefined>;
  readonly #now: () => number;
  readonly #clients = new LRUCache<string, Client>({ max: rememberedClients });
  readonly #denied: DenyList;
  #slowHashes = new Set<string>();
  #seen = 0;
  /** By the monotonic clock: when memory was last known to be as the database is. */
  #followedAt = 0;
  /** Milliseconds for which memory is believed while the database cannot be asked. */
  readonly #tolerance: number;

  constructor(
    db: Kysely<Schema>,
    reads: Kysely<Schema>,
    now: () => number,
    tolerance = Number.POSITIVE_INFINITY,
  ) {
    this.db = db;
    this.#redemptions = new Batch((wanted) => grants.redeemCodes(db, wanted), idOf);
    this.#advances = new Batch((wanted) => grants.advanceRefreshTokens(db, wanted), idOf);
    this.#clientReads = new Batch((wanted) => findClients(reads, wanted));
    this.#grants = new Batch((wanted) => grants.findGrants(reads, wanted));
    this.#users = new Batch((ids) => findUsers(reads, ids));
    this.#reads = reads;
    this.#denied = new DenyList(reads, now);
    this.#now = now;
    this.#tolerance = tolerance;
  }

  /** Reads what memory must hold from the start. */
  async load(): Promise<void> {
    const began = performance.now();
    const last = await this.#reads
      .selectFrom('changes')
      .select(({ fn }) => fn.max('seq').as('seq'))
      .executeTakeFirst();
    this.#seen = last?.seq ?? 0;
    this.#clients.clear();
    await this.#denied.load();
    await this.#loadSlowHashes();
    this.#followedAt = began;
  }

  /** What memory holds, and what was written in groups. */
  figures() {
    const written = [this.#redemptions.counted, this.#advances.counted];
    const groups = written.reduce((sum, each) => sum + each.groups, 0);
    const writes = written.reduce((sum, each) => sum + each.calls, 0);
    return { clients: this.#clients.size, denied: this.#denied.size, commits: { groups, writes } };
  }

  recallClient(issuer: string, client_id: string): Client | undefined {
    if (performance.now() - this.#followedAt > this.#tolerance) return undefined;
    return this.#clients.get(`${issuer} ${client_id}`);
  }

  async findClient(issuer: string, client_id: string): Promise<Client | undefined> {
    const seen = this.#seen;
    const client = await this.#clientReads.call({ issuer, client_id });
    // What the feed has moved past in the meantime may be old already.
    if (client !== undefined && seen === this.#seen) this.#clients.set(`${issuer} ${client_id}`, client);
    return client;
  }

  async revokeToken(issuer: string, jti: string, expires_at: number): Promise<void> {
    await transact(this.db, async (transaction) => {
      await transaction
        .insertInto('revoked_tokens')
        .values({ issuer, jti, expires_at })
        .onConflict((conflict) => conflict.doNothing())
        .execute();
      await noteChange(transaction, 'token', issuer, jti, this.#now());
    });
    this.#denied.add(issuer, jti, expires_at);
  }

  isTokenRevoked(issuer: string, jti: string): boolean {
    return this.#denied.has(issuer, jti);
  }

  denials(issuer: string): Denials {
    return this.#denied.of(issuer);
  }

  findUser(id: string): Promise<User | undefined> {
    return this.#users.call(id);
  }

  findConsent(issuer: string, user_id: string, client_id: string): Promise<readonly string[] | undefined> {
    return findConsent(this.#reads, user_id, issuer, client_id);
  }

  rememberConsent(
    issuer: string,
    user_id: string,
    client_id: string,
    scope: readonly string[],
  ): Promise<boolean> {
    return rememberConsent(this.db, user_id, issuer, client_id, scope, this.#now());
  }

  createGrant(grant: UserGrant): Promise<boolean> {
    return grants.createGrant(this.db, grant);
  }

  redeemCode(redemption: CodeRedemption): Promise<UsedGrant | undefined> {
    return this.#redemptions.call(redemption);
  }

  advanceRefreshToken(advance: RefreshTokenAdvance): Promise<UsedGrant | undefined> {
    return this.#advances.call(advance);
  }

  /** SQLite is never away: what it cannot do fails, and has not been done. */
  awayWithin(ms: number): number {
    return postgresOf(this.db)?.awayWithin(ms) ?? 0;
  }

  findGrant(issuer: string, id: string): Promise<UserGrant | undefined> {
    return this.#grants.call({ issuer, id });
  }

  async revokeGrant(issuer: string, id: string): Promise<boolean> {
    const until = await grants.revokeGrant(this.db, issuer, id, this.#now());
    if (until !== undefined) this.#denied.add(issuer, id, until);
    return until !== undefined;
  }

  /** Whether any client of an issuer has a secret under a slow hash. */
  holdsSlowHash(issuer: string): boolean {
    return this.#slowHashes.has(issuer);
  }

  /** Catches up with what other processes, or this one, have changed. */
  async follow(): Promise<readonly Change[]> {
    const began = performance.now();
    const rows = await this.#reads
      .selectFrom('changes')
      .selectAll()
      .where('seq', '>=', this.#seen)
      .orderBy('seq')
      .$castTo<Change & { readonly seq: number }>()
      .execute();
    const changes = rows.filter(({ seq }) => seq > this.#seen);
    // The last one seen is still there, unless this follower slept until it was swept, or the database was set back
    // to an older copy. Then it starts afresh.
    const next = this.#seen === 0 ? 1 : this.#seen;
    if (rows[0] === undefined ? this.#seen > 0 : rows[0].seq !== next) {
      await this.load();
      return [
        { topic: 'issuer', issuer: '', subject: '' },
        { topic: 'key', issuer: '', subject: '' },
      ];
    }
    // First what may fail: a change counts as seen when all of it has been.
    await this.#denied.learn(changes.filter(({ topic }) => topic === 'token'));
    if (changes.some(({ topic }) => topic === 'client')) await this.#loadSlowHashes();
    this.#seen = changes.at(-1)?.seq ?? this.#seen;
    for (const change of changes)
      if (change.topic === 'client') this.#clients.delete(`${change.issuer} ${change.subject}`);
    this.#followedAt = began;
    return changes;
  }

  async listKeys(): Promise<readonly StoredKey[]> {
    const rows = await this.#reads
      .selectFrom('signing_keys')
      .selectAll()
      .orderBy('sequence', 'desc')
      .execute();
    return rows as readonly StoredKey[];
  }

  async addKey(key: StoredKey, leeway: number): Promise<boolean> {
    return transact(this.db, async (transaction) => {
      const { numInsertedOrUpdatedRows } = await transaction
        .insertInto('signing_keys')
        .values(key)
        .onConflict((conflict) => conflict.columns(['issuer', 'sequence']).doNothing())
        .executeTakeFirst();
      if (numInsertedOrUpdatedRows !== 1n) return false;
      await transaction
        .updateTable('signing_keys')
        .set(({ eb, cast }) => ({
          retires_at: key.activates_at,
          expires_at: eb(
            eb(cast<number>('token_lifetime', 'bigint'), '*', 1000),
            '+',
            key.activates_at + leeway,
          ),
        }))
        .where('issuer', '=', key.issuer)
        .where('sequence', '<', key.sequence)
        .where(({ eb, or }) => or([eb('retires_at', 'is', null), eb('retires_at', '>', key.activates_at)]))
        .execute();
      await noteChange(transaction, 'key', key.issuer, key.kid, key.published_at);
      return true;
    });
  }

  async extendKeys(issuer: string, token_lifetime: number, leeway: number): Promise<void> {
    await transact(this.db, async (transaction) => {
      const { numUpdatedRows } = await transaction
        .updateTable('signing_keys')
        // Null, where it has no end yet, stays null.
        .set(({ eb, ref }) => ({
          token_lifetime,
          expires_at: eb(ref('retires_at'), '+', token_lifetime * 1000 + leeway),
        }))
        .where('issuer', '=', issuer)
        .where('token_lifetime', '<', token_lifetime)
        .where(({ eb, or }) => or([eb('retires_at', 'is', null), eb('retires_at', '>', this.#now())]))
        .executeTakeFirst();
      if (numUpdatedRows > 0n) await noteChange(transaction, 'key', issuer, '', this.#now());
    });
  }

  /** Ends a key that signs no more, at once. False where there is none such. */
  async revokeKey(issuer: string, kid: string, now: number): Promise<boolean> {
    return transact(this.db, async (transaction) => {
      const { numUpdatedRows } = await transaction
        .updateTable('signing_keys')
        .set({ expires_at: now })
        .where('issuer', '=', issuer)
        .where('kid', '=', kid)
        .where('retires_at', '<=', now)
        .executeTakeFirst();
      if (numUpdatedRows === 1n) await noteChange(transaction, 'key', issuer, kid, now);
      return numUpdatedRows === 1n;
    });
  }

  /** Forgets, in memory, revocations of what has long expired. */
  forgetExpired(): void {
    this.#denied.forgetExpired();
  }

  async #loadSlowHashes(): Promise<void> {
    const rows = await this.#reads
      .selectFrom('client_secrets')
      .select('issuer')
      .distinct()
      .where('kind', '=', 'argon2id')
      .execute();
    this.#slowHashes = new Set(rows.map(({ issuer }) => issuer));
  }
}
