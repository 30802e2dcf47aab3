// The second factor at sign-in: a time-based code (RFC 6238) or a recovery code, each good once.

import { type HttpResponse, OAuthError } from '@tessera-oauth/core';
import { verifyTotp } from '../../credentials/totp.ts';
import { codePage, type Problem } from '../../pages/index.ts';
import { forgiveAttempts, takeAttempt } from '../../store/tables/attempts.ts';
import { useRecoveryCode } from '../../store/tables/recovery-codes.ts';
import { useTotpStep } from '../../store/tables/totp.ts';
import { findUser, type User } from '../../store/tables/users.ts';
import type { LoginContext } from '../context.ts';
import { readCookie } from '../cookies.ts';
import { pageResponse } from '../respond.ts';
import { completeSignIn, noteRefused, proofOf, signInAgain } from '../sign-in.ts';
import { csrfOf, pageEndpoint, requireCsrf, type Visit } from '../visit.ts';

/**
 * A code is one of a million, three of which are good at a time. Only who knows the password can spend these, so nobody
 * else is locked out.
 */
const limits = [
  { attempts: 10, window: 15 * 60_000 },
  { attempts: 50, window: 24 * 3_600_000 },
];

interface Step {
  readonly user_id: string;
  readonly proof: string;
  readonly browser: string;
}

export const secondFactorForm = (context: LoginContext) =>
  pageEndpoint(context, 'second_factor', async (visit, _form, ports) =>
    (await halfSignedIn(visit)) === undefined
      ? signInAgain(visit, ports, { problem: 'expired' })
      : show(visit),
  );

export const signInWithCode = (context: LoginContext) =>
  pageEndpoint(context, 'second_factor', async (visit, form, ports) => {
    requireCsrf('second_factor', form, visit);
    const user = await halfSignedIn(visit);
    if (user === undefined) return signInAgain(visit, ports, { problem: 'expired' });
    const { db, now } = context;
    // Counted before it is judged: of many that come at once, none is free.
    const wait = await takeAttempt(db, user.id, limits, now());
    if (wait > 0) {
      noteRefused(visit, 'too_many_failures', user);
      return show(visit, 'throttled', Math.ceil(wait / 1000));
    }
    if (!(await acceptsCode(user, form.get('code') ?? '', context))) {
      noteRefused(visit, 'code_wrong', user);
      return show(visit, 'wrong');
    }
    await forgiveAttempts(db, user.id, limits, now());
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
  return useRecoveryCode(db, user.id, recoveryCodes.hash(code));
}

/** Whose password was right a moment ago, in this browser. */
async function halfSignedIn({ request, issuer, context, browser }: Visit): Promise<User | undefined> {
  const { forms, reads, now } = context;
  const step = forms.openState<Step>(readCookie(request, 'step', issuer), 'second factor', now());
  if (step === undefined || step.browser !== browser) return undefined;
  const user = await findUser(reads, step.user_id);
  const still =
    user !== undefined && !user.disabled && user.sealed_totp_secret !== null && proofOf(user) === step.proof;
  return still ? user : undefined;
}

function show(visit: Visit, problem?: Problem, wait_seconds?: number): HttpResponse {
  const { base, query, view, cookies, request } = visit;
  const action = `${base}/second-factor${query === '' ? '' : `?${query}`}`;
  const page = codePage(view, {
    action,
    csrf: csrfOf('second_factor', visit),
    problem,
    wait_seconds,
  });
  return pageResponse(page, {
    status: problem === undefined ? 200 : problem === 'throttled' ? 429 : 422,
    cookies,
    leads_away: query !== '',
    request_id: request.id,
    retry_after: wait_seconds,
  });
}
