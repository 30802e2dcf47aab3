// Which key has signed a token: found in the key set (RFC 7517 §5), which is fetched anew for a key that is not in it.

import { CachedDocument } from './cached-document.ts';
import type { CompactJws, JwsHeader } from './compact-jws.ts';
import {
  type Key,
  type KeySet,
  type KeySetContext,
  loadKeys,
  loadMetadata,
  type ServerMetadata,
} from './server-documents.ts';
import { VerifierError } from './verifier-error.ts';

/** Milliseconds. A server publishes a key ten minutes before it signs, and allows caching a key set for five. */
const longestAge = 600_000;
/** Milliseconds between two fetches that tokens with unknown keys can cause. */
const coolDownMs = 10_000;

export interface KeysContext extends KeySetContext {
  readonly issuer: string;
  /** Seconds for which metadata and keys are used since they were last confirmed. */
  readonly keyTolerance: number;
}

export class Keys {
  readonly metadata: CachedDocument<ServerMetadata>;
  readonly #set: CachedDocument<KeySet>;

  constructor({ issuer, fetch, keyTolerance, logger, ...rest }: KeysContext) {
    const staleIfError = keyTolerance * 1000;
    const times = { maxAge: Math.min(longestAge, staleIfError), staleIfError };
    const log = (name: string) => ({ name: `the ${name} of ${issuer}`, logger });
    this.metadata = new CachedDocument(() => loadMetadata(fetch, issuer), times, log('metadata'));
    const load = async (before: KeySet | undefined) => {
      const { jwks_uri } = await this.metadata.get();
      return loadKeys(jwks_uri, { fetch, logger, ...rest }, before);
    };
    this.#set = new CachedDocument(load, times, log('key set'));
  }

  /** The same object until the key set has changed. */
  current(): KeySet | Promise<KeySet> {
    return this.#set.get();
  }

  /** Throws, or rejects with, `key_unknown` or `signature_wrong`. A promise only if it must be waited for. */
  check(set: KeySet, jws: CompactJws, header: JwsHeader): void | Promise<void> {
    const verified = signedBy(set, jws, header);
    return verified === true ? undefined : this.#checkWithNewKeys(set, verified, jws, header);
  }

  async #checkWithNewKeys(
    set: KeySet,
    verified: boolean | Promise<boolean>,
    jws: CompactJws,
    header: JwsHeader,
  ): Promise<void> {
    if (await verified) return;
    const known = (keys: KeySet) => keys.keys.some((key) => fits(key, header));
    if (header.kid !== undefined && known(set)) throw wrong();
    // The key may be new. Without a kid, a wrong signature can mean that, too.
    const newSet = await this.#set.refresh(coolDownMs).catch(() => set);
    if (newSet !== set && (await signedBy(newSet, jws, header))) return;
    throw known(newSet) ? wrong() : unknown();
  }
}

const fits = (key: Key, { alg, kid }: JwsHeader): boolean =>
  key.alg === alg && (kid === undefined || key.kid === kid);

/** Whether one of the keys has made the signature; they are tried in turn, from the one at `index` on. */
function signedBy(set: KeySet, jws: CompactJws, header: JwsHeader, index = 0): boolean | Promise<boolean> {
  for (let at = index; at < set.keys.length; at++) {
    const key = set.keys[at];
    if (key === undefined || !fits(key, header)) continue;
    const verified = key.check(jws);
    if (verified === true) return true;
    if (verified !== false) return verified.then((yes) => yes || signedBy(set, jws, header, at + 1));
  }
  return false;
}

const unknown = () =>
  new VerifierError('key_unknown', 'No key of the issuer has this kid: get a new token from the issuer.');
const wrong = () =>
  new VerifierError('signature_wrong', 'The signature is wrong: send the token as it was issued.');
