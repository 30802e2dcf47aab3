// What a guard is told of a request of Node.js and of the frameworks built on it. The URL is the one that the client has
// asked for, as far as the framework knows it (RFC 9110 §7.1).

import type { ResourceRequest } from '../resource-request.ts';

/** As much of IncomingMessage as is used here. */
export interface NodeRequest {
  /** The HTTP method; servers always have one. */
  readonly method?: string | undefined;
  /** The request target: a path with its query, for most requests. */
  readonly url?: string | undefined;
  /** Header fields, by their names in lower case. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** The connection; over TLS it has `encrypted`. */
  readonly socket: object;
}

/** As much of Express's request as is used here; what is optional, servers built like Express may not have. */
export interface ExpressRequest extends NodeRequest {
  /** `http` or `https`; by `X-Forwarded-Proto` if the setting `trust proxy` says so. */
  readonly protocol?: string;
  /** Host and port; by `X-Forwarded-Host` if the setting `trust proxy` says so. */
  readonly host?: string;
  /** The request target, with the path that a router is mounted at. */
  readonly originalUrl?: string;
}

/** As much of Fastify's request as is used here. */
export interface FastifyRequest {
  /** The HTTP method. */
  readonly method: string;
  /** `http` or `https`; by `X-Forwarded-Proto` if the option `trustProxy` says so. */
  readonly protocol: string;
  /** Host and port; by `X-Forwarded-Host` if the option `trustProxy` says so. */
  readonly host: string;
  /** The request target, before the server has rewritten it. */
  readonly originalUrl: string;
  /** Header fields, by their names in lower case. */
  readonly headers: NodeRequest['headers'];
}

/** Trusts no forwarded header: behind a proxy the URL is the one that the proxy asks for. */
export const nodeResourceRequest = ({ method = '', url, headers, socket }: NodeRequest): ResourceRequest => ({
  method,
  url: absoluteUrl(schemeOf(socket), authorityOf(headers), url),
  headers,
});

export const expressResourceRequest = (request: ExpressRequest): ResourceRequest => {
  const { method = '', headers, socket, protocol, host, originalUrl = request.url } = request;
  return {
    method,
    url: absoluteUrl(protocol ?? schemeOf(socket), host ?? authorityOf(headers), originalUrl),
    headers,
  };
};

export const fastifyResourceRequest = (request: FastifyRequest): ResourceRequest => {
  const { method, headers, protocol, host, originalUrl } = request;
  return { method, url: absoluteUrl(protocol, host, originalUrl), headers };
};

const schemeOf = (socket: object): string =>
  'encrypted' in socket && socket.encrypted === true ? 'https' : 'http';

/** The host and port; in HTTP/2, `:authority` (RFC 9113 §8.3.1). */
const authorityOf = (headers: NodeRequest['headers']): string | undefined => {
  const authority = headers[':authority'] ?? headers.host;
  return typeof authority === 'string' ? authority : undefined;
};

/** RFC 9112 §3.2 and §3.3: the target is a path, or `*`, or the absolute URL itself; HTTP/1.0 may have no host. */
function absoluteUrl(scheme: string, authority: string | undefined, target = '/'): string {
  if (/^https?:/i.test(target)) return target;
  return `${scheme}://${authority || 'localhost'}${target === '*' ? '' : target}`;
}
