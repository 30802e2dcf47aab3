// What is refused before, or instead of, an endpoint's answer: as an error of the protocol, and spelled as one.

import { type HttpResponse, invalidRequest, OAuthError, type Ports, renderError } from '@tessera-oauth/core';
import type { FastifyError, FastifyRequest } from 'fastify';
import { type Route, renderHttpError } from './router.ts';

/** Is told of every request, by its id; the endpoint of one for none is `none`, and its issuer empty. */
export interface RequestObserver {
  begin(id: string): void;
  /** Of those that have begun and not ended, how many there are. */
  underway(): number;
  refused(id: string, error: string, reason: string): void;
  end(id: string, issuer: string, endpoint: string): void;
  /** Of one that never got an id. */
  unreadable(reason: string): void;
}

/** What Fastify refuses by itself is the client's to mend; anything else is a fault of ours and stays as it is. */
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

/** Spelled by the dialect of the route, where there is one. */
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
