// Transactions that are begun again where the database gave up on them: a deadlock, or changes it could not put in order.

import { setTimeout } from 'node:timers/promises';
import type { Kysely } from 'kysely';
import type { Schema } from './schema.ts';

/** Under this many losses in a row something else is wrong. */
const mostAttempts = 10;

/**
 * Runs `work` in the transaction that is open, or else in one of its own. It may run several times: all that it does is
 * in the database.
 */
export function transact<T>(
  db: Kysely<Schema>,
  work: (transaction: Kysely<Schema>) => Promise<T>,
): Promise<T> {
  return db.isTransaction ? work(db) : tryAgain(() => db.transaction().execute(work));
}

let retries = 0;

/** How often the database has asked this process for another try. */
export const retriesSoFar = (): number => retries;

/** Runs `work` until the database neither asks for another try nor has been asked too often. */
export async function tryAgain<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (attempt === mostAttempts || !asksForAnother(error)) throw error;
      retries += 1;
      await setTimeout(Math.random() * 10 * attempt);
    }
  }
}

/** A prepared statement met a table that has got another column since. */
export const isStalePlan = (error: unknown): boolean =>
  codeOf(error) === '0A000' && error instanceof Error && error.message.includes('cached plan');

/** Somebody has the value that must be unique: by PostgreSQL's code, and by SQLite's words. */
export const isUniqueViolation = (error: unknown): boolean =>
  codeOf(error) === '23505' ||
  (error instanceof Error && error.message.startsWith('UNIQUE constraint failed'));

/** serialization_failure and deadlock_detected: nothing was done, and the same may succeed now. */
const asksForAnother = (error: unknown): boolean =>
  ['40001', '40P01'].includes(codeOf(error)) || isStalePlan(error);

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : '';
