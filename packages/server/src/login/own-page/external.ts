// The company's own sign-in page (docs/own-sign-in-page.md): the browser goes there with a ticket, and comes back with
// what the user answered.

import {
  type AuthorizationQuestion,
  type AuthorizationRequest,
  authorizationAllowed,
  authorizationDenied,
  type HttpResponse,
  OAuthError,
  type Ports,
} from '@tessera-oauth/core';
import { saveExternalUser } from '../../store/tables/identities.ts';
import type { LoginContext } from '../context.ts';
import { withCookie } from '../cookies.ts';
import { redirect } from '../respond.ts';
import { startSession } from '../sign-in.ts';
import { pageEndpoint, type Visit } from '../visit.ts';
import { type Permission, takeResult } from './ticket-answers.ts';
import { ownPage, signTicket, type Underway } from './tickets.ts';

/** Sends the browser to the page. `wanted` is undefined where no app asks. */
export async function sendToExternal(
  visit: Visit,
  question: AuthorizationQuestion,
  wanted: AuthorizationRequest | undefined,
  { keys }: Pick<Ports, 'keys'>,
): Promise<HttpResponse> {
  const target = new URL(ownPage(visit.context).url);
  target.searchParams.set('ticket', await signTicket(visit, question, wanted, keys));
  return redirect(target.toString(), visit.cookies);
}

/** GET: signing in for a user's own account page. */
export const signInExternally = (context: LoginContext) =>
  pageEndpoint(context, 'sign_in', (visit, _form, ports) =>
    sendToExternal({ ...visit, query: '' }, { ask: 'sign_in' }, undefined, ports),
  );

/** GET: the browser is back, and goes on where it was going. */
export const resume = (context: LoginContext) =>
  pageEndpoint(context, 'sign_in', async (visit, form, ports) => {
    const { issuer, browser, base } = visit;
    const { answer, ask, query } = await takeResult(form.get('result'), browser, issuer, context);
    const request = { ...visit.request, method: 'GET', query };
    if ('error' in answer) {
      if (query !== '') return authorizationDenied({ request, issuer, ports });
      throw new OAuthError('access_denied', 'sign_in_refused', 'You have not signed in.', { status: 403 });
    }
    const started = await signIn(visit, ask, answer);
    const cookies = [...visit.cookies, ...(started === undefined ? [] : [started.set])];
    if (query === '') return redirect(base, cookies);
    const allowed = { ...request, query: answered(query) };
    const signedIn = started === undefined ? allowed : withCookie(allowed, 'session', started.token, issuer);
    const asked = { request: signedIn, issuer, ports: askingNoMore(ports) };
    const response = await authorizationAllowed(asked, answer.scope);
    if (cookies.length === 0) return response;
    return { ...response, headers: { ...response.headers, 'Set-Cookie': cookies } };
  });

/** Starts a session; undefined where the one that the page was told of goes on. */
async function signIn(visit: Visit, ask: Underway['ask'], answer: Permission) {
  const { db, now } = visit.context;
  const { subject, amr, auth_time, name, email, email_verified } = answer;
  const user = await saveExternalUser(db, { id: subject, name, email, email_verified }, now());
  // Who was only asked to consent has not signed in anew.
  if (ask !== 'sign_in' && visit.session?.user.id === subject) return undefined;
  const how = { amr, identity_provider: 'external', ...(auth_time !== undefined && { auth_time }) };
  const started = await startSession(visit, user, how);
  if (started !== undefined) return started;
  throw new OAuthError('access_denied', 'user_disabled', 'This account is disabled.', { status: 403 });
}

/** All that the request wanted to be asked has been. */
function answered(query: string): string {
  const remaining = new URLSearchParams(query);
  for (const name of ['prompt', 'max_age']) remaining.delete(name);
  return remaining.toString();
}

/** Whatever is still open after the page has answered goes to the client: the two would send the browser round. */
const askingNoMore = (ports: Ports): Ports => ({
  ...ports,
  interaction: {
    ...ports.interaction,
    async ask() {
      throw new OAuthError('login_required', 'user_not_the_one_meant', 'Another user signed in.');
    },
  },
});
