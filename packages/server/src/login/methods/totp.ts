// The code that follows the password: a TOTP code (RFC 6238) or a recovery code, each accepted once.

import { type HttpResponse, OAuthError, type Ports } from '@tessera-oauth/core';
import { verifyTotp } from '../../credentials/totp.ts';
import { codePage, type Problem } from '../../pages/index.ts';
import { useRecoveryCode } from '../../store/tables/recovery-codes.ts';
import { useTotpStep } from '../../store/tables/totp.ts';
import type { User } from '../../store/tables/users.ts';
import {
  askAnew,
  type ContinuedVisit,
  continuationOf,
  continuedEndpoint,
  hrefOf,
} from '../continuations/index.ts';
import { claimOf } from '../visit/attempt.ts';
import type { LoginContext } from '../visit/context.ts';
import { logSignInRefused } from '../visit/events.ts';
import { csrfOf, isCurrent } from '../visit/forms.ts';
import { pageResponse } from '../visit/respond.ts';
import { pageHref } from '../visit/visit.ts';
import { completeSignIn } from './complete-sign-in.ts';
import { userOfStep } from './password-step.ts';

export const codeForm = (context: LoginContext) =>
  continuedEndpoint(context, 'second_factor', async (visit, _form, ports) => {
    const user = await userOfStep(visit);
    return user === undefined ? askAnew(visit) : showCodeForm(visit, ports, user);
  });

/** The form is for the user whose password was right: in another tab that may be somebody else by now. */
const purposeFor = (user: User | undefined): string => `second_factor ${user?.id}`;

export const signInWithCode = (context: LoginContext) =>
  continuedEndpoint(context, 'second_factor', async (visit, form, ports) => {
    const user = await userOfStep(visit);
    if (!isCurrent(purposeFor(user), form, visit) || user === undefined) return askAnew(visit);
    // Three of a million codes are right at any time.
    const attempt = await context.attempts.take(claimOf(visit, 'code', user));
    if (!('succeeded' in attempt)) {
      logSignInRefused(visit, 'too_many_failures', user);
      const { wait_seconds } = attempt;
      return showCodeForm(visit, ports, user, { problem: 'throttled', wait_seconds });
    }
    const code = form.get('code') ?? '';
    if (!(await acceptsCode(user, code, context))) {
      logSignInRefused(visit, 'code_wrong', user);
      return showCodeForm(visit, ports, user, { problem: 'wrong', recovery: /[^\d\s]/.test(code) });
    }
    await attempt.succeeded();
    return completeSignIn(visit, ports, user, { amr: ['pwd', 'otp', 'mfa'] });
  });

/** Whether the code is one of the user's, and this its first use. */
async function acceptsCode(user: User, code: string, context: LoginContext): Promise<boolean> {
  const { db, totpSecrets, recoveryCodes, now } = context;
  if (user.sealed_totp_secret === null)
    throw new OAuthError('access_denied', 'totp_off', 'There is no second factor.');
  const secret = totpSecrets.open(user.sealed_totp_secret, user.id);
  const step = verifyTotp(secret, code, now());
  if (step !== undefined) return useTotpStep(db, user.id, step);
  return useRecoveryCode(db, user.id, recoveryCodes.hashesOf(code));
}

interface CodeAttempt {
  readonly problem: Problem;
  readonly wait_seconds?: number;
  /** What was sent has letters, as recovery codes do. */
  readonly recovery?: boolean;
}

/** The page, if what the user signs in for can still be had. */
const showCodeForm = (
  visit: ContinuedVisit,
  ports: Ports,
  user: User,
  attempt?: CodeAttempt,
): Promise<HttpResponse> =>
  continuationOf(visit).askToSignIn(visit, ports, async (asked, { client_name }) =>
    codeResponse(asked, user, client_name, attempt),
  );

function codeResponse(
  visit: ContinuedVisit,
  user: User,
  client_name: string | undefined,
  attempt?: CodeAttempt,
): HttpResponse {
  const { view, cookies, request } = visit;
  const { problem, wait_seconds } = attempt ?? {};
  const page = codePage(view, {
    client_name,
    again_href: hrefOf(visit),
    action: pageHref(visit, '/second-factor'),
    csrf: csrfOf(purposeFor(user), visit),
    ...attempt,
  });
  return pageResponse(page, {
    status: problem === undefined ? 200 : problem === 'throttled' ? 429 : 422,
    cookies,
    leads_away: continuationOf(visit).leads_away,
    request_id: request.id,
    retry_after: wait_seconds,
  });
}
