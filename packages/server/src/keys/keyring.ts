// The keyring: the signing keys of every issuer in memory (RFC 7517). Keys are made, published and rotated while the
// server runs.

import { createPrivateKey, createPublicKey, generateKeyPair, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import type { Keys, SigningAlgorithm, SigningKey, VerificationKey } from '@tessera-oauth/core';
import type { JWK } from 'jose';
import { calculateJwkThumbprint } from 'jose/jwk/thumbprint';
import type { KeyStore, StoredKey } from '../model.ts';
import { algorithms, type SigningWatch, signer } from './algorithms.ts';
import { type IssuerKeys, isOfLine, type KeyLine, linesOf, nextActivation } from './key-lines.ts';
import { type KeySet, keySetOf, type LoadedKey, type PublishedSet } from './key-set.ts';
import { clockLeeway, keyState } from './key-state.ts';
import type { MasterKey } from './master-key.ts';

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
  list(): readonly Pick<
    StoredKey,
    'issuer' | 'sequence' | 'alg' | 'activates_at' | 'retires_at' | 'expires_at'
  >[] {
    return [...this.#loaded.values()].map(({ stored }) => stored);
  }

  /**
   * Makes the keys that are missing, at the same time: the first of a line, the successor of one that is older than
   * `period` milliseconds, or one for an algorithm that has changed.
   */
  async maintain(issuers: readonly IssuerKeys[], period: number): Promise<void> {
    const changed = await Promise.all(
      issuers.flatMap((issuer) => linesOf(issuer).map((line) => this.#maintainLine(issuer, line, period))),
    );
    if (changed.includes(true)) await this.load();
  }

  /**
   * Makes a new key of `alg`, the access tokens' where it is left out, that signs from `activates_at` (epoch
   * milliseconds): now where the old key is compromised, else after `leadOf` the issuer. `add` stores it. Undefined where
   * another process has made one at the same moment.
   */
  async rotate(
    issuer: IssuerKeys,
    activates_at: number,
    alg = issuer.signing_alg,
    add = (key: StoredKey) => this.#store.addKey(key, clockLeeway),
  ): Promise<StoredKey | undefined> {
    const line = linesOf(issuer).find((each) => each.alg === alg);
    if (line === undefined) throw new Error(`issuer ${issuer.name} signs nothing by ${alg}`);
    const key = await this.#make(issuer, line, activates_at);
    const added = await add(key);
    await this.load();
    return added ? key : undefined;
  }

  signingKey(issuer: string, alg?: SigningAlgorithm): SigningKey {
    const { keys } = this.#set(issuer);
    // The line of ID tokens may be there first, where both are being made.
    const first = keys.find(({ stored }) => stored.sequence > 0);
    if (first === undefined) throw new Error(`issuer ${issuer} has no signing key`);
    if (alg === undefined || first.alg === alg) return first;
    const now = this.#now();
    return keys.find((key) => key.alg === alg && keyState(key.stored, now) === 'active') ?? first;
  }

  verificationKeys(issuer: string): readonly VerificationKey[] {
    return this.#set(issuer).keys;
  }

  jwks(issuer: string, kid = true): PublishedSet {
    const { jwks, withoutKid } = this.#set(issuer);
    return kid ? jwks : withoutKid;
  }

  #set(issuer: string): KeySet {
    if (this.#now() >= this.#validUntil) this.#arrange();
    return this.#sets.get(issuer) ?? keySetOf([]);
  }

  /** Builds the key set of each issuer from the states of its keys; the active key of access tokens is the first. */
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
        return [issuer, keySetOf(keys)];
      }),
    );
    this.#validUntil = validUntil;
  }

  /** The keys of a line, the newest first. */
  #line(issuer: string, line: KeyLine): StoredKey[] {
    const keys = [...this.#loaded.values()]
      .map(({ stored }) => stored)
      .filter((key) => key.issuer === issuer && isOfLine(key, line));
    return keys.sort((a, b) => b.sequence - a.sequence);
  }

  /** True where the keys in the database may have changed, by this process or by another at the same moment. */
  async #maintainLine(issuer: IssuerKeys, line: KeyLine, period: number): Promise<boolean> {
    const keys = this.#line(issuer.name, line);
    const tokensLiveLonger = (keys[0]?.token_lifetime ?? Infinity) < issuer.access_token_lifetime;
    if (tokensLiveLonger)
      await this.#store.extendKeys(issuer.name, issuer.access_token_lifetime, clockLeeway);
    const activates_at = nextActivation(keys, line, issuer, period, this.#now());
    if (activates_at === undefined) return tokensLiveLonger;
    await this.#store.addKey(await this.#make(issuer, line, activates_at), clockLeeway);
    return true;
  }

  async #make(issuer: IssuerKeys, line: KeyLine, activates_at: number): Promise<StoredKey> {
    const latest = this.#line(issuer.name, line)[0]?.sequence ?? line.first - 1;
    const { type, options } = algorithms[line.alg].generation;
    const { publicKey, privateKey } = await generate(type, options);
    const jwk = publicKey.export({ format: 'jwk' }) as JWK;
    const kid = await calculateJwkThumbprint(jwk);
    return {
      kid,
      issuer: issuer.name,
      sequence: latest + 1,
      alg: line.alg,
      public_jwk: JSON.stringify({ ...jwk, kid, alg: line.alg, use: 'sig' }),
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
    const { kid, alg } = stored;
    const der = this.#master.open(stored.sealed_private_key, `${stored.issuer}/${kid}`);
    const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
    const publicKey = createPublicKey(privateKey);
    return {
      stored,
      kid,
      alg,
      publicKey,
      // Not from the database, where nothing authenticates it.
      jwk: { ...(publicKey.export({ format: 'jwk' }) as JWK), kid, alg, use: 'sig' },
      sign: signer(alg, privateKey, this.#watch?.(alg)),
    };
  }
}
