// Pages and redirects as answers: what a browser may do with them is said in every one (RFC 9700 §4.16).

import type { HttpResponse } from '@tessera/core';

const always = { 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff' } as const;

interface PageOptions {
  readonly status?: number;
  readonly cookies?: readonly string[];
  /** Where a form of this page may end: browsers hold redirects after it to this, too (CSP Level 3 §6.5.1). */
  readonly leads_to?: string | undefined;
  readonly request_id: string;
  readonly retry_after?: number | undefined;
}

export function pageResponse(body: string, options: PageOptions): HttpResponse {
  const { status = 200, cookies = [], leads_to, request_id, retry_after } = options;
  const formAction = ["'self'", ...(leads_to === undefined ? [] : [cspSource(leads_to)])].join(' ');
  return {
    status,
    headers: {
      'Content-Type': 'text/html; charset=utf-8',
      'Content-Security-Policy':
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' https: data:; " +
        `form-action ${formAction}; frame-ancestors 'none'; base-uri 'none'`,
      // For browsers that do not know frame-ancestors.
      'X-Frame-Options': 'DENY',
      // Other sites learn nothing (RFC 9700 §4.2); our own forms keep their Origin.
      'Referrer-Policy': 'same-origin',
      ...always,
      'X-Request-Id': request_id,
      ...(retry_after !== undefined && { 'Retry-After': String(retry_after) }),
      ...(cookies.length > 0 && { 'Set-Cookie': cookies }),
    },
    body,
  };
}

/** 303: the next request is a GET, whatever this one was (RFC 9110 §15.4.4). */
export const redirect = (location: string, cookies: readonly string[] = []): HttpResponse => ({
  status: 303,
  headers: {
    Location: location,
    'Referrer-Policy': 'no-referrer',
    ...always,
    ...(cookies.length > 0 && { 'Set-Cookie': cookies }),
  },
  body: '',
});

/** The source expression of where a URI leads; of an app's own scheme, and where CSP has no words for the host, the scheme. */
function cspSource(uri: string): string {
  if (!URL.canParse(uri)) return "'self'";
  const { protocol, host, hostname } = new URL(uri);
  const plain = /^https?:$/.test(protocol) && /^[a-z0-9.-]+$/i.test(hostname);
  return plain ? `${protocol}//${host}` : protocol;
}
