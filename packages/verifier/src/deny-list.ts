// Tessera's deny-list (docs/verifying-tokens.md): a small signed document of tokens that were revoked before they expired.

import { CachedDocument } from './cached-document.ts';
import { readHeader, splitJws } from './compact-jws.ts';
import { readInSlices } from './deny-list-slices.ts';
import type { RevocationCheck, RevocationContext } from './revocation-check.ts';
import { requestServer } from './server-documents.ts';
import { VerifierError } from './verifier-error.ts';

/** Revoked tokens are known by the deny-list that the server publishes (`tessera_deny_list_uri` of its metadata). */
export interface DenyListOptions {
  /** Selects the deny-list. */
  readonly by: 'deny_list';
  /** Seconds after which the list is fetched again: how late a revocation takes effect here. 5 by default. */
  readonly interval?: number;
  /**
   * Seconds for which the last list is used while the server is unavailable; after that every token is refused with
   * `revocation_unknown`. 600 by default.
   */
  readonly tolerance?: number;
}

/** In characters: three hundred thousand entries, while the server lists a few hundred of each client. */
const longestList = 16 * 1024 * 1024;

interface DenyList {
  readonly etag: string | null;
  /** Epoch seconds. */
  readonly issued_at: number;
  /** Epoch seconds. */
  readonly expires_at: number;
  /** The `jti` of tokens, and ids of grants. */
  readonly revoked: ReadonlySet<string>;
  /** By the hash of a client_id, epoch seconds: tokens of the client with an earlier `iat` are revoked. */
  readonly clients: ReadonlyMap<string, number>;
}

export function revokedByDenyList(
  { interval = 5, tolerance = 600 }: DenyListOptions,
  context: RevocationContext,
): RevocationCheck {
  const load = (before: DenyList | undefined) => loadDenyList(before, context);
  const { issuer, logger } = context;
  const times = { maxAge: interval * 1000, staleIfError: tolerance * 1000 };
  const list = new CachedDocument(load, times, { name: `the deny-list of ${issuer}`, logger });
  return async ({ jti, client_id, iat }) => {
    const { revoked, clients } = await list.get();
    if (revoked.size > 0 && (revoked.has(jti) || revoked.has(grantOf(jti)))) return true;
    if (clients.size === 0) return false;
    const revokedBefore = clients.get(await context.engine.hash(client_id));
    return revokedBefore !== undefined && iat < revokedBefore;
  };
}

/** The `jti` of a token of a grant begins with the grant's id and a dot. */
const grantOf = (jti: string): string => jti.split('.', 1)[0] ?? jti;

async function loadDenyList(before: DenyList | undefined, context: RevocationContext): Promise<DenyList> {
  try {
    const metadata = await context.keys.metadata.get();
    const uri = metadata.tessera_deny_list_uri ?? metadata.deny_list_uri;
    if (uri === undefined) throw new Error(`${context.issuer} has no tessera_deny_list_uri in its metadata`);
    const headers: Record<string, string> = before?.etag ? { 'If-None-Match': before.etag } : {};
    const response = await requestServer(context.fetch, uri, { headers }, [200, 304]);
    const list = response.status === 304 ? before : await readDenyList(response, context);
    if (list === undefined) throw new Error(`${uri} answered 304 before it gave a list`);
    judgeTimes(list, before, context);
    return list;
  } catch (cause) {
    const message =
      'The deny-list cannot be had, so no token is known to be good: see whether the server can be reached.';
    throw new VerifierError('revocation_unknown', message, { cause });
  }
}

async function readDenyList(
  response: Response,
  { keys, issuer, algorithms }: RevocationContext,
): Promise<DenyList> {
  const text = await response.text();
  if (text.length > longestList) throw new Error(`it has more than ${longestList} characters`);
  const jws = splitJws(text.trim());
  const header = readHeader(jws.header);
  if (header.typ !== 'deny-list+jwt' || !algorithms.some((alg) => alg === header.alg))
    throw new Error('it is no deny-list');
  await keys.check(await keys.current(), jws, header);
  const revoked = new Set<string>();
  const { iss, iat, exp, clients } = await readInSlices(jws.payload, revoked);
  if (iss !== issuer) throw new Error('it is the deny-list of another issuer');
  if (typeof iat !== 'number' || typeof exp !== 'number') throw new Error('it does not say when it is good');
  if (!isTimes(clients)) throw new Error('it has no list');
  return {
    etag: response.headers.get('etag'),
    issued_at: iat,
    expires_at: exp,
    revoked,
    clients: new Map(Object.entries(clients)),
  };
}

const isTimes = (value: unknown): value is Record<string, number> =>
  typeof value === 'object' && value !== null && Object.values(value).every(Number.isFinite);

/** An older list than the last one lacks what was revoked in between; one of the future would keep out all that follow. */
function judgeTimes(
  { issued_at, expires_at }: DenyList,
  before: DenyList | undefined,
  { clockTolerance }: RevocationContext,
): void {
  const now = Date.now() / 1000;
  if (!(expires_at > now)) throw new Error('it has expired');
  if (!(issued_at <= now + clockTolerance)) throw new Error('it is of the future: compare the clocks');
  if (before !== undefined && issued_at < before.issued_at)
    throw new Error('it is older than the last one that was taken');
}
