// Signing out at an app's request (OpenID Connect RP-Initiated Logout 1.0): the user is asked first, unless the hint is
// an ID token of this very session.

import type { HttpResponse, Interaction } from '@tessera-oauth/core';
import { formPostPage, signedOutPage, signOutPage } from '../pages/index.ts';
import { deleteSession } from '../store/tables/sessions.ts';
import type { LoginContext } from './visit/context.ts';
import { clearCookie, readCookie } from './visit/cookies.ts';
import { displayName } from './visit/display-name.ts';
import { logUserAction } from './visit/events.ts';
import { csrfOf, requireCsrf } from './visit/forms.ts';
import { pageEndpoint } from './visit/page-endpoint.ts';
import { pageResponse, redirect } from './visit/respond.ts';
import { openVisit, pageHref, pathOf, type Visit } from './visit/visit.ts';

/** Milliseconds. */
const askLifetime = 3_600_000;

/** What signing out comes back to. It is no continuation of a sign-in: nobody is signed in then. */
interface AfterSignOut {
  /** A registered `post_logout_redirect_uri`, with its `state`; absent: our own page. */
  readonly continue_uri?: string | undefined;
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
    return ask(visit, { continue_uri }, client?.client_name);
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

function ask(visit: Visit, after: AfterSignOut, client_name: string | undefined): HttpResponse {
  const { context, view, session, cookies, request } = visit;
  const sealed = context.forms.sealState(after, 'sign out', context.now() + askLifetime);
  const query = new URLSearchParams({ goal: sealed }).toString();
  const confirming = { ...visit, query };
  const page = signOutPage(view, {
    action: pageHref(confirming, '/sign-out/confirm'),
    csrf: csrfOf('sign_out', confirming),
    user: session && displayName(session.user),
    client_name,
  });
  return pageResponse(page, {
    cookies,
    leads_away: after.continue_uri !== undefined,
    request_id: request.id,
  });
}

export const confirmSignOut = (context: LoginContext) =>
  pageEndpoint(context, 'end_session', async (visit, form) => {
    requireCsrf('sign_out', form, visit);
    const sealed = new URLSearchParams(visit.query).get('goal') ?? undefined;
    return signOut(visit, context.forms.openState<AfterSignOut>(sealed, 'sign out', context.now()) ?? {});
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
    pageResponse(signedOutPage(view, {}), { request_id: request.id }),
  );
