// Changing the password of an account. The current one is asked for, so a stolen session is not enough.

import { setPassword } from '../../store/tables/users.ts';
import { tryPassword } from '../visit/attempt.ts';
import type { LoginContext } from '../visit/context.ts';
import { logSignInRefused, logUserAction } from '../visit/events.ts';
import { redirect } from '../visit/respond.ts';
import { startSession } from '../visit/session.ts';
import { accountResponse } from './account.ts';
import { accountEndpoint, done } from './endpoint.ts';

/** A Well-Known URL for Changing Passwords §2: the part of the account page where it is done. */
export const toPassword = (context: LoginContext) =>
  accountEndpoint(context, async ({ base }) => redirect(`${base}#password`));

/** Ends every session and grant of the user, and starts a new session in this browser. */
export const changePassword = (context: LoginContext) =>
  accountEndpoint(context, async (visit, form) => {
    const { user, session } = visit.session;
    const { passwords, db, now } = context;
    const new_password = form.get('new_password') ?? '';
    const login = user.login ?? user.id;
    const verdict = await tryPassword(visit, user, form.get('password') ?? '', login);
    if ('wait_seconds' in verdict) return accountResponse(visit, { problem: 'throttled', ...verdict });
    if (!verdict.correct) {
      logSignInRefused(visit, 'password_wrong', user);
      return accountResponse(visit, { problem: 'wrong' });
    }
    const objection = await passwords.objection(new_password, login);
    if (objection !== undefined) return accountResponse(visit, { problem: objection });
    const password_hash = await passwords.hash(new_password);
    if (!(await setPassword(db, user.id, password_hash, now(), { before: user.password_hash }))) {
      logSignInRefused(visit, 'password_changed_meanwhile', user);
      return redirect(visit.base);
    }
    logUserAction(visit, user, 'password_changed');
    // Only the password was asked for, so the new session proves as much as the old one did, and as long ago.
    const { amr, auth_time } = session;
    const started = await startSession(visit, { ...user, password_hash }, { amr, auth_time });
    return done(visit, 'password_changed', started?.cookies);
  });
