// The company's own sign-in page (docs/own-sign-in-page.md): the browser goes there with a ticket, and comes back with
// what the user answered.

import {
  type AuthorizationQuestion,
  type AuthorizationRequest,
  type HttpResponse,
  OAuthError,
  type Ports,
} from '@tessera-oauth/core';
import { saveExternalUser } from '../../store/tables/identities.ts';
import {
  askAnew,
  beginningEndpoint,
  type ContinuedVisit,
  continuationOf,
  continueFrom,
} from '../continuations/index.ts';
import type { LoginContext } from '../visit/context.ts';
import { withCookie } from '../visit/cookies.ts';
import { pageEndpoint } from '../visit/page-endpoint.ts';
import { redirect, withCookies } from '../visit/respond.ts';
import { type StartedSession, startSession } from '../visit/session.ts';
import type { Visit } from '../visit/visit.ts';
import { type Permission, takeResult } from './ticket-answers.ts';
import { ownPage, signTicket, type TicketState } from './tickets.ts';

/** Sends the browser to the page. `request` is undefined where no app asks. */
export async function sendToExternal(
  visit: ContinuedVisit,
  question: AuthorizationQuestion,
  request: AuthorizationRequest | undefined,
  keys: Ports['keys'],
): Promise<HttpResponse> {
  const target = new URL(ownPage(visit.context).url);
  target.searchParams.set('ticket', await signTicket(visit, question, request, keys));
  return redirect(target.toString(), visit.cookies);
}

/** GET: signing in where no app has asked for it. */
export const signInExternally = (context: LoginContext) =>
  beginningEndpoint(context, 'sign_in', (visit, _form, { keys }) =>
    sendToExternal(visit, { ask: 'sign_in' }, undefined, keys),
  );

/** GET: the browser is back, and goes on where it was going. */
export const resume = (context: LoginContext) =>
  pageEndpoint(context, 'sign_in', async (visit, form, ports) => {
    const { issuer, browser, cookies } = visit;
    const result = await takeResult(form.get('result'), browser, issuer, context);
    const continued = continueFrom(visit, result.query);
    if ('reason' in result) return askAnew(continued, result.reason);
    const { answer, ask } = result;
    const { resume } = continuationOf(continued);
    if ('error' in answer) return resume(continued, { answer: 'refused' }, ports);
    const started = await signIn(visit, ask, answer);
    const allowed = { answer: 'allowed_elsewhere', scope: answer.scope } as const;
    if (started === undefined) return withCookies(await resume(continued, allowed, ports), cookies);
    // The request is answered now, so it must have the session that the browser is only about to be given.
    const request = withCookie(visit.request, 'session', started.token, issuer);
    const response = await resume({ ...continued, request }, allowed, ports);
    return withCookies(response, [...cookies, ...started.cookies]);
  });

/** Starts a session; undefined where the page was told of the browser's session and the user is the same. */
async function signIn(
  visit: Visit,
  ask: TicketState['ask'],
  { subject, amr, auth_time, name, email, email_verified }: Permission,
): Promise<StartedSession | undefined> {
  const { db, now } = visit.context;
  const user = await saveExternalUser(db, { id: subject, name, email, email_verified }, now());
  // A user who was only asked for consent has not signed in anew.
  if (ask !== 'sign_in' && visit.session?.user.id === subject) return undefined;
  const authentication = {
    amr,
    identity_provider: 'external',
    ...(auth_time !== undefined && { auth_time }),
  };
  const started = await startSession(visit, user, authentication);
  if (started !== undefined) return started;
  throw new OAuthError('access_denied', 'user_disabled', 'This account is disabled.', { status: 403 });
}
