// Tessera's deny-list (docs/verifying-tokens.md): a small signed document with what was cut off before it has expired.

import { readHeader, readObject, splitJws } from './compact-jws.ts';
import { Kept } from './kept.ts';
import type { Denies, Source } from './revocation-source.ts';
import { ask } from './server-documents.ts';
import { VerifierError } from './verifier-error.ts';

export interface DenyListOptions {
  readonly by: 'deny_list';
  /** Seconds between two looks at it; what was revoked longer ago is refused. 5 by default. */
  readonly interval?: number;
  /** Seconds that the last one is believed for while the server is away; then no token is good. 600 by default. */
  readonly tolerance?: number;
}

interface DenyList {
  readonly etag: string | null;
  readonly expires_at: number;
  readonly denied: ReadonlySet<string>;
  /** By the hash of a client_id: its tokens that were issued before (epoch seconds). */
  readonly clients: ReadonlyMap<string, number>;
}

/** Of the signed document; its signature is what makes them so. */
interface Claims {
  readonly iss: string;
  readonly exp: number;
  readonly denied: readonly string[];
  readonly clients: Readonly<Record<string, number>>;
}

export function deniedByList({ interval = 5, tolerance = 600 }: DenyListOptions, source: Source): Denies {
  const load = (before: DenyList | undefined) => loadDenyList(before, source);
  const list = new Kept(load, { fresh: interval * 1000, tolerance: tolerance * 1000 });
  return async ({ jti, client_id, iat }) => {
    const { denied, clients } = await list.get();
    if (denied.size > 0 && (denied.has(jti) || denied.has(grantOf(jti)))) return true;
    if (clients.size === 0) return false;
    const until = clients.get(await source.engine.hash(client_id));
    return until !== undefined && iat < until;
  };
}

/** The tokens of what a user has allowed begin their jti with the id of that grant, and a dot. */
const grantOf = (jti: string): string => jti.split('.', 1)[0] ?? jti;

async function loadDenyList(before: DenyList | undefined, source: Source): Promise<DenyList> {
  try {
    const { deny_list_uri } = await source.keys.metadata.get();
    if (deny_list_uri === undefined) throw new Error(`${source.issuer} has no deny_list_uri in its metadata`);
    const headers: Record<string, string> = before?.etag ? { 'If-None-Match': before.etag } : {};
    const response = await ask(source.fetch, deny_list_uri, { headers }, [200, 304]);
    const list = response.status === 304 ? before : await readDenyList(response, source);
    if (list === undefined || !(list.expires_at > Date.now() / 1000))
      throw new Error(`what ${deny_list_uri} gave has expired`);
    return list;
  } catch (cause) {
    const message =
      'The deny-list cannot be had, so no token is known to be good: see whether the server can be reached.';
    throw new VerifierError('revocation_unknown', message, { cause });
  }
}

async function readDenyList(response: Response, { keys, issuer, algorithms }: Source): Promise<DenyList> {
  const jws = splitJws((await response.text()).trim());
  const header = readHeader(jws.header);
  if (header.typ !== 'deny-list+jwt' || !algorithms.some((alg) => alg === header.alg))
    throw new Error('it is no deny-list');
  await keys.check(await keys.current(), jws, header);
  const { iss, exp, denied, clients } = readObject(jws.payload) as unknown as Claims;
  if (iss !== issuer) throw new Error('it is the deny-list of another issuer');
  if (!Array.isArray(denied) || typeof clients !== 'object') throw new Error('it has no list');
  return {
    etag: response.headers.get('etag'),
    expires_at: exp,
    denied: new Set(denied),
    clients: new Map(Object.entries(clients)),
  };
}
