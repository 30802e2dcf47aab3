// Signing out at an app's request (OpenID Connect RP-Initiated Logout 1.0): asked first, unless the app shows whom it means.

import type { HttpResponse, Interaction } from '@tessera-oauth/core';
import { formPostPage, signedOutPage, signOutPage } from '../pages/index.ts';
import { deleteSession } from '../store/tables/sessions.ts';
import { nameOf } from './account/account.ts';
import type { LoginContext } from './context.ts';
import { clearCookie, readCookie } from './cookies.ts';
import { pageResponse, redirect } from './respond.ts';
import { csrfOf, openVisit, pageEndpoint, pathOf, requireCsrf, type Visit } from './visit.ts';

const askLifetime = 3_600_000;

interface Goal {
  /** Where the user goes then; absent: nowhere. */
  readonly continue_uri?: string | undefined;
}

export const signOutByApp =
  (context: LoginContext): Interaction['signOut'] =>
  async ({ client, continue_uri, hint, ui_locales }, request, issuer) => {
    // Only what the pages read of it: an ID token need not stand in yet another URL.
    const query = ui_locales === undefined ? '' : new URLSearchParams({ ui_locales }).toString();
    const visit = await openVisit(request, issuer, context, query);
    if (request.method === 'POST' && visit.session === undefined && request.query !== again)
      return postAgain(visit, Buffer.from(request.body).toString(), { continue_uri });
    if (visit.session === undefined) return signedOut(visit, { continue_uri });
    // §2: the user is asked, unless the hint is of this very session.
    const meant = hint?.sid !== undefined && hint.sid === visit.session.session.id;
    if (meant && hint?.sub === visit.session.user.id) return signOut(visit, { continue_uri });
    return ask(visit, { continue_uri }, client?.client_name);
  };

/** The query of a form that our own page has posted: it came with all the cookies that there are. */
const again = 'again';

/** A form of another site comes without cookies (SameSite=Lax): our own page posts it once more, with them. */
function postAgain(visit: Visit, body: string, goal: Goal): HttpResponse {
  const action = `${pathOf(visit.issuer)}${visit.issuer.dialect.paths.end_session}?${again}`;
  const page = formPostPage(visit.view, {
    action,
    parameters: Object.fromEntries(new URLSearchParams(body)),
  });
  const leads_away = goal.continue_uri !== undefined;
  return pageResponse(page, { cookies: visit.cookies, leads_away, request_id: visit.request.id });
}

function ask(visit: Visit, goal: Goal, client_name: string | undefined): HttpResponse {
  const { context, base, view, session, cookies, request } = visit;
  const sealed = context.forms.sealState(goal, 'sign out', context.now() + askLifetime);
  const query = new URLSearchParams({ goal: sealed }).toString();
  const page = signOutPage(view, {
    action: `${base}/sign-out/confirm?${query}`,
    csrf: csrfOf('sign_out', { ...visit, query }),
    user: session && nameOf(session.user),
    client_name,
  });
  return pageResponse(page, { cookies, leads_away: goal.continue_uri !== undefined, request_id: request.id });
}

export const confirmSignOut = (context: LoginContext) =>
  pageEndpoint(context, 'end_session', async (visit, form) => {
    requireCsrf('sign_out', form, visit);
    const sealed = new URLSearchParams(visit.query).get('goal') ?? undefined;
    return signOut(visit, context.forms.openState<Goal>(sealed, 'sign out', context.now()) ?? {});
  });

async function signOut(visit: Visit, goal: Goal): Promise<HttpResponse> {
  const { context, session, request, issuer } = visit;
  if (session !== undefined && (await deleteSession(context.db, session.hash))) {
    const event = {
      request_id: request.id,
      issuer: issuer.name,
      user_id: session.user.id,
      address: request.address,
    };
    context.audit.userActed({ ...event, action: 'signed_out' });
  }
  return signedOut(visit, goal);
}

function signedOut(visit: Visit, { continue_uri }: Goal): HttpResponse {
  const had = readCookie(visit.request, 'session', visit.issuer) !== undefined;
  const cookies = had ? [clearCookie('session', visit.issuer)] : [];
  return redirect(continue_uri ?? `${visit.base}/signed-out`, cookies);
}

export const showSignedOut = (context: LoginContext) =>
  pageEndpoint(context, 'end_session', async ({ view, request }) =>
    pageResponse(signedOutPage(view, {}), { request_id: request.id }),
  );
