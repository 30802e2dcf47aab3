// What every database engine must do for guesses, and for what a session must be alive for. Decisions are raced.

import { beforeEach, describe, expect, test } from 'vitest';
import { forgiveAttempts, takeAttempt } from '../../../packages/server/src/store/tables/attempts.ts';
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
import type { CreateEngine } from './engines.ts';

const minute = 60_000;
const limits = [
  { attempts: 3, window: minute },
  { attempts: 5, window: 10 * minute },
];
const passkey = { id: 'key', user_id: 'ann', name: '', public_key: '', counter: 0, transports: [] };

export function attemptsContract(name: string, createEngine: CreateEngine): void {
  describe(name, () => {
    const fresh = freshDatabase(createEngine);
    const take = (now: number, whose = 'ann') => takeAttempt(fresh.db, whose, limits, now);
    const begin = Math.ceil(start / (10 * minute)) * 10 * minute;

    test('of 20 guesses at once, as many are let in as the limit has', async () => {
      const waits = await fresh.race(20, (db) => takeAttempt(db, 'ann', limits, begin + 1000));
      expect(waits.filter((wait) => wait === 0)).toHaveLength(3);
      expect(new Set(waits)).toEqual(new Set([0, minute - 1000]));
      expect(await take(begin, 'bob')).toBe(0);
    });

    test('each limit counts for itself, and ends with its window', async () => {
      for (const now of [0, 0, 0]) expect(await take(begin + now)).toBe(0);
      expect(await take(begin)).toBe(minute);
      for (const now of [minute, minute]) expect(await take(begin + now)).toBe(0);
      expect(await take(begin + minute)).toBe(9 * minute);
      expect(await take(begin + 10 * minute)).toBe(0);
    });

    test('who was right has all attempts again, and nobody else', async () => {
      for (const whose of ['ann', 'ann', 'ann', 'bob', 'bob', 'bob']) await take(begin, whose);
      await forgiveAttempts(fresh.db, 'ann', limits, begin);
      expect([await take(begin), await take(begin, 'bob')]).toEqual([0, minute]);
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
