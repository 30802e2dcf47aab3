// PostgreSQL by pg under Kysely: a pool of connections, and one more that hears of changes.

import { setTimeout as pause } from 'node:timers/promises';
import { Kysely, PostgresIntrospector, PostgresQueryCompiler } from 'kysely';
import { Client, type ClientConfig, Pool, types } from 'pg';
import { systemReason, TemporaryError, UsageError } from '../../model.ts';
import { changesChannel, PostgresEngine } from './engine.ts';
import { PostgresDriver } from './postgres-driver.ts';
import type { Schema } from './schema.ts';

/** What is in front of the connection: found out once, at the start. */
export interface PostgresFacts {
  /** A pooler such as PgBouncer may hand each transaction to another session: then nothing is kept in sessions. */
  readonly pooled: boolean;
  /** Whether it has LISTEN and NOTIFY. */
  readonly notifies: boolean;
}

/** For a statement of a request; its locks are waited for as long. */
const statementMs = 10_000;
const connectMs = 10_000;
const probeMs = 1500;
const relistenMs = 1000;
const usualPoolSize = 10;
const int8 = 20;

/** Connects once; says in one line why it cannot. */
export async function examinePostgres(url: string): Promise<PostgresFacts> {
  const where = placeOf(url);
  try {
    const client = createClient(url);
    await client.connect();
    try {
      const { rows } = await client.query(
        "select pg_backend_pid() as pid, current_setting('server_encoding') as encoding",
      );
      const [{ pid, encoding }] = rows;
      if (encoding !== 'UTF8')
        throw new UsageError(`database: the encoding of ${where} is ${encoding}, expected UTF8`);
      // A pooler answers with a number of its own.
      const pooled = (client as Client & { processID: number }).processID !== pid;
      const notifies = await client.query(`select pg_notify('${changesChannel}', '')`).then(
        () => true,
        () => false,
      );
      return { pooled, notifies };
    } finally {
      await client.end();
    }
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const Mistake = passes(error) ? TemporaryError : UsageError;
    throw new Mistake(`database: cannot use ${where} (${reasonOf(error, url)})`);
  }
}

export interface PostgresOptions extends PostgresFacts {
  /** Waits for whatever takes its time: for migrations. */
  readonly patient?: boolean;
}

export function openPostgres(
  url: string,
  { pooled, notifies, patient = false }: PostgresOptions,
): Kysely<Schema> {
  const { config, poolSize } = readUrl(url);
  const createPool = () => {
    const pool = new Pool({
      ...config,
      max: patient ? 1 : poolSize,
      connectionTimeoutMillis: connectMs,
      maxLifetimeSeconds: 3600,
      // A pooler knows none of these; there it is the database that sets them for its user.
      ...(!pooled && { idle_in_transaction_session_timeout: statementMs }),
      ...(!pooled && !patient && { statement_timeout: statementMs }),
      types: { getTypeParser },
    });
    // A connection that breaks is replaced when the next one is asked for; a query on it fails by itself.
    pool.on('error', () => {});
    pool.on('connect', (client) => client.on('error', () => {}));
    return pool;
  };
  const driver = new PostgresDriver({
    createPool,
    probe: patient ? undefined : () => probe(url),
    prepare: !pooled,
    patienceMs: patient ? 24 * 3_600_000 : statementMs + 5000,
  });
  return new Kysely<Schema>({
    dialect: {
      createAdapter: () => new PostgresEngine(notifies, driver),
      createDriver: () => driver,
      createIntrospector: (db) => new PostgresIntrospector(db),
      createQueryCompiler: () => new PostgresQueryCompiler(),
    },
  });
}

/** Whether the database answers, and takes writes: a standby does not. */
async function probe(url: string): Promise<void> {
  const client = createClient(url, probeMs);
  const late = setTimeout(() => client.end(), probeMs);
  try {
    await client.connect();
    const { rows } = await client.query('select pg_is_in_recovery() as standby');
    if (rows[0]?.standby === true) throw new Error('the database is a standby, and takes no writes');
  } finally {
    clearTimeout(late);
    await client.end();
  }
}

/**
 * Calls `wake` whenever something may have changed, on a connection of its own, which is made again when it breaks.
 * Returns how to stop. Nothing relies on it: the caller also looks for changes at intervals.
 */
export function listenToPostgres(url: string, wake: () => void): () => Promise<void> {
  const controller = new AbortController();
  const { signal } = controller;
  const stopped = new Promise((resolve) => signal.addEventListener('abort', resolve));
  const listenOnce = async () => {
    const client = createClient(url);
    const ended = new Promise((resolve) => client.once('end', resolve));
    client.on('notification', wake);
    try {
      await client.connect();
      await client.query(`listen ${changesChannel}`);
      // What was told before is not told again.
      wake();
      await Promise.race([ended, stopped]);
    } finally {
      await client.end();
    }
  };
  const listen = async () => {
    while (!signal.aborted) {
      await listenOnce().catch(() => undefined);
      await pause(relistenMs, undefined, { signal }).catch(() => undefined);
    }
  };
  const listening = listen();
  return async () => {
    controller.abort();
    await listening;
  };
}

/** The place that a URL names, without its user and password. */
export function placeOf(url: string): string {
  const { host, pathname } = new URL(url);
  return host + pathname;
}

function createClient(url: string, patienceMs = connectMs): Client {
  const client = new Client({ ...readUrl(url).config, connectionTimeoutMillis: patienceMs });
  // What breaks it is seen by the query under way, or by its end.
  client.on('error', () => {});
  return client;
}

/** What the URL says, over what is usual; `pool_size` is of this program, all else pg's own. */
function readUrl(url: string): { config: ClientConfig; poolSize: number } {
  const parsed = new URL(url);
  const poolSize = Number(parsed.searchParams.get('pool_size') ?? usualPoolSize);
  parsed.searchParams.delete('pool_size');
  // Encrypted and nobody verified is what `require` means to some, and to pg in releases to come. Not here.
  if (['prefer', 'require', 'verify-ca'].includes(parsed.searchParams.get('sslmode') ?? ''))
    parsed.searchParams.set('sslmode', 'verify-full');
  return {
    config: { application_name: 'tessera', keepAlive: true, connectionString: parsed.toString() },
    poolSize,
  };
}

/** Times and counters are numbers here; none comes near to where these end. */
const getTypeParser = ((oid: number, format?: 'text') =>
  oid === int8 ? Number : types.getTypeParser(oid, format)) as typeof types.getTypeParser;

/** What a host says that is down or away, and PostgreSQL while it starts, stops or is full (its Appendix A). */
const passing = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ETIMEDOUT',
  'EAI_AGAIN',
]).union(new Set(['57P01', '57P02', '57P03', '53300']));

function passes(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.some(passes);
  if (!(error instanceof Error)) return false;
  return passing.has(String(Object(error).code)) || /timeout|terminated unexpectedly/.test(error.message);
}

function reasonOf(error: unknown, url: string): string {
  if (error instanceof AggregateError) return error.errors.map((each) => reasonOf(each, url)).join(', ');
  const { path, address } = Object(error) as { readonly path?: string; readonly address?: string };
  // A file that the URL names, or a socket in a folder that it names.
  const file = path ?? (address?.startsWith('/') ? address : undefined);
  if (file === undefined) return systemReason(error);
  const [name] = [...new URL(url).searchParams].find(([, value]) => file.startsWith(value)) ?? ['host'];
  return `${name} ${file}: ${systemReason(error)}`;
}
