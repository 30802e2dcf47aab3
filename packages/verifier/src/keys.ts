// Which key has signed a token: found in the key set, which is fetched anew for a key that is not in it.

import type { CompactJws, JwsHeader } from './compact-jws.ts';
import type { Algorithm, Engine } from './engine.ts';
import { Kept } from './kept.ts';
import { type Key, type KeySet, loadKeys, loadMetadata, type ServerMetadata } from './server-documents.ts';
import { VerifierError } from './verifier-error.ts';

/** A server publishes a key ten minutes before it signs, and lets key sets be kept for five. */
const keeping = { fresh: 600_000, tolerance: Number.POSITIVE_INFINITY };
/** Milliseconds between two fetches that unknown keys can bring about. */
const coolDownMs = 10_000;

export class Keys {
  readonly metadata: Kept<ServerMetadata>;
  readonly #set: Kept<KeySet>;

  constructor(
    fetch: typeof globalThis.fetch,
    issuer: string,
    algorithms: readonly Algorithm[],
    engine: Engine,
  ) {
    this.metadata = new Kept(() => loadMetadata(fetch, issuer), keeping);
    this.#set = new Kept(async (before) => {
      const { jwks_uri } = await this.metadata.get();
      return loadKeys(fetch, jwks_uri, algorithms, engine, before);
    }, keeping);
  }

  /** Another object where something has changed. */
  current(): KeySet | Promise<KeySet> {
    return this.#set.get();
  }

  /** By the current set. Throws, or rejects with, `key_unknown` or `signature_wrong`. Waits only where it has to. */
  check(set: KeySet, jws: CompactJws, header: JwsHeader): void | Promise<void> {
    const made = madeBy(set, jws, header);
    return made === true ? undefined : this.#checkAnew(set, made, jws, header);
  }

  async #checkAnew(
    set: KeySet,
    made: boolean | Promise<boolean>,
    jws: CompactJws,
    header: JwsHeader,
  ): Promise<void> {
    if (await made) return;
    const known = (keys: KeySet) => keys.keys.some((key) => fits(key, header));
    if (header.kid !== undefined && known(set)) throw wrong();
    // Its key may be new. Of a token without a kid, a wrong signature can mean that, too.
    const renewed = await this.#set.renew(coolDownMs).catch(() => set);
    if (renewed !== set && (await madeBy(renewed, jws, header))) return;
    throw known(renewed) ? wrong() : unknown();
  }
}

const fits = (key: Key, { alg, kid }: JwsHeader): boolean =>
  key.alg === alg && (kid === undefined || key.kid === kid);

/** Whether one of the keys has made the signature, tried one after the other from the one at `index` on. */
function madeBy(set: KeySet, jws: CompactJws, header: JwsHeader, index = 0): boolean | Promise<boolean> {
  for (let at = index; at < set.keys.length; at++) {
    const key = set.keys[at];
    if (key === undefined || !fits(key, header)) continue;
    const made = key.check(jws);
    if (made === true) return true;
    if (made !== false) return made.then((yes) => yes || madeBy(set, jws, header, at + 1));
  }
  return false;
}

const unknown = () =>
  new VerifierError('key_unknown', 'No key of the issuer has this kid: get a new token from the issuer.');
const wrong = () =>
  new VerifierError('signature_wrong', 'The signature is wrong: send the token as it was issued.');
