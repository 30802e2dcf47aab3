// Endpoints of the account page: for a signed-in user, with forms that were made here, and a recent sign-in where needed.

import { type Handler, type HttpResponse, OAuthError } from '@tessera-oauth/core';
import { continueWith, signInHref } from '../continuations/index.ts';
import type { LoginContext } from '../visit/context.ts';
import { logStale } from '../visit/events.ts';
import { isCurrent } from '../visit/forms.ts';
import { type PageHandler, pageEndpoint } from '../visit/page-endpoint.ts';
import { redirect } from '../visit/respond.ts';
import type { Visit } from '../visit/visit.ts';

/** Milliseconds after a sign-in in which a user may change how they sign in. */
const recent = 15 * 60_000;

export interface SignedInVisit extends Visit {
  readonly session: NonNullable<Visit['session']>;
}

type AccountHandler = PageHandler<SignedInVisit>;

export const accountEndpoint = (context: LoginContext, handle: AccountHandler): Handler =>
  pageEndpoint(context, 'account', async (visit, form, ports) => {
    const { session, request } = visit;
    if (session === undefined) return redirect(signInHref(visit, { kind: 'account' }), visit.cookies);
    const own = { ...continueWith(visit, { kind: 'account' }), session };
    if (request.method === 'GET' || isCurrent('account', form, own)) return handle(own, form, ports);
    logStale(own);
    return redirect(visit.base, visit.cookies);
  });

/** GET of what only a form of the account page leads to: the page. */
export const toAccount = (context: LoginContext): Handler =>
  accountEndpoint(context, async ({ base }) => redirect(base));

/**
 * For what a stolen session must not be enough for. Users of another provider have no password, passkey or TOTP here, so
 * they are refused.
 */
export const sensitiveEndpoint = (context: LoginContext, handle: AccountHandler): Handler =>
  accountEndpoint(context, async (visit, form, ports) => {
    if (visit.session.user.login === null)
      throw new OAuthError('access_denied', 'user_external', 'This account signs in elsewhere.', {
        status: 403,
      });
    const age = context.now() - visit.session.session.auth_time * 1000;
    return age > recent ? redirect(signInHref(visit, { kind: 'account' })) : handle(visit, form, ports);
  });

export const notices = [
  'disconnected',
  'session_ended',
  'passkey_added',
  'passkey_removed',
  'totp_on',
  'totp_off',
  'password_changed',
] as const;

export type Notice = (typeof notices)[number];

/** Back to the account page, which says what was done. */
export const done = (visit: Visit, notice: Notice, cookies: readonly string[] = []): HttpResponse =>
  redirect(noticeHref(visit, notice), cookies);

export const noticeHref = ({ base }: Visit, notice: Notice): string => `${base}?notice=${notice}`;
