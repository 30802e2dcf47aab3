// A request as Fastify has read it, answered: its route is found, it is refused or handled, the response is written.

import type { OutgoingHttpHeaders } from 'node:http';
import type { HttpRequest, HttpResponse, OAuthError, Ports } from '@tessera-oauth/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { browserHeaders } from './browser-headers.ts';
import { crossOriginHeaders, preflight } from './cross-origin.ts';
import { type ErrorPage, overloaded, type RequestObserver, renderRefusal, toOAuthError } from './refusal.ts';
import { methodNotAllowed, notFound, type Route, type Router } from './router.ts';
import { hostMistake, targetOf } from './target.ts';

export interface HandlerOptions {
  readonly ports: Ports;
  readonly requests: RequestObserver;
  /** The origin that clients see. */
  readonly public_url: string;
  /** Asked anew for each request: issuers come and go. */
  readonly router: () => Router;
  readonly errorPage?: ErrorPage;
}

/** Requests read and not yet answered; more than these would only make every answer later. */
const mostAtOnce = 1000;
const noBody = Buffer.alloc(0);
/** Stands for every other Content-Type while Fastify reads the body: it would refuse one that is malformed. */
export const anyType = 'application/octet-stream';

export interface Handlers {
  find(request: FastifyRequest): Route | undefined;
  refuse(error: unknown, request: FastifyRequest, reply: FastifyReply, route: Route | undefined): void;
  /** No promise: the answer goes to the socket by itself, and Fastify has nothing to wait for. */
  handle(request: FastifyRequest, reply: FastifyReply): void;
}

export function createHandlers(options: HandlerOptions): Handlers {
  const { requests } = options;
  const find: Handlers['find'] = ({ raw }) => {
    const { authority, path } = targetOf(raw);
    return options.router()(authority, path);
  };
  const answer = (
    request: FastifyRequest,
    reply: FastifyReply,
    route: Route | undefined,
    response: HttpResponse,
  ) => {
    send(reply, response, {
      ...browserHeaders(route?.url ?? options.public_url, response.headers),
      ...crossOriginHeaders(request, route),
    });
    requests.end(request.id, route?.issuer.name ?? '', route?.endpoint ?? 'none');
  };
  const refuse: Handlers['refuse'] = (error, request, reply, route) => {
    requests.begin(request.id);
    answer(request, reply, route, renderRefusal(toOAuthError(error), request, route, options));
  };
  const handle: Handlers['handle'] = (request, reply) => {
    if (isGone(request)) {
      reply.hijack();
      return;
    }
    requests.begin(request.id);
    const route = find(request);
    const allowed = preflight(request, route);
    if (allowed !== undefined) {
      answer(request, reply, route, allowed);
      return;
    }
    const refusal = refusalOf(request, route, requests.underway());
    if (route === undefined || refusal !== undefined) {
      refuse(refusal ?? notFound(options.router(), targetOf(request.raw)), request, reply, route);
      return;
    }
    const { issuer } = route;
    route.handle({ request: toHttpRequest(request, route), issuer, ports: options.ports }).then(
      (response) => answer(request, reply, route, response),
      (error: unknown) => refuse(error, request, reply, route),
    );
  };
  return { find, refuse, handle };
}

/** Whether the connection broke before the request was looked at: nobody can be answered, and there is no address. */
const isGone = ({ ip }: { readonly ip: string | undefined }): boolean => ip === undefined;

const toHttpRequest = (request: FastifyRequest, { url }: Route): HttpRequest => ({
  id: request.id,
  method: request.method,
  url,
  headers: headersOf(request),
  query: targetOf(request.raw).query,
  body: Buffer.isBuffer(request.body) ? request.body : noBody,
  address: request.ip,
});

/** With the Content-Type as it was sent. */
function headersOf({ raw }: FastifyRequest): HttpRequest['headers'] {
  const { headers } = raw;
  if (headers['content-type'] === anyType) headers['content-type'] = raw.headersDistinct['content-type']?.[0];
  return headers;
}

/** What is wrong with a request before its endpoint is asked, wherever it leads. */
function refusalOf(
  { raw, method }: FastifyRequest,
  route: Route | undefined,
  underway: number,
): OAuthError | undefined {
  const mistake = hostMistake(raw);
  if (mistake !== undefined) return mistake;
  if (route !== undefined && !route.methods.includes(method)) return methodNotAllowed(route);
  return underway > mostAtOnce ? overloaded() : undefined;
}

/** Writes the response as the core made it: Fastify would add a charset to types that a dialect leaves bare. */
function send(
  reply: FastifyReply,
  { status, headers, body }: HttpResponse,
  more: HttpResponse['headers'],
): void {
  const head = { ...headers, ...more } as OutgoingHttpHeaders;
  // RFC 9110 §8.6: none on a 204; a 304 could only have that of the 200 in whose place it stands.
  const length = Buffer.byteLength(body);
  if (status !== 304 && status !== 204) head['Content-Length'] = length;
  // Where a body was refused before its end, the rest of it could be taken for another request.
  if (status === 413 || !reply.server.server.listening) head.Connection = 'close';
  // Before the hijack, so that Fastify still answers what this throws.
  reply.raw.writeHead(status, head);
  reply.hijack();
  // As many bytes as characters means ASCII alone, which Node.js writes faster as latin1.
  reply.raw.end(body, length === body.length ? 'latin1' : 'utf8');
}
