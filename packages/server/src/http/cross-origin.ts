// What scripts of other origins may do (Fetch Standard §3.3): decided once by route, for preflights, answers and refusals.

import type { IncomingHttpHeaders } from 'node:http';
import type { HttpResponse } from '@tessera-oauth/core';
import type { Route } from './router.ts';

/** Whose origin stands in the request, and what it asks for. */
export interface Caller {
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
}

type Target = Pick<Route, 'cross_origin' | 'methods'> | undefined;

/** No cookie counts where these are sent, so that any origin may read. */
const anyOrigin = {
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Expose-Headers': 'Retry-After, WWW-Authenticate, X-Request-Id',
} as const;

/**
 * The headers that let a script read an answer; empty where it may not, or where nobody asks. A path without a route is
 * no page either: a script that mistypes a path is to learn so.
 */
export const crossOriginHeaders = ({ headers }: Caller, route: Target): Readonly<Record<string, string>> =>
  headers.origin !== undefined && route?.cross_origin !== false ? anyOrigin : {};

/** The answer to a browser that asks before a script may call; undefined for any other request. */
export function preflight({ method, headers }: Caller, route: Target): HttpResponse | undefined {
  if (method !== 'OPTIONS' || headers.origin === undefined || route?.cross_origin === false) return undefined;
  const { methods = ['GET', 'HEAD', 'POST'] } = route ?? {};
  return {
    status: 204,
    headers: {
      'Access-Control-Allow-Methods': methods.join(', '),
      'Access-Control-Allow-Headers': askedFor(headers['access-control-request-headers']),
      'Access-Control-Max-Age': '7200',
    },
    body: '',
  };
}

// RFC 9110 §5.6.2: names of headers are tokens. What is none is not repeated.
const tokens = /^[\w!#$%&'*+.^`|~-]+([ \t]*,[ \t]*[\w!#$%&'*+.^`|~-]+)*$/;

const askedFor = (asked: string | undefined): string =>
  asked !== undefined && tokens.test(asked) ? asked : 'Authorization, Content-Type';
