// The registry of continuations, and how one is carried: in the URLs of the pages, or sealed by a sign-in elsewhere.

import type { Handler } from '@tessera-oauth/core';
import type { LoginContext } from '../visit/context.ts';
import { formForged } from '../visit/forms.ts';
import { type PageHandler, pageEndpoint } from '../visit/page-endpoint.ts';
import { pageHref, type Visit } from '../visit/visit.ts';
import { account } from './account.ts';
import { authorization } from './authorization.ts';
import type { Continuation, Continued, ContinuedVisit, Kind, Kinds } from './continuation.ts';

export type { AppShown, Continued, ContinuedVisit } from './continuation.ts';

type Registry = { readonly [K in keyof Kinds]: Continuation<K> };

const continuations: Registry = { account, authorization };

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

/** A form, or a page between two forms, of a sign-in that is under way. */
export const continuedEndpoint = (
  context: LoginContext,
  endpoint: string,
  handle: PageHandler<ContinuedVisit>,
): Handler =>
  pageEndpoint(context, endpoint, (visit, form, ports) =>
    handle(continueFrom(visit, visit.query), form, ports),
  );

/** The page that `signInHref` leads to; for a link that has nothing sealed it is the account's. */
export const beginningEndpoint = (
  context: LoginContext,
  endpoint: string,
  handle: PageHandler<ContinuedVisit>,
): Handler =>
  pageEndpoint(context, endpoint, (visit, form, ports) =>
    handle(continueWith(visit, readSealed(visit) ?? { kind: 'account' }), form, ports),
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
