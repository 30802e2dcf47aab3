// Pages and redirects as HTTP responses, each with the headers that limit what a browser may do with it (RFC 9700 §4.16).

import type { HttpResponse } from '@tessera-oauth/core';

const always = { 'Cache-Control': 'no-store' } as const;

interface PageOptions {
  readonly status?: number;
  readonly cookies?: readonly string[];
  /** Whether a form of this page may lead to an app in the end. */
  readonly leads_away?: boolean;
  readonly request_id: string;
  readonly retry_after?: number | undefined;
}

export function pageResponse(body: string, options: PageOptions): HttpResponse {
  const { status = 200, cookies = [], leads_away = false, request_id, retry_after } = options;
  // Browsers apply form-action to every redirect after a form (CSP Level 3 §6.4.2), also to those of the app. Where a form
  // leads to an app, the last address cannot be known.
  const formAction = leads_away ? '' : "form-action 'self'; ";
  return {
    status,
    headers: {
      'Content-Type': 'text/html; charset=utf-8',
      'Content-Security-Policy':
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' https: data:; " +
        `${formAction}frame-ancestors 'none'; base-uri 'none'`,
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

export const withCookies = (response: HttpResponse, cookies: readonly string[]): HttpResponse =>
  cookies.length === 0 ? response : { ...response, headers: { ...response.headers, 'Set-Cookie': cookies } };
