// Client secrets (RFC 6749 §2.3.1): made, hashed and verified. Generated ones have a keyed hash, those that people chose an
// argon2id hash (docs/decisions/0003).

import { randomBytes, randomUUID, timingSafeEqual } from 'node:crypto';
import type { Client, ClientSecret, Dialect, SecretVerifier } from '@tessera-oauth/core';
import { LRUCache } from 'lru-cache';
import type { MasterKey } from '../keys/master-key.ts';
import { isStored, keyedHash, pepperOf, storedText, storedTexts } from '../keys/stored-hash.ts';
import { argon2id } from './argon2id.ts';
import { inTurn } from './slow-hash.ts';

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

  constructor(master: MasterKey, now: () => number, holdsSlowHash: (issuer: string) => boolean) {
    this.#master = master;
    this.#now = now;
    this.#holdsSlowHash = holdsSlowHash;
  }

  generate = generateSecret;

  hashGenerated = (secret: string): string => storedText(this.#keys, this.#digest(secret));

  /** Whether a stored hash is that of this secret, under whichever master key it was stored. */
  isGenerated = (secret: string, stored: string): boolean =>
    isStored(stored, storedTexts(this.#keys, this.#digest(secret)));

  hashChosen = async (issuer: string, client_id: string, secret: string): Promise<string> =>
    storedText(this.#keys, await this.#slowDigest(issuer, client_id, secret));

  verifyFast(client: Client | undefined, presented: string): ClientSecret | undefined {
    const digest = this.#digest(presented);
    const secret = this.#preferLive(this.#matchFast(client, digest));
    return secret !== undefined && this.#state(secret) === 'live' ? secret : undefined;
  }

  async verify(issuer: string, client: Client | undefined, presented: string, admit: () => void = () => {}) {
    const digest = this.#digest(presented);
    const matchFast = () => this.#preferLive(this.#matchFast(client, digest));
    const matchSlowly = async () => {
      // While this attempt waited, the same secret may have been verified, or others may have failed too often.
      const meanwhile = matchFast();
      if (meanwhile !== undefined) return meanwhile;
      admit();
      const texts = storedTexts(
        this.#keys,
        await this.#slowDigest(issuer, client?.client_id ?? '', presented),
      );
      const verified =
        client?.secrets.filter(({ kind, hash }) => kind === 'argon2id' && isStored(hash, texts)) ?? [];
      for (const { id } of verified) this.#verified.set(id, digest);
      return this.#preferLive(verified);
    };
    // Every refusal costs one slow hash. Otherwise its duration would tell which clients exist and which kind of secret
    // they have. What is known of the issuer may be older than the client, which may have its first slow hash.
    const slow =
      this.#holdsSlowHash(issuer) || client?.secrets.some(({ kind }) => kind === 'argon2id') === true;
    const match = matchFast() ?? (slow ? await inTurn('client', matchSlowly) : undefined);
    // By fast means alone, and of an unknown client too: a second slow hash would be a second guess for the price of one.
    const trimmed = presented.trim() === presented ? undefined : this.verifyFast(client, presented.trim());
    if (client === undefined) return { reason: 'client_unknown' as const };
    if (match === undefined)
      return {
        reason: 'secret_wrong' as const,
        ...(trimmed !== undefined && { cause: 'right without the white space around it' }),
      };
    const state = this.#state(match);
    return state === 'live' ? { secret: match } : { reason: state };
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
