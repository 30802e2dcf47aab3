// Finds the endpoint that a request is for: by host name where issuers have hosts of their own, by path else.

import {
  allEndpoints,
  type Endpoint,
  type EndpointContext,
  type HttpResponse,
  type Issuer,
  invalidRequest,
  metadataEndpoint,
  OAuthError,
  pathOf,
} from '@tessera-oauth/core';
import type { PageRoute, ServedIssuer } from '../model.ts';
import type { Target } from './target.ts';

export interface Route extends Pick<Endpoint, 'handle' | 'refuse'> {
  readonly issuer: Issuer;
  readonly endpoint: string;
  readonly methods: readonly string[];
  /** Its URL as the issuer publishes it, without the query. */
  readonly url: string;
  /** Whether scripts of other origins may call it: never where a cookie counts. */
  readonly cross_origin: boolean;
}

export type Router = (host: string | undefined, path: string) => Route | undefined;

export function createRouter(issuers: readonly ServedIssuer[], pages: readonly PageRoute[]): Router {
  const anyHost = new Map<string, Route>();
  const byHost = new Map<string, Map<string, Route>>();
  for (const issuer of issuers) {
    const { host } = new URL(issuer.issuer);
    let routes = anyHost;
    if (issuer.ownHost) {
      routes = byHost.get(host) ?? new Map();
      byHost.set(host, routes);
    }
    // The first to come has a path that two would have.
    for (const [path, route] of routesOf(issuer, pages)) if (!routes.has(path)) routes.set(path, route);
  }
  if (byHost.size === 0) return (_host, path) => anyHost.get(path);
  return (host = '', path) => byHost.get(authorityOf(host))?.get(path) ?? anyHost.get(path);
}

// RFC 3986 §6.2.3: case, and a port that is the scheme's default, name the same authority.
const authorityOf = (host: string): string => host.toLowerCase().replace(/:(80|443)$/, '');

function routesOf(issuer: ServedIssuer, pages: readonly PageRoute[]): [path: string, route: Route][] {
  const { origin, pathname } = new URL(issuer.issuer);
  const base = pathname.replace(/\/$/, '');
  const at = (path: string, route: Omit<Route, 'issuer' | 'url'>): [string, Route] => [
    path,
    { ...route, issuer, url: origin + path },
  ];
  const endpoints = allEndpoints.flatMap((endpoint) => {
    const path = pathOf(endpoint, issuer.dialect);
    return path === undefined ? [] : [at(base + path, endpointRoute(endpoint, issuer))];
  });
  const users = issuer.dialect.paths.authorization === undefined ? [] : pages;
  return [
    ...endpoints,
    ...metadataPaths(base).map((path) => at(path, metadataRoute)),
    ...users.map((page) => at(pagePath(page, base), pageRoute(page))),
  ];
}

const endpointRoute = (endpoint: Endpoint, issuer: Issuer) => ({
  endpoint: endpoint.name,
  methods: endpoint.methods,
  cross_origin: endpoint.cross_origin && (endpoint.clients === undefined || hasPublicApps(issuer)),
  handle: endpoint.handle,
  ...(endpoint.refuse !== undefined && { refuse: endpoint.refuse }),
});

const hasPublicApps = ({ dialect }: Issuer): boolean =>
  dialect.paths.authorization !== undefined && dialect.client_authentication.includes('none');

const read = ['GET', 'HEAD'] as const;

/** RFC 8414 §3.1 inserts before the issuer's path; OpenID Connect Discovery 1.0 §4 appends behind it. */
const metadataPaths = (base: string): string[] =>
  ['oauth-authorization-server', 'openid-configuration'].flatMap((document) => [
    `/.well-known/${document}${base}`,
    `${base}/.well-known/${document}`,
  ]);

const metadataRoute = {
  endpoint: 'metadata',
  methods: read,
  cross_origin: true,
  handle: async ({ issuer }: EndpointContext) => metadataEndpoint(issuer),
};

const pagePath = ({ below, path }: PageRoute, base: string): string => {
  if (below === 'origin') return path;
  return below === 'issuer' ? base + path : `${base}/account${path}`;
};

/** A path has one handler for each method. */
const pageRoute = ({ path, get, post }: PageRoute) => ({
  endpoint: 'account',
  // No HEAD where a GET may sign in or give a code: a mere look would use it up.
  methods: [
    ...(get === undefined ? [] : /\.(css|js|svg|ico)$/.test(path) ? read : ['GET']),
    ...(post === undefined ? [] : ['POST']),
  ],
  cross_origin: false,
  handle(context: EndpointContext) {
    const chosen = context.request.method === 'POST' ? post : get;
    if (chosen === undefined) throw new Error(`${path} has no handler for ${context.request.method}`);
    return chosen(context);
  },
});

/** RFC 9110 §15.5.6: a 405 names what is allowed. */
export const methodNotAllowed = ({ methods }: Pick<Route, 'methods'>): OAuthError =>
  invalidRequest('method_not_allowed', `This endpoint takes ${methods.join(' or ')}.`, {
    status: 405,
    headers: { Allow: methods.join(', ') },
  });

/** Refusals before any issuer is known have no dialect to be spelled in. */
export function renderHttpError(error: OAuthError, id: string): HttpResponse {
  return {
    status: error.status ?? 400,
    headers: {
      'Content-Type': 'application/json',
      'Cache-Control': 'no-store',
      'X-Request-Id': id,
      ...error.headers,
    },
    body: JSON.stringify({ error: error.error, error_description: error.description }),
  };
}

/** A 404 that names the path that was meant: one slash too many, or capitals. */
export function notFound(router: Router, { authority, path }: Target): OAuthError {
  const meant = path.replace(/\/{2,}/g, '/').replace(/(?<=.)\/$/, '');
  const known = [meant, meant.toLowerCase()].find((each) => router(authority, each) !== undefined);
  const hint = known === undefined ? '' : ` Did you mean ${known}?`;
  return new OAuthError('not_found', 'path_unknown', `Nothing is served at this path.${hint}`, {
    status: 404,
  });
}
