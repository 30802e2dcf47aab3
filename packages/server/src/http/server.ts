// Bytes ↔ HttpRequest: Fastify reads bodies within limits of size and time; everything else is the core's.

import { randomBytes } from 'node:crypto';
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import {
  type HttpRequest,
  type HttpResponse,
  invalidRequest,
  type OAuthError,
  type Ports,
} from '@tessera-oauth/core';
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify';
import { overloaded, type RequestObserver, renderRefusal, toOAuthError } from './refusal.ts';
import { crossOrigin, methodNotAllowed, notFound, preflight, type Route, type Router } from './router.ts';
import { answerUnreadable } from './unreadable.ts';

export interface HttpOptions {
  readonly tls: { readonly cert: Buffer; readonly key: Buffer } | undefined;
  readonly trust_proxy: false | readonly string[];
  /** Milliseconds for a whole request, head and body. */
  readonly request_timeout: number;
  readonly ports: Ports;
  readonly requests: RequestObserver;
  /** Asked anew for each request: issuers come and go. */
  readonly router: () => Router;
}

/** Requests read and not yet answered; more would only wait, and those that are answered with them. */
const mostAtOnce = 1000;
/** Beyond it a connection is closed as soon as it is made; an idle one takes about 10 KB. */
const mostConnections = 20_000;
const bodyLimit = 64 * 1024;
const noBody = Buffer.alloc(0);
const formType = 'application/x-www-form-urlencoded';
/** Stands for every other type while Fastify reads the body: it would refuse what is no type at all. */
const anyType = 'application/octet-stream';

export type HttpServer = FastifyInstance;

const unused = (): never => {
  throw new Error('no route has a schema');
};
/** The compilers of schemas are some megabytes of code: as long as there is no schema, Fastify need not load them. */
const schemaController = { compilersFactory: { buildValidator: unused, buildSerializer: unused } };

export function createHttpServer(options: HttpOptions): HttpServer {
  const { requests } = options;
  const timing = { connectionsCheckingInterval: 100, headersTimeout: options.request_timeout };
  // A request without a Host is refused below, in the words of all refusals.
  const node = { ...timing, requireHostHeader: false };
  const app = fastify({
    ...(options.tls ? { https: { ...node, ...tlsOf(options) } } : { http: node }),
    requestTimeout: options.request_timeout,
    keepAliveTimeout: 65_000,
    trustProxy: options.trust_proxy === false ? false : [...options.trust_proxy],
    bodyLimit,
    schemaController,
    logger: false,
    genReqId: requestIds(),
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    exposeHeadRoutes: false,
    clientErrorHandler: (error, socket) => {
      const reason = answerUnreadable(error, socket);
      if (reason !== undefined) requests.unreadable(reason);
    },
    frameworkErrors: (error, request, reply) => refuse(error, request, reply, undefined),
  });
  app.server.maxConnections = mostConnections;
  const unmet = new WeakSet<IncomingMessage>();
  app.server.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) => {
    unmet.add(request);
    // The client may never send the body that it announced.
    response.shouldKeepAlive = false;
    app.routing(request, response);
  });
  app.addHook('onRequest', (request, reply, done) => {
    const { headers } = request.raw;
    // Before its body is waited for.
    if (headers.expect !== undefined && unmet.has(request.raw)) {
      refuse(expectationFailed(), request, reply, find(request));
      return;
    }
    const type = headers['content-type'];
    if (type !== undefined && type !== formType) headers['content-type'] = anyType;
    done();
  });
  app.removeAllContentTypeParsers();
  // Whatever the type, the body is bytes: what they mean is judged where the parameters are.
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  const find = (request: FastifyRequest) => options.router()(request.headers.host, targetOf(request).path);
  const answer = (
    reply: FastifyReply,
    { id }: FastifyRequest,
    route: Route | undefined,
    response: HttpResponse,
  ) => {
    send(reply, response);
    requests.end(id, route?.issuer.name ?? '', route?.endpoint ?? 'none');
  };
  const refuse = (error: unknown, request: FastifyRequest, reply: FastifyReply, route: Route | undefined) => {
    requests.begin(request.id);
    answer(reply, request, route, renderRefusal(toOAuthError(error), request, route, options));
  };
  // Not an async function: the answer goes to the socket by itself, and Fastify has nothing to wait for.
  const handle = (request: FastifyRequest, reply: FastifyReply): void => {
    if (isGone(request)) {
      reply.hijack();
      return;
    }
    requests.begin(request.id);
    const route = find(request);
    const scripted = route?.cross_origin === true && request.headers.origin !== undefined;
    if (scripted && request.method === 'OPTIONS') {
      answer(reply, request, route, preflight(route));
      return;
    }
    const refusal =
      refusalOf(request, route) ?? (requests.underway() > mostAtOnce ? overloaded() : undefined);
    if (route === undefined || refusal !== undefined) {
      refuse(refusal ?? notFound(), request, reply, route);
      return;
    }
    const { issuer } = route;
    route.handle({ request: toHttpRequest(request, route), issuer, ports: options.ports }).then(
      (response) => {
        const given = scripted ? { ...response, headers: { ...response.headers, ...crossOrigin } } : response;
        answer(reply, request, route, given);
      },
      (error: unknown) => refuse(error, request, reply, route),
    );
  };
  app.all('/*', handle);
  app.setNotFoundHandler(handle);
  app.setErrorHandler((error, request, reply) => refuse(error, request, reply, find(request)));
  return app;
}

const tlsOf = ({ tls, request_timeout }: HttpOptions) => ({
  ...tls,
  minVersion: 'TLSv1.2' as const,
  handshakeTimeout: request_timeout,
});

/** Whether its connection broke before it could be judged: there is nobody to answer, and no address to count by. */
const isGone = ({ ip }: { readonly ip: string | undefined }): boolean => ip === undefined;

/** The path and the query of a request target, which may be a whole URL (RFC 9112 §3.2.2). */
function targetOf({ raw: { url = '/' } }: FastifyRequest): { readonly path: string; readonly query: string } {
  const target = url.startsWith('/') ? url : url.replace(/^https?:\/\/[^/?]*/i, '');
  const query = target.indexOf('?');
  return query === -1
    ? { path: target, query: '' }
    : { path: target.slice(0, query), query: target.slice(query + 1) };
}

const toHttpRequest = (request: FastifyRequest, { url }: Route): HttpRequest => ({
  id: request.id,
  method: request.method,
  url,
  headers: headersOf(request),
  query: targetOf(request).query,
  body: Buffer.isBuffer(request.body) ? request.body : noBody,
  address: request.ip,
});

/** With the Content-Type as it was sent. */
function headersOf({ raw }: FastifyRequest): HttpRequest['headers'] {
  const { headers } = raw;
  if (headers['content-type'] === anyType) headers['content-type'] = raw.headersDistinct['content-type']?.[0];
  return headers;
}

/** What is wrong with a request before its endpoint is asked. */
function refusalOf(request: FastifyRequest, route: Route | undefined): OAuthError | undefined {
  // RFC 9112 §3.2: an HTTP/1.1 request without a Host is a bad one.
  if (request.headers.host === undefined && request.raw.httpVersion === '1.1') return hostMissing();
  if (route === undefined || route.methods.includes(request.method)) return undefined;
  return methodNotAllowed(route);
}

const hostMissing = () => invalidRequest('host_missing', 'The Host header is missing.');
const expectationFailed = () =>
  invalidRequest('expectation', 'Only 100-continue can be expected.', { status: 417 });

/** Written as the core spelled it: Fastify would add a charset to types that a dialect leaves bare. */
function send(reply: FastifyReply, { status, headers, body }: HttpResponse): void {
  const head = { ...headers } as OutgoingHttpHeaders;
  // RFC 9110 §8.6: none on a 204, and on a 304 but the one of the 200 it stands for.
  const length = Buffer.byteLength(body);
  if (status !== 304 && status !== 204) head['Content-Length'] = length;
  // Where the body was refused half-way, the rest of it could be taken for another request.
  if (status === 413 || !reply.server.server.listening) head.Connection = 'close';
  // Before the hijack: what it throws is still Fastify's to answer.
  reply.raw.writeHead(status, head);
  reply.hijack();
  // As many bytes as characters: all of it is ASCII, and the shorter way to the socket will do.
  reply.raw.end(body, length === body.length ? 'latin1' : 'utf8');
}

/** Short, unique across processes: eight random characters of the process and a count. */
function requestIds(): () => string {
  const prefix = randomBytes(6).toString('base64url');
  let count = 0;
  return () => `${prefix}-${(++count).toString(36)}`;
}
