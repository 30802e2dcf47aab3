// Tokens against forged requests: a form counts only at the issuer, in the browser, in the session and for the case that
// it was made for (RFC 6749 §10.12, RFC 6819 §4.4.1.8).

import { type HttpRequest, type Issuer, OAuthError, type Parameters } from '@tessera-oauth/core';
import type { Visit } from './visit.ts';

const formParts = (purpose: string, { issuer, browser, session, query }: Visit) => [
  purpose,
  issuer.name,
  browser,
  session?.hash ?? '',
  query,
];

export const csrfOf = (purpose: string, visit: Visit): string =>
  visit.context.forms.csrf(formParts(purpose, visit));

/**
 * Whether a form was made here for this purpose, issuer, browser, session and query. An honest one is not, once the user
 * has signed in or out in another tab or the browser was restarted: nothing is done then, and the page leads back to its
 * question. Throws where the form has no token at all, as none of ours is.
 */
export function isCurrent(purpose: string, form: Parameters, visit: Visit): boolean {
  const token = form.get('csrf') ?? '';
  if (token === '') throw formForged();
  return visit.context.forms.csrfMatches(token, formParts(purpose, visit));
}

/** Throws for a form that a page of another origin sent (Fetch Metadata §2.3; browsers without it tell the Origin). */
export function refuseOtherOrigins({ headers }: HttpRequest, { issuer }: Issuer): void {
  const { origin, host } = headers;
  const site = headers['sec-fetch-site'];
  if (site === undefined && origin === undefined) return;
  // `none`: no page at all, but the user, who has the browser send a form again.
  if (site === 'same-origin' || site === 'none') return;
  const sender = URL.parse(String(origin))?.host;
  const own = sender !== undefined && (sender === new URL(issuer).host || sender === host);
  if (site !== undefined || !own) throw formForged();
}

/** For a form that is not ours, and for what a link has sealed: forged, or too old. */
export const formForged = (): OAuthError =>
  new OAuthError('access_denied', 'form_forged', 'This form is not valid any more. Go back and try again.', {
    status: 403,
  });
