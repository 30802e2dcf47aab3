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

  /** Throws `key_unknown`, `signature_wrong` or `keys_unavailable`. */
  async check(jws: CompactJws, header: JwsHeader): Promise<void> {
    const set = await this.current();
    const known = fitting(set, header);
    if (await madeBy(known, jws)) return;
    if (header.kid !== undefined && known.length > 0) throw wrong();
    // Its key may be new. Of a token without a kid, a wrong signature can mean that, too.
    const renewed = await this.#set.renew(coolDownMs).catch(() => set);
    const found = fitting(renewed, header);
    if (renewed !== set && (await madeBy(found, jws))) return;
    throw found.length === 0 ? unknown() : wrong();
  }
}

const fitting = ({ keys }: KeySet, { alg, kid }: JwsHeader): readonly Key[] =>
  keys.filter((key) => key.alg === alg && (kid === undefined || key.kid === kid));

async function madeBy(keys: readonly Key[], jws: CompactJws): Promise<boolean> {
  for (const { check } of keys) if (await check(jws)) return true;
  return false;
}

const unknown = () =>
  new VerifierError('key_unknown', 'No key of the issuer has this kid: get a new token from the issuer.');
const wrong = () =>
  new VerifierError('signature_wrong', 'The signature is wrong: send the token as it was issued.');
