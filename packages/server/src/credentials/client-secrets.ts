// Client secrets (RFC 6749 §2.3.1): made, hashed and verified. Generated ones have a keyed hash, those that people chose an
// argon2id hash (docs/decisions/0003).

import { randomBytes, randomUUID, timingSafeEqual } from 'node:crypto';
import {
  type Client,
  type ClientSecret,
  clientIdHint,
  type Dialect,
  OAuthError,
  type PresentedSecret,
  type SecretVerifier,
} from '@tessera-oauth/core';
import { LRUCache } from 'lru-cache';
import type { MasterKey } from '../keys/master-key.ts';
import { isStored, keyedHash, pepperOf, storedText, storedTexts } from '../keys/stored-hash.ts';
import { argon2id } from './argon2id.ts';
import type { AttemptLimiter, Claim } from './attempt-limiter.ts';
import { day } from './attempt-rules.ts';
import { judgeGuess } from './guess.ts';
import { networkOf } from './network.ts';

/** A secret of at least 122 random bits: nobody guesses it, so a fast keyed hash protects it as well as a slow one. */
export const generateSecret = (shape: Dialect['credentials']['client_secret']): string =>
  shape === 'uuid' ? randomUUID() : randomBytes(32).toString('base64url');

const nobodys: ClientSecret = {
  id: '',
  kind: 'keyed',
  hash: randomBytes(32).toString('base64url'),
  expires_at: null,
  revoked_at: null,
};

export class ClientSecrets implements SecretVerifier {
  readonly #master: MasterKey;
  readonly #now: () => number;
  readonly #holdsSlowHash: (issuer: string) => boolean;
  /** The keyed hashes of secrets whose slow hash was verified before, by the secret's id. */
  readonly #verified = new LRUCache<string, Buffer>({ max: 10_000 });
  /** Where a client has shown a secret with a slow hash, and nobody was wrong in its name since: it is not asked for again. */
  readonly #admitted = new LRUCache<string, true>({ max: 10_000, ttl: day });
  readonly #attempts: AttemptLimiter;
  readonly #judging = new Map<string, Promise<ClientSecret | undefined>>();

  constructor(
    master: MasterKey,
    now: () => number,
    holdsSlowHash: (issuer: string) => boolean,
    attempts: AttemptLimiter,
  ) {
    this.#master = master;
    this.#now = now;
    this.#holdsSlowHash = holdsSlowHash;
    this.#attempts = attempts;
  }

  generate = generateSecret;

  hashGenerated = (secret: string): string => storedText(this.#keys, this.#digest(secret));

  /** Whether a stored hash is that of this secret, under whichever master key it was stored. */
  isGenerated = (secret: string, stored: string): boolean =>
    isStored(stored, storedTexts(this.#keys, this.#digest(secret)));

  hashChosen = async (issuer: string, client_id: string, secret: string): Promise<string> =>
    storedText(this.#keys, await this.#slowDigest(issuer, client_id, secret));

  verifyFast(presented: PresentedSecret, client: Client | undefined): ClientSecret | undefined {
    const secret = this.#preferLive(this.#matchFast(client, this.#digest(presented.secret)));
    if (secret === undefined || this.#state(secret) !== 'live') return undefined;
    // A generated secret that is right is nobody's guess, however many wrong ones came before it.
    return secret.kind === 'keyed' || this.#admitted.has(placeOf(presented)) ? secret : undefined;
  }

  async verify(presented: PresentedSecret, client: Client | undefined) {
    const match =
      this.#matchKeyed(client, this.#digest(presented.secret)) ??
      (await this.#matchSlowly(presented, client));
    // By fast means alone, and of an unknown client too: a second slow hash would be a second guess for the price of one.
    const secret = presented.secret.trim();
    const trimmed =
      secret === presented.secret ? undefined : this.verifyFast({ ...presented, secret }, client);
    if (client === undefined) return { reason: 'client_unknown' as const };
    if (match === undefined)
      return {
        reason: 'secret_wrong' as const,
        ...(trimmed !== undefined && { cause: 'right without the white space around it' }),
      };
    const state = this.#state(match);
    return state === 'live' ? { secret: match } : { reason: state };
  }

  /**
   * Every refusal costs one slow hash. Otherwise its duration would tell which clients exist and which kind of secret they
   * have. What is known of the issuer may be older than the client, which may have its first slow hash.
   */
  async #matchSlowly(
    presented: PresentedSecret,
    client: Client | undefined,
  ): Promise<ClientSecret | undefined> {
    const chosen = client?.secrets.filter(({ kind }) => kind === 'argon2id') ?? [];
    if (!this.#holdsSlowHash(presented.issuer) && chosen.length === 0) return undefined;
    // The same secret that comes many times at once, as after a restart, is one guess and needs one turn.
    const key = `${placeOf(presented)} ${this.#digest(presented.secret).toString('base64')}`;
    const judged = this.#judging.get(key) ?? this.#judge(presented, client, chosen);
    this.#judging.set(key, judged);
    return judged.finally(() => this.#judging.delete(key));
  }

  async #judge(
    presented: PresentedSecret,
    client: Client | undefined,
    chosen: readonly ClientSecret[],
  ): Promise<ClientSecret | undefined> {
    const { issuer, client_id, secret, address } = presented;
    const claim: Claim = {
      account: JSON.stringify(['client', issuer, client_id]),
      exists: client !== undefined,
      address,
    };
    const digest = this.#digest(secret);
    let match: ClientSecret | undefined;
    this.#admitted.delete(placeOf(presented));
    const verdict = await judgeGuess(this.#attempts, 'client', claim, async () => {
      // While this attempt waited, the same secret may have been verified.
      match = this.#preferLive(this.#matchFast(client, digest));
      if (match === undefined) {
        const texts = storedTexts(
          this.#keys,
          await this.#slowDigest(issuer, client?.client_id ?? '', secret),
        );
        const verified = chosen.filter(({ hash }) => isStored(hash, texts));
        for (const { id } of verified) this.#verified.set(id, digest);
        match = this.#preferLive(verified);
      }
      return match !== undefined && this.#state(match) === 'live';
    });
    if ('wait_seconds' in verdict) throw tooManyFailures(verdict.wait_seconds, client_id);
    if (verdict.right) this.#admitted.set(placeOf(presented), true);
    return match;
  }

  #matchKeyed(client: Client | undefined, digest: Buffer): ClientSecret | undefined {
    return this.#preferLive(this.#matchFast(client, digest)?.filter(({ kind }) => kind === 'keyed'));
  }

  /** The same secret may have been added twice: revoking one of the two does not revoke the other. */
  #preferLive(secrets: readonly ClientSecret[] = []): ClientSecret | undefined {
    return secrets.find((secret) => this.#state(secret) === 'live') ?? secrets[0];
  }

  #matchFast(client: Client | undefined, digest: Buffer): readonly ClientSecret[] | undefined {
    const texts = storedTexts(this.#keys, digest);
    // An unknown client has a secret too, which nothing is: to compare it costs what comparing any does.
    return (client?.secrets ?? [nobodys]).filter(({ id, kind, hash }) => {
      if (kind === 'keyed') return isStored(hash, texts);
      const verified = this.#verified.get(id);
      return verified !== undefined && timingSafeEqual(verified, digest);
    });
  }

  #state({ revoked_at, expires_at }: ClientSecret): 'live' | 'secret_revoked' | 'secret_expired' {
    if (revoked_at !== null) return 'secret_revoked';
    return expires_at !== null && expires_at <= this.#now() ? 'secret_expired' : 'live';
  }

  get #keys() {
    return this.#master.hashKeys('client secret');
  }

  #digest = (secret: string): Buffer => keyedHash(this.#keys, secret);

  /** The salt is derived from the client, so that one computation is enough for all of its secrets. */
  #slowDigest(issuer: string, client_id: string, secret: string): Promise<Buffer> {
    const salts = this.#master.hashKeys('client secret salt');
    const salt = keyedHash(salts, JSON.stringify([issuer, client_id])).subarray(0, 16);
    return argon2id(secret, salt, pepperOf(this.#keys));
  }
}

const placeOf = ({ issuer, client_id, address }: PresentedSecret): string =>
  `${issuer} ${networkOf(address)} ${client_id}`;

const tooManyFailures = (retry_after: number, client_id: string) =>
  new OAuthError(
    'temporarily_unavailable',
    'too_many_failures',
    'Too many failed attempts. Try again later.',
    { status: 429, retry_after, details: { client_id_hint: clientIdHint(client_id) } },
  );
