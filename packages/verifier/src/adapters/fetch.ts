// For handlers of the Fetch standard: Bun.serve, Deno.serve, Cloudflare Workers, route handlers of Next.js and others.

import { createGuard } from '../guard.ts';
import { setToken } from '../request-token.ts';
import type { Requirements } from '../scope.ts';
import type { Verifier } from '../verifier.ts';

export { tokenOf } from '../request-token.ts';

type Handler<Rest extends unknown[]> = (request: Request, ...rest: Rest) => Response | Promise<Response>;

/**
 * Wraps `handler`: requests with a good token reach it, and it finds the token with `tokenOf(request)`; the others are
 * answered (RFC 6750 §3). What else the runtime passes to the handler is passed on. A request has the URL that the
 * runtime gives it: behind a proxy that changes it, pass `new Request(publicUrl, request)`. Throws a TypeError if a
 * required scope is malformed.
 */
export function requireToken<Rest extends unknown[]>(
  verifier: Verifier,
  requirements: Requirements,
  handler: Handler<Rest>,
): (request: Request, ...rest: Rest) => Promise<Response> {
  const guard = createGuard(verifier, requirements);
  return async (request, ...rest) => {
    try {
      setToken(request, await guard.admit(request));
    } catch (error) {
      const { status, headers, body } = guard.refuse(error);
      return new Response(body, { status, headers });
    }
    return handler(request, ...rest);
  };
}
