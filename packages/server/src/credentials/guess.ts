// One guess at what has a slow hash: admitted by the attempt limiter, judged in its turn, counted before it is judged.

import type { AttemptLimiter, Claim } from './attempt-limiter.ts';
import { inTurn, type Turn } from './slow-hash.ts';

/** The seconds to wait, or whether the guess was right. */
export type GuessVerdict = { readonly wait_seconds: number } | { readonly right: boolean };

/** Throws an OAuthError with status 503 where too many wait for their turn. */
export async function judgeGuess(
  limiter: AttemptLimiter,
  kind: Turn['kind'],
  claim: Claim,
  judge: () => Promise<boolean>,
): Promise<GuessVerdict> {
  const { wait_seconds, known } = await limiter.check(claim);
  if (wait_seconds > 0) return { wait_seconds };
  const { account, address } = claim;
  return inTurn({ kind, known, account, address }, async () => {
    // While this one waited, others may have failed too often.
    const attempt = await limiter.take(claim);
    if (!('succeeded' in attempt)) return attempt;
    const right = await judge();
    if (right) await attempt.succeeded();
    return { right };
  });
}
