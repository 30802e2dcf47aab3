// Whether a server can do all that it is there for: asked by what sends it requests.

import type { Kysely } from 'kysely';
import { singleFlight } from '../concurrency/single-flight.ts';
import { keyState } from '../keys/key-state.ts';
import type { Keyring } from '../keys/keyring.ts';
import type { Readiness, ServedIssuer } from '../model.ts';
import type { Schema } from '../store/sql/schema.ts';

/** Seconds without changes read, after which what is served may be too old. */
const oldestFeed = 5;
/** Milliseconds; who asks a server how it is seldom waits for more than a second. */
const databasePatience = 500;

interface Parts {
  readonly reads: Kysely<Schema>;
  readonly keyring: Keyring;
  issuers(): readonly ServedIssuer[];
  /** Whether what is to be written cannot be. */
  unwritten(): boolean;
  /** Seconds since changes were last read. */
  feedAge(): number;
  /** Whether it has been told to end. */
  draining(): boolean;
}

export function createReadiness(parts: Parts): () => Promise<Readiness> {
  const answers = whetherAnswers(parts.reads);
  return async () => {
    const checks: Record<string, string> = {};
    if (parts.draining()) checks.server = 'is ending: it takes no more requests';
    if (!(await answers())) checks.database = 'gives no answer';
    else if (parts.unwritten()) checks.database = 'takes no writes';
    const unsigned = issuersWithoutKey(parts);
    if (unsigned.length > 0) checks.keys = `no active signing key: ${unsigned.join(', ')}`;
    const age = Math.floor(parts.feedAge());
    if (age >= oldestFeed) checks.feed = `changes were last read ${age} seconds ago`;
    return readinessOf(checks);
  };
}

const readinessOf = (checks: Readiness['checks']): Readiness => ({
  ready: Object.keys(checks).length === 0,
  checks,
});

function issuersWithoutKey({ issuers, keyring }: Parts): string[] {
  const now = Date.now();
  const active = keyring.list().filter((key) => keyState(key, now) === 'active');
  const signing = new Set(active.map(({ issuer }) => issuer));
  return issuers().flatMap(({ name }) => (signing.has(name) ? [] : [name]));
}

/** False where it fails, or takes too long; however many ask, the database is asked once at a time. */
function whetherAnswers(reads: Kysely<Schema>): () => Promise<boolean> {
  const query = reads.selectFrom('meta').select('name').limit(1);
  const ask = singleFlight(() =>
    query.execute().then(
      () => true,
      () => false,
    ),
  );
  return async () => {
    const { promise: late, resolve } = Promise.withResolvers<boolean>();
    const timer = setTimeout(resolve, databasePatience, false);
    return Promise.race([ask(), late]).finally(() => clearTimeout(timer));
  };
}

/** Of several processes, by what each is called: all are ready, or it says which are not; undefined: one was silent. */
export function combineReadiness(each: Readonly<Record<string, Readiness | undefined>>): Readiness {
  const checks = Object.entries(each).flatMap(([name, readiness]) =>
    readiness === undefined
      ? [[name, 'gives no answer']]
      : Object.entries(readiness.checks).map(([check, problem]) => [`${name}: ${check}`, problem]),
  );
  return readinessOf(Object.fromEntries(checks));
}
