// Signing in with a password. An unknown user costs the same time, counts the same and reads the same as a wrong password.

import type { Reason } from '@tessera-oauth/core';
import { findUserToSignIn, type User } from '../../store/tables/users.ts';
import { tryPassword } from '../visit/attempt.ts';
import type { LoginContext } from '../visit/context.ts';
import { logSignInRefused } from '../visit/events.ts';
import { redirect } from '../visit/respond.ts';
import { pageHref } from '../visit/visit.ts';
import { completeSignIn } from './complete-sign-in.ts';
import { localSignInEndpoint } from './local-endpoint.ts';
import { passwordStep } from './password-step.ts';
import { signInAgain } from './sign-in-page.ts';

export const signInWithPassword = (context: LoginContext) =>
  localSignInEndpoint(context, async (visit, form, ports) => {
    const login = form.get('login') ?? '';
    const user = await findUserToSignIn(context.reads, login);
    const verdict = await tryPassword(visit, user, form.get('password') ?? '', login);
    if ('wait_seconds' in verdict) {
      logSignInRefused(visit, 'too_many_failures', user);
      return signInAgain(visit, ports, { problem: 'throttled', login, wait_seconds: verdict.wait_seconds });
    }
    if (!verdict.correct || user === undefined || user.disabled) {
      logSignInRefused(visit, reasonOf(user, verdict.correct), user);
      return signInAgain(visit, ports, { problem: 'wrong', login });
    }
    if (user.sealed_totp_secret === null) return completeSignIn(visit, ports, user, { amr: ['pwd'] });
    return redirect(pageHref(visit, '/second-factor'), [...visit.cookies, passwordStep(visit, user)]);
  });

function reasonOf(user: User | undefined, correct: boolean): Reason {
  if (user === undefined) return 'user_unknown';
  return correct ? 'user_disabled' : 'password_wrong';
}
