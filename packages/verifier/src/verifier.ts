// createVerifier: checks access tokens by the published keys of their issuer, without asking it (RFC 9068 §4).

import { BoundedCache } from './bounded-cache.ts';
import { type ClaimRules, judgeClaims, type VerifiedToken } from './claims.ts';
import { type JwsHeader, longestToken, readHeader, readObject, splitJws } from './compact-jws.ts';
import type { DialectContent } from './dialect-content.ts';
import { type DialectName, findTokenDialect } from './dialects.ts';
import { type Algorithm, type Engine, engine as hostEngine } from './engine.ts';
import { Keys } from './keys.ts';
import type { Logger } from './logger.ts';
import { type RevocationOptions, revocationCheck } from './revocation.ts';
import { type Requirements, requireScopes } from './scope.ts';
import { type KeySet, requireSecure } from './server-documents.ts';
import type { TokenDialect } from './token-dialect.ts';
import { VerifierError } from './verifier-error.ts';

/** How a verifier judges tokens. */
export interface VerifierOptions {
  /** The issuer as it stands in the server's metadata (RFC 8414 §2); https, or http on a loopback address. */
  readonly issuer: string;
  /** The names of this API in `aud` (RFC 7519 §4.1.3). Required if every token of the dialect has an `aud`. */
  readonly audience?: string | readonly string[];
  /**
   * What the tokens look like: the name of a built-in dialect; the path of the file that the server reads, where there are
   * files; its content; or a description of its tokens alone. `standard` by default.
   */
  readonly dialect?: DialectName | (string & {}) | DialectContent | TokenDialect;
  /** The algorithms to accept, out of those of the dialect; all of them by default. */
  readonly algorithms?: readonly Algorithm[];
  /** Seconds by which the clocks of server and API may differ. 5 by default. */
  readonly clockTolerance?: number;
  /**
   * Seconds for which the last key set is used while it cannot be fetched, counted from when it was last confirmed: how
   * long a withdrawn key is still believed, and how long an outage of the server stops no request. 3,600 by default; at
   * most 86,400.
   */
  readonly keyTolerance?: number;
  /** How many verified tokens are cached, by their hash. 10,000 by default; 0 turns the cache off. */
  readonly cacheSize?: number;
  /** How to know of revoked tokens; without it tokens are good until they expire. */
  readonly revocation?: RevocationOptions;
  /** The URL of this API in its metadata (RFC 9728 §2); by default the audience, if that is a single URL. */
  readonly resource?: string;
  /** Where faults go, and whether the server's documents can be fetched: a line each. `console` by default. */
  readonly logger?: Logger;
  /** Used in place of the global `fetch`, for example to go through a proxy or to trust a certificate authority. */
  readonly fetch?: typeof globalThis.fetch;
}

/** Checks the access tokens of one issuer, for one API. */
export interface Verifier {
  /** The issuer whose tokens are accepted. */
  readonly issuer: string;
  /** The URL of this API in its metadata (RFC 9728 §2); undefined if it has none. */
  readonly resource: string | undefined;
  /** Where its lines go. */
  readonly logger: Logger;
  /**
   * Gives what a good token says (RFC 9068 §4). Rejects with a {@link VerifierError}: a code with status 401 if the token
   * is not good, `scope_missing` (403) if it lacks a required scope, `keys_unavailable` or `revocation_unknown` (503) if
   * the server cannot be asked.
   */
  verify(token: string, requirements?: Requirements): Promise<VerifiedToken>;
}

/** Makes a verifier. It asks the server with the first token. Throws a TypeError for options that cannot be right. */
export const createVerifier = (options: VerifierOptions): Verifier => createVerifierOn(hostEngine, options);

export function createVerifierOn(engine: Engine, options: VerifierOptions): Verifier {
  const {
    issuer,
    clockTolerance = 5,
    cacheSize = 10_000,
    logger = console,
    fetch = globalThis.fetch,
  } = options;
  requireSecure(issuer);
  const dialect = dialectOf(options);
  const { algorithms } = dialect;
  const audience = [options.audience ?? []].flat();
  if (audience.length === 0 && dialect.required.includes('aud'))
    throw new TypeError('audience: missing; say what this API is called in the aud of its tokens');
  const keyTolerance = keyToleranceOf(options);
  const shared = { fetch, issuer, algorithms, engine, logger };
  const keys = new Keys({ ...shared, keyTolerance });
  const context = { ...shared, clockTolerance, keys, cacheSize };
  const isRevoked = revocationCheck(options.revocation, context);
  const check = createCheck(keys, { issuer, audience, dialect, clockTolerance });
  const verified = new BoundedCache<VerifiedToken>(cacheSize);
  const hashes = cacheSize > 0 || isRevoked !== undefined;
  /** The key set that the cached tokens were verified by. */
  let currentSet: KeySet | undefined;

  async function verify(text: string, requirements?: Requirements): Promise<VerifiedToken> {
    if (typeof text !== 'string' || text.length > longestToken) throw tooLong();
    const current = keys.current();
    const set = current instanceof Promise ? await current : current;
    // A withdrawn key takes the tokens with it that it has signed.
    if (set !== currentSet) verified.clear();
    currentSet = set;
    const hashed = hashes ? engine.hash(text) : '';
    const hash = typeof hashed === 'string' ? hashed : await hashed;
    let token = hashes ? verified.get(hash) : undefined;
    if (token === undefined || token.exp <= Date.now() / 1000) {
      const checked = check(set, text);
      token = checked instanceof Promise ? await checked : checked;
      if (currentSet === set) verified.set(hash, token);
    }
    if (isRevoked !== undefined && (await isRevoked(token, text, hash))) throw revoked();
    requireScopes(token, requirements);
    return token;
  }
  return { issuer, resource: resourceOf(options), logger, verify };
}

type Check = (set: KeySet, text: string) => VerifiedToken | Promise<VerifiedToken>;

/** Checks header, signature and claims. A promise only if something must be waited for. */
function createCheck(keys: Keys, rules: ClaimRules): Check {
  const headers = new BoundedCache<JwsHeader>(100);
  return (set, text) => {
    const jws = splitJws(text);
    const known = headers.get(jws.header);
    const header = known ?? judgeHeader(readHeader(jws.header), rules.dialect);
    const judge = () => {
      // Only with a good signature, so that made-up headers do not fill the cache.
      if (known === undefined) headers.set(jws.header, header);
      return judgeClaims(readObject(jws.payload), rules, Date.now() / 1000);
    };
    const checked = keys.check(set, jws, header);
    return checked instanceof Promise ? checked.then(judge) : judge();
  };
}

function dialectOf({ dialect = 'standard', algorithms }: VerifierOptions): TokenDialect {
  const found = findTokenDialect(dialect);
  const accepted = algorithms ?? found.algorithms;
  if (accepted.length === 0 || !accepted.every((alg) => found.algorithms.includes(alg)))
    throw new TypeError(`algorithms: expected some of ${found.algorithms.join(', ')}`);
  return { ...found, algorithms: accepted };
}

/** In seconds. A key that was withdrawn is not believed for longer than a day, whatever the configuration. */
function keyToleranceOf({ keyTolerance = 3600 }: VerifierOptions): number {
  if (keyTolerance >= 1 && keyTolerance <= 86_400) return keyTolerance;
  throw new TypeError('keyTolerance: expected seconds, from 1 to 86400');
}

function judgeHeader(header: JwsHeader, { algorithms, typ }: TokenDialect): JwsHeader {
  if (!algorithms.some((alg) => alg === header.alg))
    throw new VerifierError('algorithm_refused', `The token is not signed with ${algorithms.join(', ')}.`);
  // RFC 7515 §4.1.9: a media type in any case, with or without "application/".
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
