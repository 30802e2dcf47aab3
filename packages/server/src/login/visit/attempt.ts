// One attempt at a password, within the limits of its account and address (NIST SP 800-63B-4 §3.2.2).

import type { Claim } from '../../credentials/attempt-limiter.ts';
import { judgeGuess } from '../../credentials/guess.ts';
import { normalizeLogin, type User } from '../../store/tables/users.ts';
import { knownBrowserOf } from './known-browser.ts';
import type { Visit } from './visit.ts';

/**
 * What is guessed at: of a user, by whatever name, always the same until the password is another; where there is none, the
 * name that was typed.
 */
export function claimOf(visit: Visit, what: 'password' | 'code', user: User): Claim;
export function claimOf(visit: Visit, what: 'password', user: User | undefined, typed: string): Claim;
export function claimOf(visit: Visit, what: string, user: User | undefined, typed = ''): Claim {
  const { address } = visit.request;
  if (user === undefined)
    return { account: JSON.stringify([what, normalizeLogin(typed)]), exists: false, address };
  const account = JSON.stringify([what, user.id, user.access_ended_at]);
  return { account, exists: true, address, browser: knownBrowserOf(visit, user) };
}

/** The right password of a user who is disabled is `correct`, and counts as a failure. */
export type PasswordVerdict = { readonly correct: boolean } | { readonly wait_seconds: number };

/** Without a user, or where the user has no password: false, after the time that a wrong one takes. */
export async function tryPassword(
  visit: Visit,
  user: User | undefined,
  password: string,
  typed: string,
): Promise<PasswordVerdict> {
  const { attempts, passwords } = visit.context;
  let correct = false;
  const verdict = await judgeGuess(attempts, 'user', claimOf(visit, 'password', user, typed), async () => {
    correct = await passwords.matches(user?.password_hash, password);
    return correct && user?.disabled === false;
  });
  return 'wait_seconds' in verdict ? verdict : { correct };
}
