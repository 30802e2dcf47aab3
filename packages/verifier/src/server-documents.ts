// What the authorization server publishes: its metadata (RFC 8414 §3) and its key set (RFC 7517 §5).

import type { JWK } from 'jose';
import type { Algorithm, Check, Engine } from './engine.ts';
import { keyFault } from './key-fault.ts';
import { type Logger, report } from './logger.ts';
import { isLoopbackHost } from './loopback.ts';
import { VerifierError } from './verifier-error.ts';

export interface ServerMetadata {
  readonly jwks_uri: string;
  readonly introspection_endpoint?: string;
  /** Tessera's own extension (docs/verifying-tokens.md). */
  readonly tessera_deny_list_uri?: string;
  /** The same, as servers of before the first release name it. */
  readonly deny_list_uri?: string;
}

export interface Key {
  readonly kid: string | undefined;
  readonly alg: Algorithm;
  readonly check: Check;
}

export interface KeySet {
  readonly keys: readonly Key[];
  /** The document as it was published. */
  readonly text: string;
}

/** Milliseconds for an answer of the server. */
const timeoutMs = 5000;

/** Gives an answer with an `expected` status; throws an Error that names URL and status for any other. */
export async function requestServer(
  fetch: typeof globalThis.fetch,
  url: string,
  init: RequestInit = {},
  expected: readonly number[] = [200],
): Promise<Response> {
  requireSecure(url);
  // A redirect could lead to a server that nobody has configured.
  const options = { ...init, redirect: 'manual' as const, signal: AbortSignal.timeout(timeoutMs) };
  const response = await fetch(url, options);
  if (expected.includes(response.status)) return response;
  await response.body?.cancel();
  throw new Error(`${url} answered ${response.status}`);
}

/** Throws a TypeError unless it is a URL with https, or with http on a loopback address. */
export function requireSecure(url: string): void {
  const { protocol, hostname } = new URL(url);
  if (protocol !== 'https:' && !(protocol === 'http:' && isLoopbackHost(hostname)))
    throw new TypeError(`${url}: expected https, or http on a loopback address`);
}

/** RFC 8414 §3.1: the well-known part goes between host and path, which loses a slash at its end. */
const metadataUrl = (issuer: string): string => {
  const { origin, pathname } = new URL(issuer);
  return `${origin}/.well-known/oauth-authorization-server${pathname.replace(/\/$/, '')}`;
};

export async function loadMetadata(fetch: typeof globalThis.fetch, issuer: string): Promise<ServerMetadata> {
  try {
    const response = await requestServer(fetch, metadataUrl(issuer));
    const metadata = (await response.json()) as ServerMetadata & { readonly issuer?: string };
    // RFC 8414 §3.3: the issuer MUST be identical.
    if (metadata.issuer !== issuer) throw new Error(`${metadataUrl(issuer)} is of another issuer`);
    if (typeof metadata.jwks_uri !== 'string') throw new Error(`${metadataUrl(issuer)} has no jwks_uri`);
    return metadata;
  } catch (cause) {
    throw unavailable(`The metadata of ${issuer} cannot be had`, cause);
  }
}

/** What a key set is fetched and read with. */
export interface KeySetContext {
  readonly fetch: typeof globalThis.fetch;
  readonly algorithms: readonly Algorithm[];
  readonly engine: Engine;
  readonly logger: Logger;
}

export async function loadKeys(
  jwks_uri: string,
  context: KeySetContext,
  before: KeySet | undefined,
): Promise<KeySet> {
  const { fetch, algorithms } = context;
  try {
    const text = await (await requestServer(fetch, jwks_uri)).text();
    // The same object while nothing has changed: tokens that were verified by it stay in the verifier's cache.
    if (text === before?.text) return before;
    const { keys: published } = JSON.parse(text) as { keys: JWK[] };
    const keys = (await Promise.all(published.map((jwk) => readKey(jwk, context)))).flat();
    if (keys.length === 0) throw new Error(`${jwks_uri} has no key for ${algorithms.join(', ')}`);
    return { keys, text };
  } catch (cause) {
    throw unavailable(`The key set ${jwks_uri} cannot be had`, cause);
  }
}

const families = {
  ES256: { kty: 'EC', crv: 'P-256' },
  RS256: { kty: 'RSA', crv: undefined },
  PS256: { kty: 'RSA', crv: undefined },
  RS512: { kty: 'RSA', crv: undefined },
  EdDSA: { kty: 'OKP', crv: 'Ed25519' },
} as const;

/** A key for each algorithm that it may be used with. RFC 7517 §5: one that is not understood is passed over. */
async function readKey(jwk: JWK, { algorithms, engine, logger }: KeySetContext): Promise<Key[]> {
  try {
    const { kty, crv, n, e, x, y, kid } = jwk;
    if (jwk.use !== undefined && jwk.use !== 'sig') return [];
    if (jwk.key_ops !== undefined && !jwk.key_ops.includes('verify')) return [];
    const fitting = algorithms.filter(
      (alg) =>
        families[alg].kty === kty && families[alg].crv === crv && (jwk.alg === undefined || jwk.alg === alg),
    );
    if (fitting.length === 0) return [];
    const fault = keyFault(jwk);
    if (fault !== undefined) {
      report(logger, 'warn', `the key ${JSON.stringify(kid)} of the key set is not used: ${fault}`);
      return [];
    }
    const bare = Object.fromEntries(
      Object.entries({ kty, crv, n, e, x, y }).filter(([, member]) => member !== undefined),
    ) as JWK;
    return await Promise.all(
      fitting.map(async (alg) => ({ kid, alg, check: await engine.check(bare, alg) })),
    );
  } catch {
    return [];
  }
}

const unavailable = (what: string, cause: unknown) =>
  new VerifierError('keys_unavailable', `${what}: see whether the server can be reached.`, { cause });
