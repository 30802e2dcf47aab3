// Finds the endpoint that a request is for: by host name where issuers have hosts of their own, by path else.

import {
  denyListEndpoint,
  type Endpoint,
  type HttpResponse,
  type Issuer,
  introspectionEndpoint,
  invalidRequest,
  jwksEndpoint,
  metadataEndpoint,
  OAuthError,
  revocationEndpoint,
  tokenEndpoint,
  userinfoEndpoint,
  userTokenEndpoint,
} from '@tessera-oauth/core';
import type { ServedIssuer } from '../model.ts';

export interface Route {
  readonly issuer: Issuer;
  readonly endpoint: string;
  readonly methods: readonly string[];
  readonly handle: Endpoint;
  /** Whether scripts of other origins may call it: no cookie counts there, and apps in a browser have to. */
  readonly cross_origin: boolean;
}

export type Router = (host: string | undefined, path: string) => Route | undefined;

const read = ['GET', 'HEAD'];
const metadata: Endpoint = async (_request, issuer) => metadataEndpoint(issuer);
const jwks: Endpoint = async (request, issuer, ports) => jwksEndpoint(request, issuer, ports);

/** Where users sign in: pages below `/account` of an issuer, and the endpoints that lead to them. */
export interface UserRoutes {
  readonly pages: readonly { readonly path: string; readonly get?: Endpoint; readonly post?: Endpoint }[];
  readonly authorization: Endpoint;
  readonly endSession: Endpoint;
}

export function createRouter(issuers: readonly ServedIssuer[], users: UserRoutes): Router {
  const anyHost = new Map<string, Route>();
  const byHost = new Map<string, Map<string, Route>>();
  for (const issuer of issuers) {
    const { host, pathname } = new URL(issuer.issuer);
    let routes = anyHost;
    if (issuer.ownHost) {
      routes = byHost.get(host) ?? new Map();
      byHost.set(host, routes);
    }
    const base = pathname === '/' ? '' : pathname;
    addRoutes(routes, issuer, base);
    addUserRoutes(routes, issuer, base, users);
  }
  if (byHost.size === 0) return (_host, path) => anyHost.get(path);
  return (host = '', path) => byHost.get(authorityOf(host))?.get(path) ?? anyHost.get(path);
}

const forBrowsers = ['token', 'revocation', 'userinfo'];

const hasPublicApps = ({ dialect }: Issuer): boolean =>
  dialect.paths.authorization !== undefined && dialect.client_authentication.includes('none');

/** The answer to a script's browser that asks before it calls (Fetch Standard §3.3.2). */
export const preflight = ({ methods }: Route): HttpResponse => ({
  status: 204,
  headers: {
    ...crossOrigin,
    'Access-Control-Allow-Methods': methods.join(', '),
    'Access-Control-Allow-Headers': 'Authorization, Content-Type',
    'Access-Control-Max-Age': '7200',
  },
  body: '',
});

export const crossOrigin = { 'Access-Control-Allow-Origin': '*' } as const;

// RFC 3986 §6.2.3: case, and a port that is the scheme's default, name the same authority.
const authorityOf = (host: string): string => host.toLowerCase().replace(/:(80|443)$/, '');

function addRoutes(routes: Map<string, Route>, issuer: Issuer, base: string): void {
  const { paths } = issuer.dialect;
  const add = (path: string, endpoint: string, methods: readonly string[], handle: Endpoint) => {
    const cross_origin = forBrowsers.includes(endpoint) && hasPublicApps(issuer);
    if (!routes.has(path)) routes.set(path, { issuer, endpoint, methods, handle, cross_origin });
  };
  add(base + paths.token, 'token', ['POST'], tokenEndpoint);
  add(base + paths.introspection, 'introspection', ['POST'], introspectionEndpoint);
  add(base + paths.revocation, 'revocation', ['POST'], revocationEndpoint);
  add(base + paths.jwks, 'jwks', read, jwks);
  if (paths.deny_list !== undefined) add(base + paths.deny_list, 'deny_list', read, denyListEndpoint);
  for (const document of ['oauth-authorization-server', 'openid-configuration']) {
    // RFC 8414 §3.1 inserts before the issuer's path; OpenID Connect Discovery 1.0 §4 appends behind it.
    add(`/.well-known/${document}${base}`, 'metadata', read, metadata);
    add(`${base}/.well-known/${document}`, 'metadata', read, metadata);
  }
}

/** A path has one handler for each method. */
function addUserRoutes(routes: Map<string, Route>, issuer: Issuer, base: string, users: UserRoutes): void {
  const { paths } = issuer.dialect;
  const add = (path: string, endpoint: string, get: Endpoint | undefined, post: Endpoint | undefined) => {
    // No HEAD where a GET may sign in or give a code: who only looks would use it up.
    const methods = [
      ...(get === undefined ? [] : /\.(css|js)$/.test(path) ? read : ['GET']),
      ...(post === undefined ? [] : ['POST']),
    ];
    const handle: Endpoint = (request, ...rest) => {
      const chosen = request.method === 'POST' ? post : get;
      if (chosen === undefined) throw new Error(`${path} has no handler for ${request.method}`);
      return chosen(request, ...rest);
    };
    const cross_origin = forBrowsers.includes(endpoint) && hasPublicApps(issuer);
    if (!routes.has(path)) routes.set(path, { issuer, endpoint, methods, handle, cross_origin });
  };
  if (paths.user_token !== undefined)
    add(base + paths.user_token, 'user_token', undefined, userTokenEndpoint);
  if (paths.userinfo !== undefined)
    add(base + paths.userinfo, 'userinfo', userinfoEndpoint, userinfoEndpoint);
  if (paths.authorization === undefined) return;
  add(base + paths.authorization, 'authorization', users.authorization, users.authorization);
  if (paths.end_session !== undefined)
    add(base + paths.end_session, 'end_session', users.endSession, users.endSession);
  for (const { path, get, post } of users.pages) add(`${base}/account${path}`, 'account', get, post);
}

/** RFC 9110 §15.5.6: a 405 names what is allowed. */
export const methodNotAllowed = ({ methods }: Route): OAuthError =>
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

export const notFound = () =>
  new OAuthError('not_found', 'path_unknown', 'Nothing is served at this path.', { status: 404 });
