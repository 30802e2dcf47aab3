// Asks the server whether a token is still good (RFC 7662), once for all who ask in the next seconds.

import { BoundedCache } from './bounded-cache.ts';
import type { Keys } from './keys.ts';
import type { Denies } from './revocation-source.ts';
import { ask } from './server-documents.ts';
import { VerifierError } from './verifier-error.ts';

export interface IntrospectionOptions {
  readonly by: 'introspection';
  /** Of a client that may introspect the tokens of others (`--introspection any`). */
  readonly client_id: string;
  readonly client_secret: string;
  /** Seconds that an answer is believed for. 10 by default. */
  readonly keep?: number;
}

interface Answer {
  readonly denied: Promise<boolean>;
  readonly until: number;
}

export function deniedByIntrospection(
  { keep = 10, ...client }: IntrospectionOptions,
  { fetch, keys, cacheSize }: Pick<Source, 'fetch' | 'keys'> & { readonly cacheSize: number },
): Denies {
  const answers = new BoundedCache<Answer>(Math.max(cacheSize, 2));
  return (_verified, token, hash) => {
    const known = answers.get(hash);
    if (known !== undefined && performance.now() < known.until) return known.denied;
    const denied = introspect(token, { fetch, keys, ...client });
    answers.set(hash, { denied, until: performance.now() + keep * 1000 });
    // A failure is no answer: the next one asks again.
    denied.catch(() => answers.delete(hash));
    return denied;
  };
}

interface Source {
  readonly fetch: typeof globalThis.fetch;
  readonly keys: Keys;
  readonly client_id: string;
  readonly client_secret: string;
}

async function introspect(
  token: string,
  { fetch, keys, client_id, client_secret }: Source,
): Promise<boolean> {
  try {
    const { introspection_endpoint } = await keys.metadata.get();
    if (introspection_endpoint === undefined) throw new Error('the metadata has no introspection_endpoint');
    // RFC 6749 §2.3.1: each half is encoded as in a form.
    const [id, secret] = [client_id, client_secret].map((half) =>
      new URLSearchParams({ half }).toString().slice(5),
    );
    const response = await ask(fetch, introspection_endpoint, {
      method: 'POST',
      headers: { authorization: `Basic ${btoa(`${id}:${secret}`)}` },
      body: new URLSearchParams({ token, token_type_hint: 'access_token' }),
    });
    const { active } = (await response.json()) as { active?: unknown };
    if (typeof active !== 'boolean') throw new Error(`${introspection_endpoint} said neither yes nor no`);
    return !active;
  } catch (cause) {
    const message = 'The server cannot be asked whether the token is good: see whether it can be reached.';
    throw new VerifierError('revocation_unknown', message, { cause });
  }
}
