// createVerifier: checks access tokens on the spot, by the published keys of their issuer (RFC 9068 §4).

import { BoundedCache } from './bounded-cache.ts';
import { judgeClaims, type VerifiedToken } from './claims.ts';
import { type JwsHeader, longestToken, readHeader, readObject, splitJws } from './compact-jws.ts';
import { type Algorithm, type Engine, engine as hostEngine } from './engine.ts';
import { Keys } from './keys.ts';
import { deniedBy, type RevocationOptions } from './revocation.ts';
import { requireScopes, type Wanted } from './scope.ts';
import { type KeySet, requireSecure } from './server-documents.ts';
import { type DialectName, type TokenDialect, tokenDialects } from './token-dialect.ts';
import { VerifierError } from './verifier-error.ts';

export interface VerifierOptions {
  /** As it stands in the server's metadata; https, or http on a loopback address. */
  readonly issuer: string;
  /** What this API is called in `aud`. Needed where the tokens of the dialect have one. */
  readonly audience?: string | readonly string[];
  /** What the tokens look like: `standard` by default, or another dialect of the server, or one of your own. */
  readonly dialect?: DialectName | TokenDialect;
  /** Of those of the dialect, the ones that are taken; all by default. */
  readonly algorithms?: readonly Algorithm[];
  /** Seconds that the clocks may differ by. 5 by default. */
  readonly clockTolerance?: number;
  /** Tokens that are remembered once they have been verified. 10,000 by default; 0 turns it off. */
  readonly cacheSize?: number;
  /** How to know of tokens that were revoked; without it they are good until they expire. */
  readonly revocation?: RevocationOptions;
  /** The URL of this API in its metadata (RFC 9728); by default the audience, where that is one URL. */
  readonly resource?: string;
  /** In place of the global one: to go through a proxy, or to trust an authority of your own. */
  readonly fetch?: typeof globalThis.fetch;
}

export interface Verifier {
  readonly issuer: string;
  /** The URL of this API in its metadata (RFC 9728), where it has one. */
  readonly resource: string | undefined;
  /** Gives what a good token says; rejects with a VerifierError where it is not good, or lacks a scope. */
  verify(token: string, wanted?: Wanted): Promise<VerifiedToken>;
}

export const createVerifier = (options: VerifierOptions): Verifier => createVerifierOn(hostEngine, options);

export function createVerifierOn(engine: Engine, options: VerifierOptions): Verifier {
  const { issuer, clockTolerance = 5, cacheSize = 10_000, fetch = globalThis.fetch } = options;
  requireSecure(issuer);
  const dialect = dialectOf(options);
  const { algorithms } = dialect;
  const audience = [options.audience ?? []].flat();
  if (audience.length === 0 && dialect.required.includes('aud'))
    throw new TypeError('audience: missing; say what this API is called in the aud of its tokens');
  const keys = new Keys(fetch, issuer, algorithms, engine);
  const denies = deniedBy(options.revocation, { fetch, issuer, algorithms, keys, engine, cacheSize });
  const rules = { issuer, audience, dialect, clockTolerance };
  const remembered = new BoundedCache<VerifiedToken>(cacheSize);
  const hashes = cacheSize > 0 || denies !== undefined;
  const headers = new BoundedCache<JwsHeader>(100);
  let seen: KeySet | undefined;

  /** Waits only where it has to. */
  function check(set: KeySet, text: string): VerifiedToken | Promise<VerifiedToken> {
    const jws = splitJws(text);
    const known = headers.get(jws.header);
    const header = known ?? judgeHeader(readHeader(jws.header), dialect);
    const judge = () => {
      // Only now: what strangers make up is not worth remembering.
      if (known === undefined) headers.set(jws.header, header);
      return judgeClaims(readObject(jws.payload), rules, Date.now() / 1000);
    };
    const checked = keys.check(set, jws, header);
    return checked instanceof Promise ? checked.then(judge) : judge();
  }

  async function verify(text: string, wanted?: Wanted): Promise<VerifiedToken> {
    if (typeof text !== 'string' || text.length > longestToken) throw tooLong();
    const atHand = keys.current();
    const set = atHand instanceof Promise ? await atHand : atHand;
    // What a key has signed that is withdrawn is forgotten with it.
    if (set !== seen) remembered.clear();
    seen = set;
    const hashed = hashes ? engine.hash(text) : '';
    const hash = typeof hashed === 'string' ? hashed : await hashed;
    let token = hashes ? remembered.get(hash) : undefined;
    if (token === undefined || token.exp <= Date.now() / 1000) {
      const checked = check(set, text);
      token = checked instanceof Promise ? await checked : checked;
      if (seen === set) remembered.set(hash, token);
    }
    if (denies !== undefined && (await denies(token, text, hash))) throw revoked();
    requireScopes(token, wanted);
    return token;
  }
  return { issuer, resource: resourceOf(options), verify };
}

function dialectOf({ dialect = 'standard', algorithms }: VerifierOptions): TokenDialect {
  const found = typeof dialect === 'string' ? tokenDialects[dialect] : dialect;
  if (found === undefined)
    throw new TypeError(`dialect: expected ${Object.keys(tokenDialects).join(', ')}, or an object`);
  const taken = algorithms ?? found.algorithms;
  if (taken.length === 0 || !taken.every((alg) => found.algorithms.includes(alg)))
    throw new TypeError(`algorithms: expected some of ${found.algorithms.join(', ')}`);
  return { ...found, algorithms: taken };
}

function judgeHeader(header: JwsHeader, { algorithms, typ }: TokenDialect): JwsHeader {
  if (!algorithms.some((alg) => alg === header.alg))
    throw new VerifierError('algorithm_refused', `The token is not signed with ${algorithms.join(', ')}.`);
  // RFC 7515 §4.1.9: a media type, whatever its case, from which "application/" can be left away.
  const named = header.typ?.toLowerCase().replace(/^application\//, '');
  if (named !== typ?.toLowerCase()) {
    const expected = typ === null ? 'has a typ' : `is not of the typ ${typ}`;
    throw new VerifierError('type_refused', `The token ${expected}: send an access token, and no other.`);
  }
  return header;
}

function resourceOf({ resource, audience }: VerifierOptions): string | undefined {
  if (resource !== undefined) requireSecure(resource);
  const named = resource ?? audience;
  return typeof named === 'string' && URL.canParse(named) && /^https?:/.test(named) ? named : undefined;
}

const tooLong = () =>
  new VerifierError(
    'token_malformed',
    `This is no token: it is not a text of ${longestToken} characters at most.`,
  );
const revoked = () => new VerifierError('token_revoked', 'The token was revoked: get a new one.');
