// The sign-in page: all the ways in that there are, and what was wrong with the last attempt.

import type { HttpResponse, Ports, Reason } from '@tessera-oauth/core';
import { type SignIn, signInPage } from '../../pages/index.ts';
import {
  type AppShown,
  beginningEndpoint,
  type ContinuedVisit,
  continuationOf,
} from '../continuations/index.ts';
import type { LoginContext } from '../visit/context.ts';
import { clearCookie, readCookie } from '../visit/cookies.ts';
import { csrfOf } from '../visit/forms.ts';
import { pageResponse } from '../visit/respond.ts';
import { pageHref } from '../visit/visit.ts';
import { passkeyRequest } from './passkey-request.ts';

interface Attempt {
  readonly problem: NonNullable<SignIn['problem']>;
  readonly login?: string | undefined;
  readonly wait_seconds?: number | undefined;
  /** The provider's name, where the problem is one of it. */
  readonly upstream?: string;
  /** Absent: as the problem has it. */
  readonly status?: number | undefined;
}

const upstreamProblems = {
  upstream_cancelled: 'cancelled',
  upstream_refused: 'refused',
  upstream_unreachable: 'unreachable',
  upstream_busy: 'unreachable',
  user_disabled: 'disabled',
} as const satisfies Partial<Record<Reason, SignIn['problem']>>;

/** What the page says for a reason; undefined where it has no sentence for it. */
export const upstreamProblemOf = (reason: Reason): NonNullable<SignIn['problem']> | undefined =>
  Object.hasOwn(upstreamProblems, reason)
    ? upstreamProblems[reason as keyof typeof upstreamProblems]
    : undefined;

export async function showSignIn(
  visit: ContinuedVisit,
  app: AppShown,
  attempt?: Attempt,
): Promise<HttpResponse> {
  const { context, view, request, issuer } = visit;
  const stale = readCookie(request, 'stale', issuer) !== undefined;
  const page = signInPage(view, {
    action: pageHref(visit, '/sign-in'),
    csrf: csrfOf('sign_in', visit),
    client_name: app.client_name,
    login: attempt?.login ?? app.login_hint,
    problem: attempt?.problem ?? (stale ? 'expired' : undefined),
    wait_seconds: attempt?.wait_seconds,
    upstream: attempt?.upstream,
    upstreams: context.upstreams.map(({ name, label, issuer }) => ({
      label,
      issuer,
      href: pageHref(visit, `/upstream/${name}`),
    })),
    passkey: context.local ? await passkeyRequest(visit, pageHref(visit, '/passkey')) : undefined,
    password: context.local,
  });
  return pageResponse(page, {
    status: attempt === undefined ? 200 : (attempt.status ?? (attempt.problem === 'throttled' ? 429 : 422)),
    cookies: stale ? [...visit.cookies, clearCookie('stale', issuer)] : visit.cookies,
    leads_away: continuationOf(visit).leads_away,
    request_id: request.id,
    retry_after: attempt?.wait_seconds,
  });
}

/** The page again after an attempt that failed, if what the user signs in for can still be had. */
export const signInAgain = (visit: ContinuedVisit, ports: Ports, attempt: Attempt): Promise<HttpResponse> =>
  continuationOf(visit).askToSignIn(visit, ports, (asked, app) => showSignIn(asked, app, attempt));

/** GET: the page by itself, where no app has asked for it. */
export const signInForm = (context: LoginContext) =>
  beginningEndpoint(context, 'sign_in', (visit, _form, ports) =>
    continuationOf(visit).askToSignIn(visit, ports, showSignIn),
  );
