// Tokens against forged requests: a form counts only in the browser, the session and the case that it was made for
// (RFC 6749 §10.12, RFC 6819 §4.4.1.8).

import { OAuthError, type Parameters } from '@tessera-oauth/core';
import type { Visit } from './visit.ts';

const formParts = (purpose: string, { browser, session, query }: Visit) => [
  purpose,
  browser,
  session?.hash ?? '',
  query,
];

export const csrfOf = (purpose: string, visit: Visit): string =>
  visit.context.forms.csrf(formParts(purpose, visit));

/** Throws where a form was not made here, for this purpose, browser, session and query. */
export function requireCsrf(purpose: string, form: Parameters, visit: Visit): void {
  if (!visit.context.forms.csrfMatches(form.get('csrf'), formParts(purpose, visit))) throw formForged();
}

/** For a form, and for what a link has sealed: forged, or too old. */
export const formForged = (): OAuthError =>
  new OAuthError('access_denied', 'form_forged', 'This form is not valid any more. Go back and try again.', {
    status: 403,
  });
