// The protocol's store: memory first, SQL behind it, and a feed of changes that keeps memory less than a second old.

import type {
  Client,
  CodeRedemption,
  ProtocolStore,
  RefreshTokenAdvance,
  Revocations,
  UsedGrant,
  User,
  UserGrant,
} from '@tessera-oauth/core';
import type { Kysely } from 'kysely';
import { LRUCache } from 'lru-cache';
import type { KeyStore, Peers, StoredKey } from '../model.ts';
import { RevocationList } from './revocation-list.ts';
import { Batch } from './sql/batch.ts';
import { postgresOf } from './sql/engine.ts';
import type { ChangeTopic, Schema } from './sql/schema.ts';
import { issuersWithSlowHashes } from './tables/client-secrets.ts';
import { type ClientName, findClients } from './tables/clients.ts';
import { findConsent, rememberConsent } from './tables/consents.ts';
import * as grants from './tables/grants.ts';
import { entryColumns, type RevokedOf, revokeToken } from './tables/revoked-tokens.ts';
import * as signingKeys from './tables/signing-keys.ts';
import { useOnce } from './tables/used-once.ts';
import { findUsers } from './tables/users.ts';

export interface Change {
  readonly topic: ChangeTopic;
  readonly issuer: string;
  readonly subject: string;
  /** Epoch milliseconds, by the clock of the server that made it; undefined where what changed is not known. */
  readonly at?: number;
}

/** Clients kept in memory; about 1 KiB each. */
const rememberedClients = 50_000;

/** The changes from a number on. It is asked five times a second, so it is built once. */
const feedFrom = (reads: Kysely<Schema>) =>
  reads.selectFrom('changes').selectAll().where('seq', '>=', 0).orderBy('seq').compile();

const idOf = ({ id }: { readonly id: string }) => id;

export class SqlStore implements ProtocolStore, KeyStore {
  /** Writes, and reads of those who write. */
  readonly db: Kysely<Schema>;
  /** Reads that must not wait for any writer. */
  readonly #reads: Kysely<Schema>;
  readonly #feed: ReturnType<typeof feedFrom>;
  readonly #redemptions: Batch<CodeRedemption, UsedGrant | undefined>;
  readonly #advances: Batch<RefreshTokenAdvance, UsedGrant | undefined>;
  readonly #clientReads: Batch<ClientName, Client | undefined>;
  readonly #grants: Batch<Pick<UserGrant, 'issuer' | 'id'>, UserGrant | undefined>;
  readonly #users: Batch<string, User | undefined>;
  readonly #now: () => number;
  readonly #clients = new LRUCache<string, Client>({ max: rememberedClients });
  readonly #revocations: RevocationList;
  #peers: Peers<Schema['revoked_tokens']> | undefined;
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
    this.#redemptions = new Batch((input) => grants.redeemCodes(db, input), idOf);
    this.#advances = new Batch((input) => grants.advanceRefreshTokens(db, input), idOf);
    this.#clientReads = new Batch((input) => findClients(reads, input));
    this.#grants = new Batch((input) => grants.findGrants(reads, input));
    this.#users = new Batch((ids) => findUsers(reads, ids));
    this.#reads = reads;
    this.#feed = feedFrom(reads);
    this.#revocations = new RevocationList(reads, now);
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
    await this.#revocations.load();
    await this.#loadSlowHashes();
    this.#followedAt = began;
  }

  /** What memory holds, and what was written in groups. */
  figures() {
    const written = [this.#redemptions.counted, this.#advances.counted];
    const groups = written.reduce((sum, each) => sum + each.groups, 0);
    const writes = written.reduce((sum, each) => sum + each.calls, 0);
    return { clients: this.#clients.size, revoked: this.#revocations.size, commits: { groups, writes } };
  }

  cachedClient(issuer: string, client_id: string): Client | undefined {
    if (performance.now() - this.#followedAt > this.#tolerance) return undefined;
    return this.#clients.get(`${issuer} ${client_id}`);
  }

  async findClient(issuer: string, client_id: string): Promise<Client | undefined> {
    const seen = this.#seen;
    const client = await this.#clientReads.call({ issuer, client_id });
    // What the feed has moved past in the meantime may be old already.
    if (client === undefined || seen !== this.#seen) return client;
    const key = `${issuer} ${client_id}`;
    // One that is as memory has it stays the same object: a refusal, which reads it again, ends no reuse of tokens
    // (docs/decisions/0028). Where memory has none, it is compared as well, for the time must not tell.
    const known = this.#clients.get(key) ?? client;
    const kept = JSON.stringify(known) === JSON.stringify(client) ? known : client;
    this.#clients.set(key, kept);
    return kept;
  }

  async revokeToken(issuer: string, jti: string, expires_at: number, of?: RevokedOf): Promise<void> {
    await revokeToken(this.db, issuer, jti, expires_at, of, this.#now());
    this.#revoked({ issuer, jti, expires_at, ...entryColumns(of) });
  }

  isTokenRevoked(issuer: string, jti: string): boolean {
    return this.#revocations.has(issuer, jti);
  }

  revokedBefore(issuer: string, client_id: string): number {
    return this.#revocations.revokedBefore(issuer, client_id);
  }

  revocations(issuer: string): Revocations {
    return this.#revocations.of(issuer);
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

  createVouchedGrant(grant: UserGrant): Promise<'created' | 'gone' | 'ended'> {
    return grants.createVouchedGrant(this.db, grant);
  }

  redeemCode(redemption: CodeRedemption): Promise<UsedGrant | undefined> {
    return this.#redemptions.call(redemption);
  }

  advanceRefreshToken(advance: RefreshTokenAdvance): Promise<UsedGrant | undefined> {
    return this.#advances.call(advance);
  }

  /** SQLite is never unavailable: what it cannot do fails, and has not been done. */
  unavailableWithin(ms: number): number {
    return postgresOf(this.db)?.unavailableWithin(ms) ?? 0;
  }

  findGrant(issuer: string, id: string): Promise<UserGrant | undefined> {
    return this.#grants.call({ issuer, id });
  }

  async revokeGrant(issuer: string, id: string): Promise<boolean> {
    const entry = await grants.revokeGrant(this.db, issuer, id, this.#now());
    if (entry !== undefined) this.#revoked(entry);
    return entry !== undefined;
  }

  useOnce(namespace: string, id: string, expires_at: number): Promise<boolean> {
    return useOnce(this.db, namespace, id, expires_at);
  }

  /** Tells the other workers of this machine what is revoked here, before the answer, and hears it of them. */
  revokeWith(peers: Peers<Schema['revoked_tokens']> | undefined): void {
    this.#peers = peers;
    peers?.hear((entry) => this.#revocations.add(entry));
  }

  #revoked(entry: Schema['revoked_tokens']): void {
    this.#revocations.add(entry);
    this.#peers?.tell(entry);
  }

  /** Whether any client of an issuer has a secret under a slow hash. */
  holdsSlowHash(issuer: string): boolean {
    return this.#slowHashes.has(issuer);
  }

  /** Catches up with what other processes, or this one, have changed. */
  async follow(): Promise<readonly Change[]> {
    const began = performance.now();
    const { rows } = await this.#reads.executeQuery<Change & { readonly seq: number }>({
      ...this.#feed,
      parameters: [this.#seen],
    });
    const changes = rows.filter(({ seq }) => seq > this.#seen);
    // The last one seen is still there, unless this follower slept until it was swept, or the database was set back
    // to an older copy. Then it starts afresh.
    const next = this.#seen === 0 ? 1 : this.#seen;
    if (rows[0] === undefined ? this.#seen > 0 : rows[0].seq !== next) {
      await this.load();
      return [
        { topic: 'issuer', issuer: '', subject: '' },
        { topic: 'key', issuer: '', subject: '' },
        { topic: 'master_key', issuer: '', subject: '' },
      ];
    }
    // First what may fail: a change counts as seen when all of it has been.
    await this.#revocations.learn(changes.filter(({ topic }) => topic === 'token'));
    if (changes.some(({ topic }) => topic === 'client')) await this.#loadSlowHashes();
    this.#seen = changes.at(-1)?.seq ?? this.#seen;
    for (const change of changes)
      if (change.topic === 'client') this.#clients.delete(`${change.issuer} ${change.subject}`);
    this.#followedAt = began;
    return changes;
  }

  listKeys(): Promise<readonly StoredKey[]> {
    return signingKeys.listKeys(this.#reads);
  }

  addKey(key: StoredKey, leeway: number): Promise<boolean> {
    return signingKeys.addKey(this.db, key, leeway);
  }

  extendKeys(issuer: string, token_lifetime: number, leeway: number): Promise<void> {
    return signingKeys.extendKeys(this.db, issuer, token_lifetime, leeway, this.#now());
  }

  /** Forgets, in memory, revocations of what has long expired. */
  forgetExpired(): void {
    this.#revocations.forgetExpired();
  }

  async #loadSlowHashes(): Promise<void> {
    this.#slowHashes = new Set(await issuersWithSlowHashes(this.#reads));
  }
}
