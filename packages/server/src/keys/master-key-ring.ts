// The master keys that are in use: one, or two while a new one takes the place of the old one (docs/decisions/0023), and of
// earlier ones the keys that stored hashes were made with.

import { createSecretKey, type KeyObject } from 'node:crypto';
import { type StoredRing, UsageError } from '../model.ts';
import {
  type HashKey,
  type HashPurpose,
  hashKeyId,
  hashPurposes,
  type MasterKey,
  openMasterKey,
  type SingleMasterKey,
} from './master-key.ts';

/** Hash keys of a master key that is gone, base64 by purpose. */
interface OlderHashes {
  readonly id: string;
  readonly keys: Readonly<Record<HashPurpose, string>>;
}

interface State {
  readonly current: SingleMasterKey;
  readonly next?: SingleMasterKey | undefined;
  readonly activates_at: number;
  readonly older: readonly OlderHashes[];
}

const hashesContext = 'hash keys';

export class MasterKeyRing implements MasterKey {
  #state: State;
  readonly #now: () => number;
  /** Derived keys, until the ring changes. */
  #derived = new Map<string, readonly KeyObject[] | readonly HashKey[]>();

  /** `configured` alone, until `load` says more. */
  constructor(configured: SingleMasterKey, now: () => number) {
    this.#state = { current: configured, activates_at: 0, older: [] };
    this.#now = now;
  }

  /** Takes over what the database knows. UsageError where none of the keys that are here is among its. */
  load(stored: StoredRing, database: string): void {
    const known = [this.#state.current, ...(this.#state.next ? [this.#state.next] : [])];
    const find = (check: string | undefined) => known.find(({ checkValue }) => checkValue === check);
    const { rotation } = stored;
    let [current, next] = [find(stored.check), find(rotation?.check)];
    if (rotation !== undefined && current === undefined && next !== undefined)
      current = openMasterKey(rotation.previous, next);
    if (rotation !== undefined && current !== undefined) next ??= openMasterKey(rotation.next, current);
    if (current === undefined)
      throw new UsageError(`master key: it is not the one that ${database} was made with`);
    const sealed = stored.hashes;
    const older =
      sealed === undefined ? [] : JSON.parse((next ?? current).open(sealed, hashesContext).toString());
    this.#state = { current, next, activates_at: rotation?.activates_at ?? 0, older };
    this.#derived = new Map();
  }

  /** Whether `key` is the one that stays: the new one while there are two. */
  isNewest = (key: SingleMasterKey): boolean => key.checkValue === this.#newest.checkValue;

  /** Whether something is stored that `key` has hashed, or may be. */
  hasUsed = (key: SingleMasterKey): boolean =>
    this.hashKeys('password').some(({ id }) => id === hashKeyId(key.checkValue));

  get rotating(): boolean {
    return this.#state.next !== undefined;
  }

  /** Epoch milliseconds: from when on the new key is used. */
  get activates_at(): number {
    return this.#state.activates_at;
  }

  /** What the database is to know from the beginning of a rotation on. */
  withNext(next: SingleMasterKey, activates_at: number): StoredRing {
    const { current, older } = this.#state;
    return {
      check: current.checkValue,
      rotation: {
        ...{ check: next.checkValue, activates_at },
        ...{ next: next.sealUnder(current), previous: current.sealUnder(next) },
      },
      hashes: sealHashes(older, next),
    };
  }

  /** What the database is to know once the old key is gone. */
  withoutPrevious(): StoredRing {
    const { current, next, older } = this.#state;
    if (next === undefined) throw new Error('no new master key is in use');
    return { check: next.checkValue, hashes: sealHashes([...older, hashesOf(current)], next) };
  }

  seal(plain: Buffer, context: string): string {
    return this.#making.seal(plain, context);
  }

  open(sealed: string, context: string): Buffer {
    const { current, next } = this.#state;
    if (next === undefined) return current.open(sealed, context);
    try {
      return next.open(sealed, context);
    } catch {
      return current.open(sealed, context);
    }
  }

  /** What was sealed, under the newest key; the same text where it is already. Throws as `open` does. */
  resealed(sealed: string, context: string): string {
    try {
      this.#newest.open(sealed, context);
      return sealed;
    } catch {
      return this.#newest.seal(this.open(sealed, context), context);
    }
  }

  macKeys(purpose: string): readonly KeyObject[] {
    const making = this.#making;
    return this.#derive(`mac ${making.checkValue} ${purpose}`, () => {
      const { current, next } = this.#state;
      const other = making === current ? next : current;
      return [making, ...(other ? [other] : [])].map((key) => key.hmacKey(purpose));
    });
  }

  hashKeys(purpose: HashPurpose): readonly HashKey[] {
    const making = this.#making;
    return this.#derive(`hash ${making.checkValue} ${purpose}`, () => {
      const { current, next, older } = this.#state;
      const keyOf = (key: SingleMasterKey): HashKey => ({
        ...{ id: hashKeyId(key.checkValue), key: key.hmacKey(purpose) },
        makes: key === making,
      });
      return [
        ...older.map(({ id, keys }) => ({
          ...{ id, key: createSecretKey(Buffer.from(keys[purpose], 'base64')) },
          makes: false,
        })),
        keyOf(current),
        ...(next ? [keyOf(next)] : []),
      ];
    });
  }

  get #newest(): SingleMasterKey {
    return this.#state.next ?? this.#state.current;
  }

  get #making(): SingleMasterKey {
    const { current, next, activates_at } = this.#state;
    return next !== undefined && this.#now() >= activates_at ? next : current;
  }

  #derive<Keys extends readonly KeyObject[] | readonly HashKey[]>(name: string, make: () => Keys): Keys {
    const known = this.#derived.get(name) as Keys | undefined;
    if (known !== undefined) return known;
    const made = make();
    this.#derived.set(name, made);
    return made;
  }
}

function hashesOf(key: SingleMasterKey): OlderHashes {
  const keys = hashPurposes.map((purpose) => [purpose, key.hmacKey(purpose).export().toString('base64')]);
  return { id: hashKeyId(key.checkValue), keys: Object.fromEntries(keys) };
}

const sealHashes = (older: readonly OlderHashes[], by: SingleMasterKey): string | undefined =>
  older.length === 0 ? undefined : by.seal(Buffer.from(JSON.stringify(older)), hashesContext);
