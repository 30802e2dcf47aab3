// Cookies (RFC 6265bis): the few that the pages set, and how they are read.

import type { HttpRequest, Issuer } from '@tessera-oauth/core';

/** `session`: who is signed in. `browser`: which browser this is, against forged forms. `step`: a sign-in half-way. */
export type CookieName = 'session' | 'browser' | 'step' | 'totp';

const isSecure = ({ issuer }: Issuer): boolean => issuer.startsWith('https:');

// RFC 6265bis §4.1.3.2: a cookie by such a name was set by this very host, over TLS.
const fullName = (name: CookieName, issuer: Issuer): string =>
  `${isSecure(issuer) ? '__Host-' : ''}tessera-${name}`;

export function readCookie(request: HttpRequest, name: CookieName, issuer: Issuer): string | undefined {
  const wanted = `${fullName(name, issuer)}=`;
  const pairs = String(request.headers.cookie ?? '').split(';');
  const pair = pairs.map((text) => text.trim()).find((text) => text.startsWith(wanted));
  const value = pair?.slice(wanted.length);
  return value === '' ? undefined : value;
}

/** For the whole host: of issuers that share it, one signs users in for all. Without `seconds`: while the browser runs. */
export function setCookie(name: CookieName, value: string, issuer: Issuer, seconds?: number): string {
  const attributes = ['Path=/', 'HttpOnly', 'SameSite=Lax'];
  if (isSecure(issuer)) attributes.push('Secure');
  if (seconds !== undefined) attributes.push(`Max-Age=${seconds}`);
  return [`${fullName(name, issuer)}=${value}`, ...attributes].join('; ');
}

export const clearCookie = (name: CookieName, issuer: Issuer): string => setCookie(name, '', issuer, 0);

/** The request as it would be with this cookie, and without the one that it has. */
export function withCookie(
  request: HttpRequest,
  name: CookieName,
  value: string,
  issuer: Issuer,
): HttpRequest {
  const wanted = `${fullName(name, issuer)}=`;
  const others = String(request.headers.cookie ?? '')
    .split(';')
    .map((text) => text.trim())
    .filter((text) => text !== '' && !text.startsWith(wanted));
  return { ...request, headers: { ...request.headers, cookie: [...others, wanted + value].join('; ') } };
}
