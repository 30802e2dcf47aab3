// Refusals before an endpoint is asked, and faults while it answers, as errors of the protocol.

import {
  type HttpRequest,
  type HttpResponse,
  invalidRequest,
  OAuthError,
  type Ports,
  renderError,
} from '@tessera-oauth/core';
import type { FastifyError, FastifyRequest } from 'fastify';
import { type Route, renderHttpError } from './router.ts';

/** Observes every request by its id. Where there is no route, the endpoint is `none` and the issuer is empty. */
export interface RequestObserver {
  begin(id: string): void;
  /** The number of requests that have begun and not ended. */
  underway(): number;
  refused(id: string, error: string, reason: string): void;
  end(id: string, issuer: string, endpoint: string): void;
  /** Bytes that never became a request, and have no id. */
  unreadable(reason: string): void;
}

/** What Fastify itself refuses is a mistake of the client; any other error is a fault of ours and stays as it is. */
export function toOAuthError(error: unknown): unknown {
  if (error instanceof OAuthError || !(error instanceof Error)) return error;
  const { statusCode: status, code } = error as FastifyError;
  if (status === 413) return invalidRequest('body_too_large', 'The body is larger than 64 KiB.', { status });
  if (status !== undefined && status >= 400 && status < 500) {
    return invalidRequest('http_malformed', 'The request is not valid HTTP.', { status, cause: code });
  }
  return error;
}

export const overloaded = () =>
  new OAuthError('temporarily_unavailable', 'overloaded', 'Too busy. Try again shortly.', {
    status: 503,
    retry_after: 1,
  });

/** A page in place of JSON, for people; undefined where nothing is served that has pages. */
export type ErrorPage = (
  refusal: OAuthError,
  request: HttpRequest,
  route: Route | undefined,
) => HttpResponse | undefined;

interface RefusalParts {
  readonly ports: Ports;
  readonly requests: RequestObserver;
  readonly errorPage?: ErrorPage;
}

/** Renders an error: as a page for a browser that asks for one where no program is served, as data for all others. */
export function renderRefusal(
  error: unknown,
  request: FastifyRequest,
  route: Route | undefined,
  parts: RefusalParts,
): HttpResponse {
  const response = renderAsData(error, request, route, parts);
  if (!(error instanceof OAuthError) || !wantsPage(request, route)) return response;
  const page = parts.errorPage?.(error, toHttpRequest(request), route);
  if (page === undefined) return response;
  const { Allow, 'Retry-After': retryAfter } = response.headers;
  const kept = {
    ...(Allow !== undefined && { Allow }),
    ...(retryAfter !== undefined && { 'Retry-After': retryAfter }),
  };
  return { ...page, status: response.status, headers: { ...page.headers, ...kept } };
}

/** Whoever opens the address of an endpoint for programs in a browser does so by GET. */
const wantsPage = ({ method, headers }: FastifyRequest, route: Route | undefined): boolean =>
  /\btext\/html\b/i.test(headers.accept ?? '') &&
  (method === 'GET'
    ? route?.methods.includes('GET') !== true || route.endpoint === 'account'
    : method === 'POST' && route?.endpoint === 'account');

const toHttpRequest = ({ id, ip, method, headers, raw: { url = '' } }: FastifyRequest): HttpRequest => ({
  id,
  method,
  url,
  headers,
  query: url.split('?')[1] ?? '',
  body: new Uint8Array(),
  address: ip,
});

/** In the dialect of the route, where there is a route. */
function renderAsData(
  error: unknown,
  request: FastifyRequest,
  route: Route | undefined,
  { ports, requests }: RefusalParts,
): HttpResponse {
  const { id, ip: address } = request;
  if (route !== undefined)
    return renderError(error, {
      request: toHttpRequest(request),
      ...route,
      audit: ports.audit,
      clock: ports.clock,
    });
  if (error instanceof OAuthError) {
    requests.refused(id, error.error, error.reason);
    return renderHttpError(error, id);
  }
  const fault = { error: 'server_error', reason: 'fault' } as const;
  ports.audit.refused({ request_id: id, issuer: '', endpoint: '', ...fault, address, cause: error });
  const description = `The server could not answer. Its log explains request ${id}.`;
  return renderHttpError(new OAuthError(fault.error, fault.reason, description, { status: 500 }), id);
}
