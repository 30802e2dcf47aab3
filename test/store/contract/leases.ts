// What every database engine must do for leases: one process at a time does the maintenance, and none is waited for in vain.

import type { Kysely } from 'kysely';
import { describe, expect, test } from 'vitest';
import type { Schema } from '../../../packages/server/src/store/sql/schema.ts';
import { releaseLease, takeLease } from '../../../packages/server/src/store/tables/leases.ts';
import { freshDatabase, hour, start, won } from '../../support/accounts.ts';
import type { CreateEngine } from './engines.ts';

type Db = Kysely<Schema>;

export function leasesContract(name: string, createEngine: CreateEngine): void {
  describe(name, () => {
    const fresh = freshDatabase(createEngine);
    const take = (db: Db, holder: string, now: number) => takeLease(db, 'work', holder, now, now + hour);
    const race = (now: number, prefix: string) =>
      fresh.race(50, (db, index) => take(db, `${prefix}-${index}`, now));

    test('of 50 that take it at once, one has it, and alone renews it', async () => {
      const results = await race(start, 'a');
      expect(won(results)).toBe(1);
      const holder = `a-${results.indexOf(true)}`;
      expect(await take(fresh.db, holder, start + 1)).toBe(true);
      expect(won(await race(start + hour, 'b'))).toBe(0);
      expect(await takeLease(fresh.db, 'other work', 'b', start, start + hour)).toBe(true);
    });

    test('that is over goes to one of 50, and not back to who had it', async () => {
      await take(fresh.db, 'late', start);
      expect(won(await race(start + hour - 1, 'a'))).toBe(0);
      expect(won(await race(start + hour, 'a'))).toBe(1);
      expect(await take(fresh.db, 'late', start + hour)).toBe(false);
    });

    test('of a clock that was ahead by more than a lease lasts is not waited for', async () => {
      await take(fresh.db, 'ahead', start + 2 * hour + 1);
      expect(await take(fresh.db, 'b', start)).toBe(true);
      expect(await take(fresh.db, 'c', start)).toBe(false);
    });

    test('that is given back is free at once; nobody gives back what is another’s', async () => {
      await take(fresh.db, 'a', start);
      await releaseLease(fresh.db, 'work', 'b');
      expect(await take(fresh.db, 'b', start)).toBe(false);
      await releaseLease(fresh.db, 'work', 'a');
      expect(await take(fresh.db, 'b', start)).toBe(true);
    });
  });
}
