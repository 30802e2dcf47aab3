// Refusals before an endpoint is asked, and faults while it answers, as errors of the protocol.

import { type HttpResponse, invalidRequest, OAuthError, type Ports, renderError } from '@tessera-oauth/core';
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

/** Renders an error in the dialect of the route, where there is a route. */
export function renderRefusal(
  error: unknown,
  request: FastifyRequest,
  route: Route | undefined,
  { ports, requests }: { readonly ports: Ports; readonly requests: RequestObserver },
): HttpResponse {
  const { id, ip: address } = request;
  if (route !== undefined)
    return renderError(error, { request: { id, address }, ...route, audit: ports.audit });
  if (error instanceof OAuthError) {
    requests.refused(id, error.error, error.reason);
    return renderHttpError(error, id);
  }
  const fault = { error: 'server_error', reason: 'fault' } as const;
  ports.audit.refused({ request_id: id, issuer: '', endpoint: '', ...fault, address, cause: error });
  const description = `The server could not answer. Its log explains request ${id}.`;
  return renderHttpError(new OAuthError(fault.error, fault.reason, description, { status: 500 }), id);
}
