// Signing out at an app's request (OpenID Connect RP-Initiated Logout 1.0): the user is asked first, unless the hint is
// an ID token of this very session.

import type { HttpResponse, Interaction } from '@tessera-oauth/core';
import { formPostPage, signedOutPage, signOutPage } from '../pages/index.ts';
import { deleteSession } from '../store/tables/sessions.ts';
import type { LoginContext } from './visit/context.ts';
import { clearCookie, readCookie } from './visit/cookies.ts';
import { displayName } from './visit/display-name.ts';
import { logStale, logUserAction } from './visit/events.ts';
import { csrfOf, isCurrent } from './visit/forms.ts';
import { pageEndpoint } from './visit/page-endpoint.ts';
import { pageResponse, redirect } from './visit/respond.ts';
import { openVisit, pageHref, pathOf, type Visit } from './visit/visit.ts';

/** Milliseconds. */
const askLifetime = 3_600_000;
const purpose = 'sign out';

/** What signing out comes back to. It is no continuation of a sign-in: nobody is signed in then. */
interface AfterSignOut {
  /** A registered `post_logout_redirect_uri`, with its `state`; absent: our own page. */
  readonly continue_uri?: string | undefined;
  /** Of the app that asks. */
  readonly client_name?: string | undefined;
}

export const signOutByApp =
  (context: LoginContext): Interaction['signOut'] =>
  async ({ client, continue_uri, hint, ui_locales }, request, issuer) => {
    // Only what the pages read of the request: the ID token in it should not be in one more URL.
    const query = ui_locales === undefined ? '' : new URLSearchParams({ ui_locales }).toString();
    const visit = await openVisit(request, issuer, context, query);
    if (request.method === 'POST' && visit.session === undefined && request.query !== again)
      return postAgain(visit, Buffer.from(request.body).toString(), { continue_uri });
    if (visit.session === undefined) return signedOut(visit, { continue_uri });
    // §2: the user is asked, unless the hint is of this very session.
    const sameSession = hint?.sid !== undefined && hint.sid === visit.session.session.id;
    if (sameSession && hint?.sub === visit.session.user.id) return signOut(visit, { continue_uri });
    return ask(visit, { continue_uri, client_name: client?.client_name });
  };

/** The query of a form that our own page has posted: it came with all of the browser's cookies. */
const again = 'again';

/** A form of another site comes without cookies (SameSite=Lax): our own page posts it once more, with cookies. */
function postAgain(visit: Visit, body: string, after: AfterSignOut): HttpResponse {
  const action = `${pathOf(visit.issuer)}${visit.issuer.dialect.paths.end_session}?${again}`;
  const page = formPostPage(visit.view, {
    action,
    parameters: Object.fromEntries(new URLSearchParams(body)),
  });
  const leads_away = after.continue_uri !== undefined;
  return pageResponse(page, { cookies: visit.cookies, leads_away, request_id: visit.request.id });
}

function ask(visit: Visit, after: AfterSignOut): HttpResponse {
  const { context, view, session, cookies, request } = visit;
  const query = new URLSearchParams(visit.query);
  query.set('goal', context.forms.sealState(after, purpose, context.now() + askLifetime));
  const confirming = { ...visit, query: query.toString() };
  const page = signOutPage(view, {
    action: pageHref(confirming, '/sign-out/confirm'),
    csrf: csrfOf('sign_out', confirming),
    user: session && displayName(session.user),
    client_name: after.client_name,
  });
  return pageResponse(page, {
    cookies,
    leads_away: after.continue_uri !== undefined,
    request_id: request.id,
  });
}

const goalOf = ({ query, context: { forms, now } }: Visit): AfterSignOut =>
  forms.openState<AfterSignOut>(new URLSearchParams(query).get('goal') ?? undefined, purpose, now()) ?? {};

/** GET: the question again, where it went stale. */
export const askToSignOut = (context: LoginContext) =>
  pageEndpoint(context, 'end_session', async (visit) =>
    visit.session === undefined ? signedOut(visit, goalOf(visit)) : ask(visit, goalOf(visit)),
  );

export const confirmSignOut = (context: LoginContext) =>
  pageEndpoint(context, 'end_session', async (visit, form) => {
    if (isCurrent('sign_out', form, visit)) return signOut(visit, goalOf(visit));
    logStale(visit);
    return redirect(pageHref(visit, '/sign-out/confirm'), visit.cookies);
  });

/** The button of the account page. */
export const signOutOfAccount = (context: LoginContext) =>
  pageEndpoint(context, 'account', async (visit, form) => {
    if (visit.session === undefined || isCurrent('account', form, { ...visit, query: '' }))
      return signOut(visit, {});
    logStale(visit);
    return redirect(visit.base, visit.cookies);
  });

async function signOut(visit: Visit, after: AfterSignOut): Promise<HttpResponse> {
  const { context, session } = visit;
  if (session !== undefined && (await deleteSession(context.db, session.hash)))
    logUserAction(visit, session.user, 'signed_out');
  return signedOut(visit, after);
}

function signedOut(visit: Visit, { continue_uri }: AfterSignOut): HttpResponse {
  const had = readCookie(visit.request, 'session', visit.issuer) !== undefined;
  const cookies = had ? [clearCookie('session', visit.issuer)] : [];
  return redirect(continue_uri ?? `${visit.base}/signed-out`, cookies);
}

export const showSignedOut = (context: LoginContext) =>
  pageEndpoint(context, 'end_session', async ({ view, request }) =>
    pageResponse(signedOutPage(view), { request_id: request.id }),
  );
