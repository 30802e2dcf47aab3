// The keyring: the signing keys of every issuer in memory (RFC 7517). Keys are made, published and rotated while the
// server runs.

import { createPrivateKey, createPublicKey, generateKeyPair, hash, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import type { Issuer, Keys, SigningKey, VerificationKey } from '@tessera-oauth/core';
import { calculateJwkThumbprint, type JWK } from 'jose';
import type { KeyStore, StoredKey } from '../model.ts';
import { algorithms, type SigningWatch, signer } from './algorithms.ts';
import { clockLeeway, keyState, publicationLead } from './key-state.ts';
import type { MasterKey } from './master-key.ts';

type IssuerKeys = Pick<Issuer, 'name' | 'signing_alg' | 'access_token_lifetime'>;

/** A key with its private key unsealed. */
interface LoadedKey extends SigningKey {
  readonly stored: StoredKey;
}

interface KeySet {
  readonly keys: readonly LoadedKey[];
  readonly jwks: { readonly json: string; readonly etag: string };
}

const generate = promisify(generateKeyPair) as (
  type: string,
  options: object,
) => Promise<{ publicKey: KeyObject; privateKey: KeyObject }>;

export class Keyring implements Keys {
  readonly #store: KeyStore;
  readonly #master: MasterKey;
  readonly #now: () => number;
  readonly #watch: ((alg: string) => SigningWatch) | undefined;
  /** By kid. A key that is already here is not unsealed again. */
  #loaded = new Map<string, LoadedKey>();
  #sets = new Map<string, KeySet>();
  /** When the next key changes its state (epoch milliseconds); until then the sets are right. */
  #validUntil = 0;

  constructor(store: KeyStore, master: MasterKey, now: () => number, watch?: (alg: string) => SigningWatch) {
    this.#store = store;
    this.#master = master;
    this.#now = now;
    this.#watch = watch;
  }

  /** Reads the keys from the database. Throws where one cannot be unsealed with this master key. */
  async load(): Promise<void> {
    const loaded = new Map<string, LoadedKey>();
    for (const stored of await this.#store.listKeys()) {
      const known = this.#loaded.get(stored.kid);
      loaded.set(stored.kid, known === undefined ? this.#open(stored) : { ...known, stored });
    }
    this.#loaded = loaded;
    this.#arrange();
  }

  /** All keys in memory, retired ones included. */
  list(): readonly Pick<StoredKey, 'issuer' | 'alg' | 'activates_at' | 'retires_at' | 'expires_at'>[] {
    return [...this.#loaded.values()].map(({ stored }) => stored);
  }

  /**
   * Makes the keys that are missing: the first of an issuer, the successor of one that is older than `period`
   * milliseconds, or one for an algorithm that has changed.
   */
  async maintain(issuers: readonly IssuerKeys[], period: number): Promise<void> {
    const changed = await Promise.all(issuers.map((issuer) => this.#maintainIssuer(issuer, period)));
    if (changed.includes(true)) await this.load();
  }

  /**
   * Makes a new key that signs from `activates_at` (epoch milliseconds): now where the old key is compromised, else after
   * `publicationLead`. `add` stores it. Undefined where another process has made one at the same moment.
   */
  async rotate(
    issuer: IssuerKeys,
    activates_at: number,
    add = (key: StoredKey) => this.#store.addKey(key, clockLeeway),
  ): Promise<StoredKey | undefined> {
    const latest = this.#latest(issuer.name);
    const key = await this.#make(issuer, (latest?.sequence ?? 0) + 1, activates_at);
    const added = await add(key);
    await this.load();
    return added ? key : undefined;
  }

  signingKey(issuer: string): SigningKey {
    const [active] = this.#set(issuer).keys;
    if (active === undefined) throw new Error(`issuer ${issuer} has no signing key`);
    return active;
  }

  verificationKeys(issuer: string): readonly VerificationKey[] {
    return this.#set(issuer).keys;
  }

  jwks(issuer: string) {
    return this.#set(issuer).jwks;
  }

  #set(issuer: string): KeySet {
    if (this.#now() >= this.#validUntil) this.#arrange();
    return this.#sets.get(issuer) ?? { keys: [], jwks: publish([]) };
  }

  /** Builds the key set of each issuer from the states of its keys; the active key is the first. */
  #arrange(): void {
    const now = this.#now();
    const sets = new Map<string, LoadedKey[]>();
    let validUntil = Number.POSITIVE_INFINITY;
    for (const key of this.#loaded.values()) {
      const { issuer, activates_at, retires_at, expires_at } = key.stored;
      for (const time of [activates_at, retires_at, expires_at]) {
        if (time !== null && time > now) validUntil = Math.min(validUntil, time);
      }
      if (keyState(key.stored, now) !== 'retired') sets.set(issuer, [...(sets.get(issuer) ?? []), key]);
    }
    const order = ['active', 'published', 'retiring', 'retired'];
    const rank = ({ stored }: LoadedKey) => order.indexOf(keyState(stored, now));
    this.#sets = new Map(
      [...sets].map(([issuer, keys]) => {
        keys.sort((a, b) => rank(a) - rank(b) || b.stored.sequence - a.stored.sequence);
        return [issuer, { keys, jwks: publish(keys) }];
      }),
    );
    this.#validUntil = validUntil;
  }

  #latest(issuer: string): StoredKey | undefined {
    const keys = [...this.#loaded.values()]
      .map(({ stored }) => stored)
      .filter((key) => key.issuer === issuer);
    return keys.sort((a, b) => b.sequence - a.sequence)[0];
  }

  /** True where the keys in the database may have changed, by this process or by another at the same moment. */
  async #maintainIssuer(issuer: IssuerKeys, period: number): Promise<boolean> {
    const now = this.#now();
    const latest = this.#latest(issuer.name);
    if (latest === undefined) {
      await this.#store.addKey(await this.#make(issuer, 1, now), clockLeeway);
      return true;
    }
    const tokensLiveLonger = latest.token_lifetime < issuer.access_token_lifetime;
    if (tokensLiveLonger)
      await this.#store.extendKeys(issuer.name, issuer.access_token_lifetime, clockLeeway);
    const due = latest.alg === issuer.signing_alg ? latest.activates_at + period : now;
    if (due - publicationLead > now) return tokensLiveLonger;
    const activates_at = Math.max(due, now + publicationLead);
    await this.#store.addKey(await this.#make(issuer, latest.sequence + 1, activates_at), clockLeeway);
    return true;
  }

  async #make(issuer: IssuerKeys, sequence: number, activates_at: number): Promise<StoredKey> {
    const { type, options } = algorithms[issuer.signing_alg].generation;
    const { publicKey, privateKey } = await generate(type, options);
    const jwk = publicKey.export({ format: 'jwk' }) as JWK;
    const kid = await calculateJwkThumbprint(jwk);
    return {
      kid,
      issuer: issuer.name,
      sequence,
      alg: issuer.signing_alg,
      public_jwk: JSON.stringify({ ...jwk, kid, alg: issuer.signing_alg, use: 'sig' }),
      sealed_private_key: this.#master.seal(
        privateKey.export({ format: 'der', type: 'pkcs8' }),
        `${issuer.name}/${kid}`,
      ),
      published_at: this.#now(),
      activates_at,
      retires_at: null,
      expires_at: null,
      token_lifetime: issuer.access_token_lifetime,
    };
  }

  #open(stored: StoredKey): LoadedKey {
    const der = this.#master.open(stored.sealed_private_key, `${stored.issuer}/${stored.kid}`);
    const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
    return {
      stored,
      kid: stored.kid,
      alg: stored.alg,
      publicKey: createPublicKey(privateKey),
      sign: signer(stored.alg, privateKey, this.#watch?.(stored.alg)),
    };
  }
}

function publish(keys: readonly LoadedKey[]) {
  const json = `{"keys":[${keys.map(({ stored }) => stored.public_jwk).join(',')}]}`;
  return { json, etag: `"${hash('sha256', json, 'base64url').slice(0, 22)}"` };
}
