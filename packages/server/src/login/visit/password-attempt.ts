// One attempt at a password, within the limits of its account and address (NIST SP 800-63B §3.2.2).

import { networkOf } from '../../credentials/network.ts';
import type { Visit } from './visit.ts';

class Throttled extends Error {
  readonly wait_seconds: number;

  constructor(wait_seconds: number) {
    super('too many failures');
    this.wait_seconds = wait_seconds;
  }
}

/** The caller counts the attempt as failed or succeeded: a right password of a disabled user is a failure too. */
export type PasswordVerdict = { readonly correct: boolean } | { readonly wait_seconds: number };

/** False for an undefined or null hash (no such user, or no password), after the time that a wrong password takes. */
export async function tryPassword(
  { context: { passwords, passwordAttempts }, request: { address } }: Visit,
  account: string,
  password_hash: string | null | undefined,
  password: string,
): Promise<PasswordVerdict> {
  // Asked at once, and again when the slow hash has its turn: meanwhile other attempts may have failed.
  const admit = () => {
    const wait_seconds = passwordAttempts.retryAfter('users', account, address);
    if (wait_seconds > 0) throw new Throttled(wait_seconds);
  };
  try {
    admit();
    return { correct: await passwords.verify(password_hash, password, admit, networkOf(address)) };
  } catch (error) {
    if (!(error instanceof Throttled)) throw error;
    return { wait_seconds: error.wait_seconds };
  }
}
