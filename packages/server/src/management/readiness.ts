// Readiness: whether a server can do all of its work. A load balancer asks before it sends requests there.

import type { Kysely } from 'kysely';
import { singleFlight } from '../concurrency/single-flight.ts';
import { isOfLine, linesOf } from '../keys/key-lines.ts';
import { keyState } from '../keys/key-state.ts';
import type { Keyring } from '../keys/keyring.ts';
import type { Readiness, ServedIssuer } from '../model.ts';
import type { Schema } from '../store/sql/schema.ts';

/** Seconds; a server that has read no changes for longer may still trust what was revoked. */
const oldestFeed = 5;
/** Milliseconds; health checks commonly time out after one second. */
const databaseTimeout = 500;

interface Parts {
  readonly reads: Kysely<Schema>;
  readonly keyring: Keyring;
  issuers(): readonly ServedIssuer[];
  /** Whether the last write to the database failed. */
  unwritten(): boolean;
  /** Seconds since changes were last read. */
  feedAge(): number;
  /** Whether the server has been told to end. */
  draining(): boolean;
}

export function createReadiness(parts: Parts): () => Promise<Readiness> {
  const answers = createProbe(parts.reads);
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
  return issuers()
    .filter((issuer) =>
      linesOf(issuer).some(
        (line) => !active.some((key) => key.issuer === issuer.name && isOfLine(key, line)),
      ),
    )
    .map(({ name }) => name);
}

/** False where the database fails or takes too long. Callers at the same time share one query. */
function createProbe(reads: Kysely<Schema>): () => Promise<boolean> {
  const query = reads.selectFrom('meta').select('name').limit(1);
  const ask = singleFlight(() =>
    query.execute().then(
      () => true,
      () => false,
    ),
  );
  return async () => {
    const { promise: late, resolve } = Promise.withResolvers<boolean>();
    const timer = setTimeout(resolve, databaseTimeout, false);
    return Promise.race([ask(), late]).finally(() => clearTimeout(timer));
  };
}

/** Combines the readiness of processes, by their names: ready if all are. Undefined: that process gave no answer. */
export function combineReadiness(each: Readonly<Record<string, Readiness | undefined>>): Readiness {
  const checks = Object.entries(each).flatMap(([name, readiness]) =>
    readiness === undefined
      ? [[name, 'gives no answer']]
      : Object.entries(readiness.checks).map(([check, problem]) => [`${name}: ${check}`, problem]),
  );
  return readinessOf(Object.fromEntries(checks));
}
