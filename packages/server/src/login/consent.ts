// What a signed-in user is asked: which account, and yes or no to an app (RFC 6749 §4.1.1, steps B and C).

import {
  type AuthorizationQuestion,
  type AuthorizationRequest,
  type HttpResponse,
  isLoopback,
} from '@tessera-oauth/core';
import { type Consent, consentPage, selectAccountPage } from '../pages/index.ts';
import { describeScope, listScopes, undescribed } from '../store/tables/scopes.ts';
import { findUser } from '../store/tables/users.ts';
import { consentHref, namingScope, otherAccountHref } from './continuations/authorization.ts';
import {
  askAnew,
  type ContinuedVisit,
  continuationOf,
  continuedEndpoint,
  continueWith,
} from './continuations/index.ts';
import type { LoginContext } from './visit/context.ts';
import { displayName } from './visit/display-name.ts';
import { csrfOf, isCurrent } from './visit/forms.ts';
import { pageResponse, withCookies } from './visit/respond.ts';
import { pageHref, type Visit } from './visit/visit.ts';

type Question<Ask> = Extract<AuthorizationQuestion, { ask: Ask }>;

export async function showSelectAccount(
  visit: ContinuedVisit<'authorization'>,
  { session }: Question<'select_account'>,
  { client }: AuthorizationRequest,
): Promise<HttpResponse> {
  const page = selectAccountPage(visit.view, {
    user: await nameOf(session.user_id, visit.context),
    client_name: client.client_name,
    other_href: otherAccountHref(visit),
    action: pageHref(visit, '/select'),
    csrf: csrfOf('select', visit),
  });
  return pageResponse(page, { cookies: visit.cookies, leads_away: true, request_id: visit.request.id });
}

export async function showConsent(
  visit: ContinuedVisit<'authorization'>,
  { session, remembered }: Question<'consent'>,
  { client, redirect_uri, scope }: AuthorizationRequest,
): Promise<HttpResponse> {
  // The form is bound to the scope that is shown, whatever the request comes to mean in the meantime.
  const shown = continueWith(visit, namingScope(visit.continuation, scope, visit.issuer));
  const redirect_host = hostOf(redirect_uri);
  const page = consentPage(visit.view, {
    user: await userShown(session.user_id, visit.context),
    other_href: otherAccountHref(visit),
    action: pageHref(shown, '/consent'),
    csrf: csrfOf('consent', shown),
    client: {
      name: client.client_name,
      logo_uri: client.logo_uri ?? undefined,
      message: client.consent_message ?? undefined,
      site: client.client_uri,
      privacy: client.policy_uri,
      terms: client.tos_uri,
    },
    scopes: await describeScopes(visit, scope, remembered),
    redirect_host,
    loopback: isLoopback(redirect_uri),
  });
  return pageResponse(page, { cookies: visit.cookies, leads_away: true, request_id: visit.request.id });
}

export const selectAccount = (context: LoginContext) =>
  continuedEndpoint(context, 'authorization', async (visit, form, ports) => {
    if (!isCurrent('select', form, visit)) return askAnew(visit);
    const answer = form.get('decision') === 'cancel' ? 'refused' : 'account_selected';
    const response = await continuationOf(visit).resume(visit, { answer }, ports);
    return withCookies(response, visit.cookies);
  });

export const decideConsent = (context: LoginContext) =>
  continuedEndpoint(context, 'authorization', async (visit, form, ports) => {
    // Somebody who said no must not be sent on for what was allowed in another tab: they are asked again.
    if (!isCurrent('consent', form, visit)) {
      return askAnew(visit, 'form_stale', isRequest(visit) ? consentHref(visit) : undefined);
    }
    if (form.get('decision') !== 'allow')
      return continuationOf(visit).resume(visit, { answer: 'refused' }, ports);
    const scope = [...(form.get('shown') ?? '').split(' '), ...form.all('scope')];
    return continuationOf(visit).resume(visit, { answer: 'allowed', scope }, ports);
  });

const isRequest = (visit: ContinuedVisit): visit is ContinuedVisit<'authorization'> =>
  visit.continuation.kind === 'authorization';

async function nameOf(user_id: string, { reads }: LoginContext): Promise<string> {
  const user = await findUser(reads, user_id);
  return user === undefined ? user_id : displayName(user);
}

/** With the login or the address, for who has several accounts of one name. */
async function userShown(user_id: string, { reads }: LoginContext): Promise<Consent['user']> {
  const user = await findUser(reads, user_id);
  if (user === undefined) return { name: user_id };
  return { name: displayName(user), login: user.login ?? user.email ?? undefined };
}

async function describeScopes(
  { context, issuer, view }: Visit,
  scope: readonly string[],
  remembered: readonly string[],
): Promise<Consent['scopes']> {
  const rows = new Map((await listScopes(context.reads, issuer.name)).map((row) => [row.name, row]));
  return scope.map((name) => {
    const row = rows.get(name) ?? undescribed;
    return {
      name,
      description: describeScope(row, view.language),
      remembered: remembered.includes(name),
      sensitive: row.sensitive,
      optional: row.optional,
    };
  });
}

/** The host that the answer goes to; an app's own scheme where there is no host. */
function hostOf(uri: string): string {
  const { host, protocol } = new URL(uri);
  return host === '' ? protocol.replace(/:$/, '') : host;
}
