// Asks the server whether a token is still active (RFC 7662 §2), and caches each answer for some seconds.

import { BoundedCache } from './bounded-cache.ts';
import type { RevocationCheck, RevocationContext } from './revocation-check.ts';
import { requestServer } from './server-documents.ts';
import { VerifierError } from './verifier-error.ts';

/** Revoked tokens are known by asking the server's introspection endpoint (RFC 7662). */
export interface IntrospectionOptions {
  /** Selects introspection. */
  readonly by: 'introspection';
  /** The id of a client that may introspect the tokens of other clients (`--introspection any`). */
  readonly client_id: string;
  /** The secret of that client; it is sent as HTTP Basic (RFC 6749 §2.3.1). */
  readonly client_secret: string;
  /** Seconds for which an answer is used again: how late a revocation takes effect here. 10 by default. */
  readonly keep?: number;
}

interface Answer {
  readonly revoked: Promise<boolean>;
  /** By `performance.now()`. */
  readonly until: number;
}

export function revokedByIntrospection(
  { keep = 10, ...client }: IntrospectionOptions,
  context: RevocationContext,
): RevocationCheck {
  const answers = new BoundedCache<Answer>(Math.max(context.cacheSize, 2));
  return (_verified, token, hash) => {
    const known = answers.get(hash);
    if (known !== undefined && performance.now() < known.until) return known.revoked;
    const revoked = introspect(token, client, context);
    answers.set(hash, { revoked, until: performance.now() + keep * 1000 });
    // A failure is not cached: the next request asks again.
    revoked.catch(() => answers.delete(hash));
    return revoked;
  };
}

async function introspect(
  token: string,
  { client_id, client_secret }: Pick<IntrospectionOptions, 'client_id' | 'client_secret'>,
  { fetch, keys }: RevocationContext,
): Promise<boolean> {
  try {
    const { introspection_endpoint } = await keys.metadata.get();
    if (introspection_endpoint === undefined) throw new Error('the metadata has no introspection_endpoint');
    // RFC 6749 §2.3.1: each half is encoded as in a form.
    const [id, secret] = [client_id, client_secret].map((half) =>
      new URLSearchParams({ half }).toString().slice(5),
    );
    const response = await requestServer(fetch, introspection_endpoint, {
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
