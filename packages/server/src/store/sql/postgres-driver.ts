// Kysely's driver on a pool of pg: prepared statements, what the database asks to be tried again, and no data in errors.

import type { CompiledQuery, DatabaseConnection, Driver, QueryResult } from 'kysely';
import { type Client, DatabaseError, type Pool, type PoolClient } from 'pg';
import { Availability, unavailable } from './availability.ts';
import { isStalePlan, tryAgain } from './transact.ts';

export interface DriverOptions {
  createPool(): Pool;
  /** Rejects within a moment where the database does not answer, on a connection of its own; undefined: never asked. */
  readonly probe: (() => Promise<void>) | undefined;
  /** Whether statements are prepared, which a pooler between here and the database may not allow. */
  readonly prepare: boolean;
  /** After so long without an answer a connection is given up: the network does not always tell that it is gone. */
  readonly patienceMs: number;
}

type PooledClient = PoolClient & Client;

/** How many may wait for a connection; further requests are refused. */
const mostWaiting = 1000;

/** Statements prepared on a connection; those that come later are planned each time. */
const mostNames = 256;

/** The names of prepared statements: the same on all connections. */
class StatementNames {
  #names = new Map<string, string>();
  #generation = 0;

  nameOf(text: string): string | undefined {
    const known = this.#names.get(text);
    if (known !== undefined || this.#names.size === mostNames) return known;
    const name = `tessera_${this.#generation}_${this.#names.size}`;
    this.#names.set(text, name);
    return name;
  }

  /** Statements prepared so far are not used again. */
  renew(): void {
    this.#names = new Map();
    this.#generation += 1;
  }
}

export class PostgresDriver implements Driver {
  readonly #createPool: () => Pool;
  readonly #availability: Availability;
  readonly #names: StatementNames | undefined;
  readonly #patienceMs: number;
  #pool: Pool;

  constructor({ createPool, probe, prepare, patienceMs }: DriverOptions) {
    this.#createPool = createPool;
    this.#pool = createPool();
    this.#availability = new Availability(probe ?? (async () => {}), () => this.#renewPool());
    this.#names = prepare ? new StatementNames() : undefined;
    this.#patienceMs = patienceMs;
  }

  get pool(): Pick<Pool, 'totalCount' | 'idleCount' | 'waitingCount'> {
    return this.#pool;
  }

  unavailableWithin(ms: number): number {
    return this.#availability.unavailableWithin(ms);
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<DatabaseConnection> {
    if (this.#pool.waitingCount >= mostWaiting) throw unavailable('database_busy');
    let given = true;
    const connect = async () => {
      const client = await this.#pool.connect();
      if (!given) client.release();
      return client;
    };
    try {
      const client = await this.#availability.run(connect);
      return new Connection(client as PooledClient, this.#availability, this.#names, this.#patienceMs);
    } catch (error) {
      given = false;
      throw judged(error, this.#availability);
    }
  }

  /** What is decided in a transaction is decided by its locks; each statement sees what others have committed. */
  async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await (connection as Connection).begin('begin isolation level read committed');
  }

  async commitTransaction(connection: DatabaseConnection): Promise<void> {
    const tag = await (connection as Connection).end('commit');
    // A transaction in which a statement failed is rolled back, and that is no error to the database.
    if (tag === 'ROLLBACK')
      throw new Error('the transaction was rolled back, since a statement of it had failed');
  }

  async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    // What made it fail is the error to report; a connection that cannot even roll back is not used again.
    await (connection as Connection).end('rollback').catch(() => undefined);
  }

  async releaseConnection(connection: DatabaseConnection): Promise<void> {
    (connection as Connection).release();
  }

  async destroy(): Promise<void> {
    this.#availability.close();
    if (!this.#pool.ending) await this.#pool.end();
  }

  /** After an outage no connection of before is used: those that seem open may lead nowhere. */
  #renewPool(): void {
    const lost = this.#pool;
    this.#pool = this.#createPool();
    lost.end().catch(() => undefined);
  }
}

class Connection implements DatabaseConnection {
  readonly #client: PooledClient;
  readonly #availability: Availability;
  readonly #names: StatementNames | undefined;
  readonly #patienceMs: number;
  #inTransaction = false;
  #broken = false;

  constructor(
    client: PooledClient,
    availability: Availability,
    names: StatementNames | undefined,
    patienceMs: number,
  ) {
    this.#client = client;
    this.#availability = availability;
    this.#names = names;
    this.#patienceMs = patienceMs;
  }

  executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    const run = () => this.#run<R>(query);
    return this.#inTransaction ? run() : tryAgain(run);
  }

  streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    throw new Error('not a way in which this program reads');
  }

  async begin(statement: string): Promise<void> {
    await this.#query(statement, []);
    this.#inTransaction = true;
  }

  /** Gives the tag by which the database says how it ended. */
  async end(statement: string): Promise<string> {
    const { command } = await this.#query(statement, []);
    this.#inTransaction = false;
    return command;
  }

  /** One whose transaction has not ended is closed, and with it the transaction. */
  release(): void {
    this.#client.release(this.#inTransaction || this.#broken);
  }

  async #run<R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> {
    const { command, rowCount, rows } = await this.#query(sql, parameters);
    return command === 'SELECT' ? { rows } : { rows, numAffectedRows: BigInt(rowCount ?? 0) };
  }

  async #query(text: string, parameters: readonly unknown[]) {
    const name = parameters.length > 0 ? this.#names?.nameOf(text) : undefined;
    // Ending a client in the middle of a query closes its socket.
    const late = setTimeout(() => void this.#client.end(), this.#patienceMs);
    const query = { text, values: [...parameters], ...(name !== undefined && { name }) };
    try {
      return await this.#availability.run(() => this.#client.query(query));
    } catch (error) {
      if (isStalePlan(error)) this.#names?.renew();
      // The pool itself sees it only when the socket has been closed, and may hand it out before.
      this.#broken ||= endsConnection(error);
      throw judged(error, this.#availability);
    } finally {
      clearTimeout(late);
    }
  }
}

/** What did not come from the database, or is the last that comes: shut down, or idle in a transaction for too long. */
const endsConnection = (error: unknown): boolean =>
  !(error instanceof DatabaseError) || /^(57P0|25P03|08)/.test(error.code ?? '');

/**
 * Not there, about to end, full, out of memory, a standby that takes no writes, or too slow: SQLSTATE classes 08, 53 and
 * 58, and some of 25, 55 and 57 (PostgreSQL 18, appendix A).
 */
const refusesService = /^(08|53|58|57P0|57014|55P03|25006|25P03)/;

/** What pg and Node.js say of a connection that could not be made, or is no more. */
const isOfConnection = (error: Error): boolean =>
  /^Connection terminated|^Client (was closed|has encountered a connection error)/.test(error.message) ||
  ('code' in error && /^(E(?!RR_)|ERR_(TLS|SSL|SOCKET))/.test(String(error.code)));

/** The pool's, for want of a connection that is free. */
const isImpatience = (error: Error): boolean => error.message.startsWith('timeout exceeded when trying');

/** The error to throw: that the service is unavailable, where that is the cause. */
function judged(error: unknown, availability: Availability): unknown {
  if (error instanceof DatabaseError) {
    if (!refusesService.test(error.code ?? '')) return withoutData(error);
    void availability.check();
    return unavailable('database_unavailable', error);
  }
  if (!(error instanceof Error)) return error;
  if (isImpatience(error)) return unavailable('database_busy', error);
  if (error instanceof AggregateError ? !error.errors.every(isOfConnection) : !isOfConnection(error))
    return error;
  void availability.check();
  return unavailable('database_unavailable', error);
}

/** PostgreSQL quotes whole rows to explain what was wrong with them: hashes, addresses, names. None is for a log. */
function withoutData(error: unknown): unknown {
  if (error instanceof DatabaseError) {
    error.detail = undefined;
    error.where = undefined;
    error.internalQuery = undefined;
  }
  return error;
}
