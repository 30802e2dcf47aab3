// Cookies (RFC 6265bis): the few that the pages set, and how they are read.

import type { HttpRequest, Issuer } from '@tessera-oauth/core';

/**
 * `session`: the token of the session. `browser`: a name of the browser, against forged forms. `step`: a sign-in whose
 * password was right and whose code is missing. `totp`: a TOTP secret that is being set up. `stale`: the next sign-in page
 * says that the one before was open for too long. `known`: who has signed in with the browser before. `language`: which
 * one the user chose.
 */
export type CookieName = 'session' | 'browser' | 'step' | 'totp' | 'stale' | 'known' | 'language';

const isSecure = ({ issuer }: Issuer): boolean => issuer.startsWith('https:');

// RFC 6265bis §4.1.3.2: a cookie by such a name was set by this very host, over TLS.
const fullName = (name: CookieName, issuer: Issuer): string =>
  `${isSecure(issuer) ? '__Host-' : ''}tessera-${name}`;

export function readCookie(request: HttpRequest, name: CookieName, issuer: Issuer): string | undefined {
  const prefix = `${fullName(name, issuer)}=`;
  const pairs = String(request.headers.cookie ?? '').split(';');
  const pair = pairs.map((text) => text.trim()).find((text) => text.startsWith(prefix));
  const value = pair?.slice(prefix.length);
  return value === '' ? undefined : value;
}

/** For the whole host: issuers that share a host share the sign-in. Without `seconds` it lasts as long as the browser runs. */
export function setCookie(name: CookieName, value: string, issuer: Issuer, seconds?: number): string {
  const attributes = ['Path=/', 'HttpOnly', 'SameSite=Lax'];
  if (isSecure(issuer)) attributes.push('Secure');
  if (seconds !== undefined) attributes.push(`Max-Age=${seconds}`);
  return [`${fullName(name, issuer)}=${value}`, ...attributes].join('; ');
}

export const clearCookie = (name: CookieName, issuer: Issuer): string => setCookie(name, '', issuer, 0);

/** The same request with this cookie set or replaced. */
export function withCookie(
  request: HttpRequest,
  name: CookieName,
  value: string,
  issuer: Issuer,
): HttpRequest {
  const prefix = `${fullName(name, issuer)}=`;
  const others = String(request.headers.cookie ?? '')
    .split(';')
    .map((text) => text.trim())
    .filter((text) => text !== '' && !text.startsWith(prefix));
  return { ...request, headers: { ...request.headers, cookie: [...others, prefix + value].join('; ') } };
}
