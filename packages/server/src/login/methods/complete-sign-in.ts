// What every method ends with: a new session, and back to what the user signed in for.

import type { HttpResponse, Ports } from '@tessera-oauth/core';
import type { User } from '../../store/tables/users.ts';
import { type ContinuedVisit, continuationOf } from '../continuations/index.ts';
import { clearCookie } from '../visit/cookies.ts';
import { withCookies } from '../visit/respond.ts';
import { type Authentication, startSession } from '../visit/session.ts';
import { signInAgain } from './sign-in-page.ts';

export async function completeSignIn(
  visit: ContinuedVisit,
  ports: Ports,
  user: User,
  authentication: Authentication,
): Promise<HttpResponse> {
  const session = await startSession(visit, user, authentication);
  if (session === undefined) return signInAgain(visit, ports, { problem: 'wrong' });
  const answer = { answer: 'signed_in', user_id: user.id } as const;
  const response = await continuationOf(visit).resume(visit, answer, ports);
  return withCookies(response, [...visit.cookies, ...session.cookies, clearCookie('step', visit.issuer)]);
}
