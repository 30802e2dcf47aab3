// What the user answered: which account, and yes or no (RFC 6749 §4.1.1, steps B and C).

import {
  authorizationAllowed,
  authorizationDenied,
  type HttpResponse,
  type Issuer,
  parseScope,
} from '@tessera-oauth/core';
import type { LoginContext } from './context.ts';
import { redirect } from './respond.ts';
import { answered, signInAgain } from './sign-in.ts';
import { pageEndpoint, pathOf, requireCsrf, type Visit } from './visit.ts';

export const selectAccount = (context: LoginContext) =>
  pageEndpoint(context, 'authorization', async (visit, form) => {
    requireCsrf('select', form, visit);
    return redirect(authorizationHref(visit, answered(visit.query, ['select_account'])), visit.cookies);
  });

export const decideConsent = (context: LoginContext) =>
  pageEndpoint(context, 'authorization', async (visit, form, ports): Promise<HttpResponse> => {
    if (visit.session === undefined) return signInAgain(visit, ports, { problem: 'expired' });
    // The form is bound to this very request: what was shown is what is allowed.
    requireCsrf('consent', form, visit);
    const request = { ...visit.request, method: 'GET', query: visit.query };
    const asked = { request, issuer: visit.issuer, ports };
    if (form.get('decision') !== 'allow') return authorizationDenied(asked);
    return authorizationAllowed(asked, shownScope(visit));
  });

/** The query of a consent form names the scope that is shown, also where the app left it to the server. */
export function showingScope(query: string, scope: readonly string[], { dialect }: Issuer): string {
  const named = new URLSearchParams(query);
  named.set('scope', scope.join(dialect.scope.delimiter));
  return named.toString();
}

const shownScope = ({ query, issuer: { dialect } }: Visit): string[] =>
  parseScope(new URLSearchParams(query).get('scope') ?? '', [dialect.scope.delimiter]);

const authorizationHref = ({ issuer }: Visit, query: string): string =>
  `${pathOf(issuer)}${issuer.dialect.paths.authorization}?${query}`;
