// The user in front of the browser, as the core asks for it: who is signed in, and pages that ask.

import type {
  AuthorizationQuestion,
  AuthorizationRequest,
  HttpResponse,
  Interaction,
} from '@tessera-oauth/core';
import { isLoopback } from '@tessera-oauth/core';
import { consentPage, formPostPage, selectAccountPage } from '../pages/index.ts';
import { describeScope, listScopes } from '../store/tables/scopes.ts';
import { findUser } from '../store/tables/users.ts';
import { showingScope } from './consent.ts';
import type { LoginContext } from './context.ts';
import { readCookie } from './cookies.ts';
import { sendToExternal } from './own-page/external.ts';
import { pageResponse, redirect } from './respond.ts';
import { answered, showSignIn } from './sign-in.ts';
import { signOutByApp } from './sign-out.ts';
import { csrfOf, currentSession, openVisit, pathOf, refusalPage, type Visit } from './visit.ts';

type Signed = Parameters<typeof sendToExternal>[3];

export function createInteraction(context: LoginContext, signing: Signed): Interaction {
  return {
    async session(request, issuer) {
      const session = (await currentSession(request, issuer, context))?.session;
      if (session === undefined) return undefined;
      const { id, user_id, auth_time, amr, identity_provider } = session;
      return { user_id, session_id: id, auth_time, amr, identity_provider };
    },
    async ask(question, wanted, request, issuer) {
      const visit = await openVisit(request, issuer, context);
      if (context.external !== undefined) return sendToExternal(visit, question, wanted, signing);
      return show(visit, question, wanted);
    },
    sendAgain(request, issuer) {
      const { query } = request;
      const fits = query.length < 8000 && /^[\x21-\x7E]*$/.test(query);
      if (readCookie(request, 'session', issuer) !== undefined || !fits) return undefined;
      return redirect(`${pathOf(issuer)}${issuer.dialect.paths.authorization}?${query}`);
    },
    signOut: signOutByApp(context),
    refuse: (refusal, request, issuer) =>
      refusalPage(
        { ...refusal, status: refusal.status ?? (refusal.reason === 'fault' ? 500 : 400) },
        request,
        issuer,
        context,
      ),
    async formPost({ redirect_uri }, parameters, request, issuer) {
      const { view } = await openVisit(request, issuer, context);
      const page = formPostPage(view, { action: redirect_uri, parameters });
      return pageResponse(page, { leads_away: true, request_id: request.id });
    },
  };
}

async function show(
  visit: Visit,
  question: AuthorizationQuestion,
  wanted: AuthorizationRequest,
): Promise<HttpResponse> {
  const { client, redirect_uri, login_hint } = wanted;
  const asking = { client_name: client.client_name, login_hint };
  if (question.ask === 'sign_in') return showSignIn(visit, asking);
  const { context, base, query, view, cookies, request } = visit;
  const shownQuery = showingScope(query, wanted.scope, visit.issuer);
  const user = await findUser(context.reads, question.session.user_id);
  const user_name = user?.name ?? user?.login ?? user?.email ?? question.session.user_id;
  const shown = {
    user: user_name,
    other_href: `${pathOf(visit.issuer)}${visit.issuer.dialect.paths.authorization}?${asAnother(query)}`,
  };
  const page =
    question.ask === 'select_account'
      ? selectAccountPage(view, {
          ...shown,
          action: `${base}/select?${query}`,
          csrf: csrfOf('select', visit),
        })
      : consentPage(view, {
          ...shown,
          action: `${base}/consent?${shownQuery}`,
          csrf: csrfOf('consent', { ...visit, query: shownQuery }),
          client: {
            name: client.client_name,
            logo_uri: client.logo_uri ?? undefined,
            message: client.consent_message ?? undefined,
          },
          scopes: await describeScopes(visit, wanted.scope, question.remembered),
          redirect_host: hostOf(redirect_uri),
          loopback: isLoopback(redirect_uri) || hostOf(redirect_uri).startsWith('localhost'),
        });
  return pageResponse(page, { cookies, leads_away: true, request_id: request.id });
}

async function describeScopes(
  { context, issuer, view }: Visit,
  scope: readonly string[],
  remembered: readonly string[],
) {
  const known = new Map(
    (await listScopes(context.reads, issuer.name)).map((row) => [
      row.name,
      describeScope(row, view.language),
    ]),
  );
  return scope.map((name) => ({
    name,
    description: known.get(name) ?? '',
    remembered: remembered.includes(name),
  }));
}

/** The same request, signed in anew. */
function asAnother(query: string): string {
  const changed = new URLSearchParams(answered(query, ['login', 'select_account']));
  changed.set('prompt', ['login', changed.get('prompt') ?? ''].join(' ').trim());
  return changed.toString();
}

/** What people know a destination by; an app's own scheme where there is no host. */
function hostOf(uri: string): string {
  const { host, protocol } = new URL(uri);
  return host === '' ? protocol.replace(/:$/, '') : host;
}
