// The registry of continuations, and how one is carried: in the URLs of the pages, or sealed by a sign-in elsewhere.

import type { Handler, HttpResponse, Reason } from '@tessera-oauth/core';
import type { LoginContext } from '../visit/context.ts';
import { setCookie } from '../visit/cookies.ts';
import { logStale } from '../visit/events.ts';
import { formForged, isCurrent } from '../visit/forms.ts';
import { type PageHandler, pageEndpoint } from '../visit/page-endpoint.ts';
import { redirect } from '../visit/respond.ts';
import { pageHref, type Visit } from '../visit/visit.ts';
import { account } from './account.ts';
import { authorization } from './authorization.ts';
import type { Continuation, Continued, ContinuedVisit, Kind, Kinds } from './continuation.ts';

export type { AppShown, Continued, ContinuedVisit } from './continuation.ts';

type Registry = { readonly [K in keyof Kinds]: Continuation<K> };

/** The account is the last: it takes whatever is of no other kind. */
const continuations: Registry = { authorization, account };

export const continuationOf = <K extends Kind>({ continuation }: ContinuedVisit<K>): Continuation<K> =>
  continuations[continuation.kind];

/** The visit with this continuation under way. */
export const continueWith = <K extends Kind>(
  visit: Visit,
  continuation: Continued<K>,
): ContinuedVisit<K> => ({ ...visit, continuation, query: queryOf(continuation, visit.context) });

/** The visit with the continuation that this query carries; throws for a query that carries none. */
export function continueFrom(visit: Visit, query: string): ContinuedVisit {
  const carrying = { ...visit, query };
  return { ...carrying, continuation: read(carrying) };
}

/** Where a sign-in begins: what it comes back to is in the link. */
export const signInHref = (visit: Visit, continuation: Continued): string =>
  pageHref(continueWith(visit, continuation), '/sign-in');

/** Where the question of this visit is asked, and judged, anew. */
export const hrefOf = (visit: ContinuedVisit): string =>
  continuationOf(visit).href?.(visit) ?? pageHref(visit, '/sign-in');

/** Seconds in which the browser follows a redirect. */
const staleLifetime = 60;

/**
 * For a form, or a link back to us, that is not, or no longer, of this browser, session and page: nothing is done, and the
 * browser goes back to where the question is asked. Where that is the sign-in page, it says why.
 */
export function askAnew(
  visit: ContinuedVisit,
  reason: Reason = 'form_stale',
  href = hrefOf(visit),
): HttpResponse {
  logStale(visit, reason);
  const { session, issuer, cookies } = visit;
  const stale = session === undefined ? [setCookie('stale', '1', issuer, staleLifetime)] : [];
  return redirect(href, [...cookies, ...stale]);
}

/** A form, or a page between two forms, of a sign-in that is under way. */
export const continuedEndpoint = (
  context: LoginContext,
  endpoint: string,
  handle: PageHandler<ContinuedVisit>,
): Handler =>
  pageEndpoint(context, endpoint, (visit, form, ports) =>
    handle(continueFrom(visit, visit.query), form, ports),
  );

/** A form of a sign-in that is under way, for `purpose`; one that went stale leads back to its question. */
export const continuedForm = (
  context: LoginContext,
  endpoint: string,
  purpose: string,
  handle: PageHandler<ContinuedVisit>,
): Handler =>
  continuedEndpoint(context, endpoint, async (visit, form, ports) =>
    isCurrent(purpose, form, visit) ? handle(visit, form, ports) : askAnew(visit),
  );

/** GET of a page that only a form leads to: a link to it leads to its question. */
export const askingEndpoint = (context: LoginContext, endpoint: string): Handler =>
  continuedEndpoint(context, endpoint, async (visit) => redirect(hrefOf(visit), visit.cookies));

/** The page that `signInHref` leads to. An authorization request is judged before its sign-in page is shown. */
export const beginningEndpoint = (
  context: LoginContext,
  endpoint: string,
  handle: PageHandler<ContinuedVisit>,
): Handler =>
  continuedEndpoint(context, endpoint, async (visit, form, ports) =>
    visit.continuation.kind === 'authorization'
      ? redirect(hrefOf(visit), visit.cookies)
      : handle(continueWith(visit, visit.continuation), form, ports),
  );

/** Milliseconds between the link and the last form of a sign-in. */
const lifetime = 3_600_000;
const purpose = 'continuation';
const sealedQuery = /^continuation=([\w-]+)$/;

/**
 * What the URLs of our pages carry. A sign-in elsewhere seals it as it is, as the previous release does: in a rolling
 * upgrade either release then understands what the other has sealed.
 */
export function queryOf<K extends Kind>(continuation: Continued<K>, { forms, now }: LoginContext): string {
  const { plain } = continuations[continuation.kind];
  if (plain !== undefined) return plain.write(continuation);
  return `continuation=${forms.sealState(continuation, purpose, now() + lifetime)}`;
}

function read(visit: Visit): Continued {
  const sealed = readSealed(visit);
  if (sealed !== undefined) return sealed;
  for (const { plain } of Object.values(continuations)) {
    const continued = plain?.read(visit.query);
    if (continued !== undefined) return continued;
  }
  throw formForged();
}

/** Undefined where the query is no sealed one; throws where the seal does not hold. */
function readSealed({ query, context: { forms, now } }: Visit): Continued | undefined {
  const [, sealed] = sealedQuery.exec(query) ?? [];
  if (sealed === undefined) return undefined;
  const continued = forms.openState<Continued>(sealed, purpose, now());
  if (continued === undefined) throw formForged();
  return continued;
}
