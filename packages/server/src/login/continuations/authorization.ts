// Back to the authorization request (RFC 6749 §4.1.1), which is judged anew each time: client, redirect URI, scope,
// session and consent (docs/decisions/0008-signing-in-keeps-no-state.md).

import {
  authorizationAllowed,
  authorizationDenied,
  authorizationUnmet,
  authorize,
  canonicalForm,
  type EndpointContext,
  type HttpResponse,
  type Issuer,
  OAuthError,
  type Ports,
  parseScope,
  readIdToken,
} from '@tessera-oauth/core';
import { redirect } from '../visit/respond.ts';
import { openVisit, pathOf } from '../visit/visit.ts';
import type { Answer, Continuation, Continued, ContinuedVisit } from './continuation.ts';

declare module './continuation.ts' {
  interface Kinds {
    /** The query of the request, as the app sent it and less what the user has answered. */
    readonly authorization: { readonly query: string };
  }
}

type RequestVisit = ContinuedVisit<'authorization'>;

export const authorization: Continuation<'authorization'> = {
  // Unsealed: it is the app's own request, and whatever else somebody writes there is judged like one.
  plain: {
    read(query) {
      const canonical = canonicalForm(query);
      return new URLSearchParams(canonical).has('client_id')
        ? { kind: 'authorization', query: canonical }
        : undefined;
    },
    write: ({ query }) => query,
  },
  leads_away: true,
  href: ({ issuer, continuation }) => authorizationHref(issuer, continuation.query),
  upstreamParameters,
  askToSignIn(visit, ports, show) {
    const { issuer, context, continuation } = visit;
    const interaction: Ports['interaction'] = {
      ...ports.interaction,
      session: async () => undefined,
      async ask(_question, { client, login_hint }, request) {
        const asked = { ...(await openVisit(request, issuer, context)), continuation };
        return show(asked, { client_name: client.client_name, login_hint });
      },
    };
    return authorize(requestOf(visit, { ...ports, interaction }));
  },
  async resume(visit, answer, ports) {
    const { issuer, continuation } = visit;
    switch (answer.answer) {
      case 'signed_in':
        return signedIn(visit, answer.user_id, ports);
      case 'not_recent':
        return authorizationUnmet(requestOf(visit, ports), 'sign_in_not_recent');
      case 'account_selected':
        return redirect(authorizationHref(issuer, withoutAnswered(continuation.query, ['select_account'])));
      case 'allowed':
        return allowed(visit, answer.scope, ports);
      case 'allowed_elsewhere':
        return allowedElsewhere(visit, answer, ports);
      case 'refused':
        return authorizationDenied(requestOf(visit, ports));
    }
  },
};

const requestOf = ({ request, issuer, continuation }: RequestVisit, ports: Ports): EndpointContext => ({
  request: { ...request, method: 'GET', query: continuation.query },
  issuer,
  ports,
});

/** A session that the provider still has is no answer to `prompt=login`, so the app's wishes go with the user. */
function upstreamParameters({ query }: Continued<'authorization'>): Record<string, string> {
  const requested = new URLSearchParams(query);
  const prompts = (requested.get('prompt') ?? '').split(' ');
  const parameters = {
    prompt: ['login', 'select_account'].filter((each) => prompts.includes(each)).join(' '),
    // Then the provider has to say when the user signed in (§2, `auth_time`): providers that ignore `prompt` are found out.
    max_age: prompts.includes('login') ? '0' : (requested.get('max_age') ?? ''),
    login_hint: requested.get('login_hint') ?? '',
  };
  return Object.fromEntries(Object.entries(parameters).filter(([, value]) => value !== ''));
}

async function signedIn(visit: RequestVisit, user_id: string, ports: Ports): Promise<HttpResponse> {
  const { issuer, base, continuation } = visit;
  const hint = new URLSearchParams(continuation.query).get('id_token_hint');
  const hinted = hint === null ? undefined : await readIdToken(hint, issuer, ports);
  // OpenID Connect Core 1.0 §3.1.2.1: the app means another user. Asking to sign in again would never end.
  if (hinted !== undefined && hinted.sub !== user_id)
    return authorizationUnmet(requestOf(visit, ports), 'user_of_another_hint');
  if (issuer.dialect.paths.authorization === undefined) return redirect(base);
  const query = withoutAnswered(continuation.query, ['login', 'select_account'], ['max_age']);
  return redirect(authorizationHref(issuer, query));
}

/** Of what the page showed, what was allowed; nothing at all is a refusal, not a grant of nothing. */
function allowed(visit: RequestVisit, scope: readonly string[], ports: Ports): Promise<HttpResponse> {
  const shown = namedScope(visit.continuation, visit.issuer);
  const given = shown.filter((name) => scope.includes(name));
  return shown.length > 0 && given.length === 0
    ? authorizationDenied(requestOf(visit, ports))
    : authorizationAllowed(requestOf(visit, ports), given);
}

/** Questions that are still open go to the app as an error: own page and server would send the browser to and fro. */
function allowedElsewhere(
  visit: RequestVisit,
  { scope }: Extract<Answer, { answer: 'allowed_elsewhere' }>,
  ports: Ports,
): Promise<HttpResponse> {
  const query = new URLSearchParams(visit.continuation.query);
  for (const name of ['prompt', 'max_age']) query.delete(name);
  const interaction: Ports['interaction'] = {
    ...ports.interaction,
    async ask() {
      throw new OAuthError('login_required', 'user_not_the_one_meant', 'Another user signed in.');
    },
  };
  const continuation = { kind: 'authorization', query: query.toString() } as const;
  return authorizationAllowed(requestOf({ ...visit, continuation }, { ...ports, interaction }), scope);
}

const authorizationHref = (issuer: Issuer, query: string): string =>
  `${pathOf(issuer)}${issuer.dialect.paths.authorization}?${query}`;

/** The same request where the user signs in anew, as somebody else perhaps. */
export function otherAccountHref({ issuer, continuation }: RequestVisit): string {
  const query = new URLSearchParams(withoutAnswered(continuation.query, ['login', 'select_account']));
  query.set('prompt', ['login', query.get('prompt') ?? ''].join(' ').trim());
  return authorizationHref(issuer, query.toString());
}

/** The same request where the user is asked to consent, whatever was allowed before. */
export function consentHref({ issuer, continuation }: RequestVisit): string {
  const query = new URLSearchParams(continuation.query);
  const prompts = (query.get('prompt') ?? '').split(' ').filter((each) => each !== '');
  query.set('prompt', [...new Set([...prompts, 'consent'])].join(' '));
  return authorizationHref(issuer, query.toString());
}

/** The request with the scope that the consent page shows, also where the app left the scope to the server. */
export function namingScope(
  { query }: Continued<'authorization'>,
  scope: readonly string[],
  { dialect }: Issuer,
): Continued<'authorization'> {
  const named = new URLSearchParams(query);
  named.set('scope', scope.join(dialect.scope.delimiter));
  return { kind: 'authorization', query: named.toString() };
}

const namedScope = ({ query }: Continued<'authorization'>, { dialect }: Issuer): string[] =>
  parseScope(new URLSearchParams(query).get('scope') ?? '', [dialect.scope.delimiter]);

/** A query without these prompts and parameters, which the user has just answered. */
function withoutAnswered(
  query: string,
  prompts: readonly string[],
  parameters: readonly string[] = [],
): string {
  const remaining = new URLSearchParams(query);
  const prompt = (remaining.get('prompt') ?? '')
    .split(' ')
    .filter((each) => each !== '' && !prompts.includes(each));
  remaining.delete('prompt');
  if (prompt.length > 0) remaining.set('prompt', prompt.join(' '));
  for (const name of parameters) remaining.delete(name);
  return remaining.toString();
}
