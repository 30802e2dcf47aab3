// What every database engine must do for guesses, and for what a session must be alive for. Decisions are raced.

import type { Kysely } from 'kysely';
import { beforeEach, describe, expect, test } from 'vitest';
import {
  type Claim,
  createAttemptLimiter,
} from '../../../packages/server/src/credentials/attempt-limiter.ts';
import type { Schema } from '../../../packages/server/src/store/sql/schema.ts';
import { createAttemptStore } from '../../../packages/server/src/store/tables/attempts.ts';
import { addPasskey, listPasskeys } from '../../../packages/server/src/store/tables/passkeys.ts';
import {
  countRecoveryCodes,
  replaceRecoveryCodes,
} from '../../../packages/server/src/store/tables/recovery-codes.ts';
import {
  createSession,
  findSession,
  whileSignedIn,
} from '../../../packages/server/src/store/tables/sessions.ts';
import { setTotp } from '../../../packages/server/src/store/tables/totp.ts';
import { findUser, setPassword } from '../../../packages/server/src/store/tables/users.ts';
import { addSession, addUser, freshDatabase, start, won } from '../../support/accounts.ts';
import { masterKey } from '../../support/key-database.ts';
import type { CreateEngine } from './engines.ts';

const minute = 60_000;
const passkey = { id: 'key', user_id: 'ann', name: '', public_key: '', counter: 0, transports: [] };

export function attemptsContract(name: string, createEngine: CreateEngine): void {
  describe(name, () => {
    const fresh = freshDatabase(createEngine);
    /** A process's limiter. */
    const limiterOf = (db: Kysely<Schema>) =>
      createAttemptLimiter(createAttemptStore(db, db), masterKey(), () => start);
    const claim = (host: number, account = 'ann') => ({
      account,
      exists: true,
      address: `198.51.${host}.1`,
    });

    test.each<[string, number, (index: number) => Claim]>([
      ['one account from everywhere', 20, (index) => claim(index)],
      ['one account from one network', 10, () => claim(1)],
      ['many accounts from one network', 50, (index) => claim(1, `name ${index}`)],
    ])('of guesses at once on many processes, none is free: %s', async (_which, judged, claimOf) => {
      const taken = await fresh.race(judged + 20, (db, index) => limiterOf(db).take(claimOf(index)));
      expect(taken.filter(({ wait_seconds }) => wait_seconds === 0)).toHaveLength(judged);
      expect((await limiterOf(fresh.db).check(claimOf(0))).wait_seconds).toBeGreaterThan(0);
    });

    test('a success on one process is known on all, and takes back what it was counted as', async () => {
      const results = await fresh.race(10, async (db) => {
        const attempt = await limiterOf(db).take(claim(1));
        if ('succeeded' in attempt) await attempt.succeeded();
        return limiterOf(db).check(claim(1));
      });
      expect(results.at(-1)).toEqual({ wait_seconds: 0, known: true });
      const taken = await fresh.race(30, (db) => limiterOf(db).take(claim(1)));
      expect(taken.filter(({ wait_seconds }) => wait_seconds === 0)).toHaveLength(10);
    });

    describe('a session that is ended', () => {
      beforeEach(async () => {
        await addUser(fresh.db, 'ann');
        await addSession(fresh.db, 'ann', 's');
      });

      test('lets nothing more be done in its name', async () => {
        const add = () => whileSignedIn(fresh.db, 's', (db) => addPasskey(db, passkey, start));
        expect(await add()).toBe(true);
        await setPassword(fresh.db, 'ann', 'new', start, { remove_passkeys: true });
        expect(await add()).toBeUndefined();
        expect(await listPasskeys(fresh.db, 'ann')).toEqual([]);
      });

      test('leaves no passkey behind, however many are added beside a reset', async () => {
        await fresh.race(20, async (db, index) => {
          if (index === 10) return setPassword(db, 'ann', 'new', start, { remove_passkeys: true });
          const added = { ...passkey, id: `key-${index}` };
          return whileSignedIn(db, 's', (transaction) => addPasskey(transaction, added, start));
        });
        expect(await listPasskeys(fresh.db, 'ann')).toEqual([]);
      });

      test('leaves no second factor behind, however often one is set up beside a reset', async () => {
        await fresh.race(20, async (db, index) => {
          if (index === 10) return setPassword(db, 'ann', 'new', start, { remove_totp: true });
          return whileSignedIn(
            db,
            's',
            async (transaction) =>
              (await setTotp(transaction, 'ann', 'sealed', 10, start)) &&
              replaceRecoveryCodes(transaction, 'ann', ['h'], start),
          );
        });
        expect((await findUser(fresh.db, 'ann'))?.sealed_totp_secret).toBeNull();
        expect(await countRecoveryCodes(fresh.db, 'ann')).toBe(0);
      });

      test('is none that began with the password before, however many begin beside a new one', async () => {
        const sessionOf = (hash: string) => ({
          hash,
          id: hash,
          user_id: 'ann',
          auth_time: start / 1000,
          amr: ['pop'],
          identity_provider: 'local',
          expires_at: start + minute,
          password_hash: 'old',
        });
        const results = await fresh.race(20, (db, index) =>
          index === 10
            ? setPassword(db, 'ann', 'new', start)
            : createSession(db, sessionOf(`h${index}`), start),
        );
        expect(won(results)).toBeGreaterThan(0);
        for (let index = 0; index < 20; index += 1)
          expect(await findSession(fresh.db, [`h${index}`], start, minute)).toBeUndefined();
      });
    });
  });
}
