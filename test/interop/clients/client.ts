// What is common to the clients that nobody here wrote: each is an app that listens on an origin of its own, is told
// where the server is, and says at /me who has signed in.

import type { IncomingMessage, ServerResponse } from 'node:http';

/** All that an app is told. */
interface Registered {
  readonly issuer: string;
  readonly client_id: string;
  readonly client_secret: string;
  /** The app's own origin. */
  readonly origin: string;
  readonly redirect_uri: string;
}

export type Listener = (request: IncomingMessage, response: ServerResponse) => unknown;

export interface InteropClient {
  readonly name: string;
  /** Where the library takes the answer to an authorization request. */
  readonly callback: string;
  /** False: it cannot do PKCE (RFC 7636). */
  readonly pkce: boolean;
  /** Serves /login, the callback, and /me, which is JSON with at least `sub`. */
  start(app: Registered): Listener | Promise<Listener>;
}

export const scope = 'openid profile email offline_access';

/** An app of three routes, for libraries that bring no server along; one user at a time. */
export function threeRoutes(
  callback: string,
  login: () => Promise<string>,
  finish: (answer: URL) => Promise<{ readonly sub: string }>,
  origin: string,
): Listener {
  let user: { readonly sub: string } | undefined;
  return async ({ url = '' }, response) => {
    try {
      const asked = new URL(url, origin);
      if (asked.pathname === '/login') response.writeHead(302, { location: await login() }).end();
      else if (asked.pathname === callback) {
        user = await finish(asked);
        response.writeHead(302, { location: '/me' }).end();
      } else response.end(JSON.stringify(user));
    } catch (error) {
      response.writeHead(500).end(String(error instanceof Error ? (error.stack ?? error) : error));
    }
  };
}
