// The HTTP server: Fastify reads bodies within limits of size and time; handlers.ts answers the requests.

import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { invalidRequest } from '@tessera-oauth/core';
import { type FastifyInstance, type FastifyServerOptions, fastify } from 'fastify';
import { anyType, createHandlers, type HandlerOptions, type Handlers } from './handlers.ts';
import { secureContextOf } from './tls.ts';
import { answerUnreadable } from './unreadable.ts';

export interface HttpOptions extends HandlerOptions {
  readonly tls: { readonly cert: Buffer; readonly key: Buffer } | undefined;
  readonly trust_proxy: false | readonly string[];
  /** Milliseconds for a whole request, head and body. */
  readonly request_timeout: number;
}

/** A connection beyond these is closed as soon as it is made; an idle one takes about 10 KB. */
const mostConnections = 20_000;
const bodyLimit = 64 * 1024;
const formType = 'application/x-www-form-urlencoded';

export type HttpServer = FastifyInstance;

const unused = (): never => {
  throw new Error('no route has a schema');
};
/** Keeps Fastify from loading its schema compilers, some megabytes of code that nothing here uses. */
const schemaController = { compilersFactory: { buildValidator: unused, buildSerializer: unused } };

export function createHttpServer(options: HttpOptions): HttpServer {
  const handlers = createHandlers(options);
  const { handle, refuse, find } = handlers;
  const app = fastify(settingsOf(options, handlers));
  app.server.maxConnections = mostConnections;
  checkHeaders(app, handlers);
  app.removeAllContentTypeParsers();
  // Whatever the type, the body is bytes: what they mean is judged where the parameters are.
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  app.all('/*', handle);
  app.setNotFoundHandler(handle);
  app.setErrorHandler((error, request, reply) => refuse(error, request, reply, find(request)));
  return app;
}

function settingsOf(options: HttpOptions, { refuse }: Handlers) {
  const { requests, request_timeout, tls, trust_proxy } = options;
  const timing = { connectionsCheckingInterval: 100, headersTimeout: request_timeout };
  // A request without a Host is refused by `refusalOf`, in the words of all refusals.
  const node = { ...timing, requireHostHeader: false };
  return {
    ...(tls
      ? { https: { ...node, ...secureContextOf(tls), handshakeTimeout: request_timeout } }
      : { http: node }),
    requestTimeout: request_timeout,
    keepAliveTimeout: 65_000,
    trustProxy: trust_proxy === false ? false : [...trust_proxy],
    bodyLimit,
    schemaController,
    logger: false,
    genReqId: requestIds(),
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    exposeHeadRoutes: false,
    clientErrorHandler: (error, socket) => {
      const reason = answerUnreadable(error, socket, options);
      if (reason !== undefined) requests.unreadable(reason);
    },
    frameworkErrors: (error, request, reply) => refuse(error, request, reply, undefined),
  } satisfies FastifyServerOptions;
}

/** What the head of a request decides before its body is waited for. */
function checkHeaders(app: HttpServer, { refuse, find }: Handlers): void {
  const unmet = new WeakSet<IncomingMessage>();
  app.server.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) => {
    unmet.add(request);
    // The client may never send the body that it announced.
    response.shouldKeepAlive = false;
    app.routing(request, response);
  });
  app.addHook('onRequest', (request, reply, done) => {
    const { headers } = request.raw;
    if (headers.expect !== undefined && unmet.has(request.raw)) {
      refuse(expectationFailed(), request, reply, find(request));
      return;
    }
    const type = headers['content-type'];
    if (type !== undefined && type !== formType) headers['content-type'] = anyType;
    done();
  });
}

const expectationFailed = () =>
  invalidRequest('expectation', 'Only 100-continue can be expected.', { status: 417 });

/** Short, and unique across processes: eight random characters for the process, and a count. */
function requestIds(): () => string {
  const prefix = randomBytes(6).toString('base64url');
  let count = 0;
  return () => `${prefix}-${(++count).toString(36)}`;
}
