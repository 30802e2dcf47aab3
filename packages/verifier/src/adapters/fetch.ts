// For handlers of the Fetch standard: Bun.serve, Deno.serve, Cloudflare Workers, route handlers of Next.js and others.

import { createGuard } from '../guard.ts';
import type { Wanted } from '../scope.ts';
import type { Verifier } from '../verifier.ts';

export { tokenOf } from '../guard.ts';

type Handler<Rest extends unknown[]> = (request: Request, ...rest: Rest) => Response | Promise<Response>;

/** `handler`, behind a token; it finds it with `tokenOf(request)`. */
export function requireToken<Rest extends unknown[]>(
  verifier: Verifier,
  wanted: Wanted,
  handler: Handler<Rest>,
): (request: Request, ...rest: Rest) => Promise<Response> {
  const guard = createGuard(verifier, wanted);
  return async (request, ...rest) => {
    try {
      await guard.admit(request, request.headers.get('authorization'));
    } catch (error) {
      const { status, headers, body } = guard.refuse(error);
      return new Response(body, { status, headers });
    }
    return handler(request, ...rest);
  };
}
