// Attempt limits that are counted in the database: for codes so short that all processes must count together.

import type { Kysely } from 'kysely';
import type { Schema } from '../sql/schema.ts';
import { useOnce } from './used-once.ts';

type Db = Kysely<Schema>;

/** Attempts in a window of time, in milliseconds. */
export interface AttemptLimit {
  readonly attempts: number;
  readonly window: number;
}

const namespace = 'attempt';

const endOf = ({ window }: AttemptLimit, now: number): number => (Math.floor(now / window) + 1) * window;

/** Each attempt is a place that can be taken once. */
const places = (whose: string, limit: AttemptLimit, now: number): string[] =>
  Array.from(
    { length: limit.attempts },
    (_, place) => `${whose}/${limit.window}/${endOf(limit, now)}/${place}`,
  );

/** Takes an attempt of every limit. Gives 0, or, where a limit is reached, the milliseconds until the next attempt. */
export async function takeAttempt(
  db: Db,
  whose: string,
  limits: readonly AttemptLimit[],
  now: number,
): Promise<number> {
  for (const limit of limits) {
    let taken = false;
    for (const place of places(whose, limit, now)) {
      taken = await useOnce(db, namespace, place, endOf(limit, now));
      if (taken) break;
    }
    if (!taken) return endOf(limit, now) - now;
  }
  return 0;
}

/** Gives the attempts back after a success: this user does not guess. */
export async function forgiveAttempts(
  db: Db,
  whose: string,
  limits: readonly AttemptLimit[],
  now: number,
): Promise<void> {
  await db
    .deleteFrom('used_once')
    .where('namespace', '=', namespace)
    .where(
      'id',
      'in',
      limits.flatMap((limit) => places(whose, limit, now)),
    )
    .execute();
}
