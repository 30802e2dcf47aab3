// The core's port to the user in front of the browser: their session, and the pages that ask them.

import type { Interaction, Ports } from '@tessera-oauth/core';
import { formPostPage } from '../pages/index.ts';
import { showConsent, showSelectAccount } from './consent.ts';
import { continueWith } from './continuations/index.ts';
import { showSignIn } from './methods/sign-in-page.ts';
import { sendToExternal } from './own-page/external.ts';
import { signOutByApp } from './sign-out.ts';
import type { LoginContext } from './visit/context.ts';
import { readCookie } from './visit/cookies.ts';
import { refusalPage } from './visit/page-endpoint.ts';
import { pageResponse, redirect } from './visit/respond.ts';
import { currentSession, openVisit, pathOf } from './visit/visit.ts';

export function createInteraction(context: LoginContext, { keys }: Pick<Ports, 'keys'>): Interaction {
  return {
    async session(request, issuer) {
      const session = (await currentSession(request, issuer, context))?.session;
      if (session === undefined) return undefined;
      const { id, user_id, auth_time, amr, identity_provider } = session;
      return { user_id, session_id: id, auth_time, amr, identity_provider };
    },
    async ask(question, authorization, request, issuer) {
      const { query } = request;
      const visit = continueWith(await openVisit(request, issuer, context), { kind: 'authorization', query });
      if (context.external !== undefined) return sendToExternal(visit, question, authorization, keys);
      const { client, login_hint } = authorization;
      switch (question.ask) {
        case 'sign_in':
          return showSignIn(visit, { client_name: client.client_name, login_hint });
        case 'select_account':
          return showSelectAccount(visit, question, authorization);
        case 'consent':
          return showConsent(visit, question, authorization);
      }
    },
    sendAgain(request, issuer) {
      const { query } = request;
      // Some servers and proxies take no longer link, and none takes other characters.
      const fits = query.length < 8000 && /^[\x21-\x7E]*$/.test(query);
      if (readCookie(request, 'session', issuer) !== undefined || !fits) return undefined;
      return redirect(`${pathOf(issuer)}${issuer.dialect.paths.authorization}?${query}`);
    },
    signOut: signOutByApp(context),
    refuse: (refusal, request, issuer) => refusalPage(refusal, request, issuer, context),
    async formPost({ redirect_uri }, parameters, request, issuer) {
      const { view } = await openVisit(request, issuer, context);
      const page = formPostPage(view, { action: redirect_uri, parameters });
      return pageResponse(page, { leads_away: true, request_id: request.id });
    },
  };
}
