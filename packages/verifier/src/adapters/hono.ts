// For Hono, on any runtime.

import { createGuard } from '../guard.ts';
import { setToken } from '../request-token.ts';
import type { Requirements } from '../scope.ts';
import type { Verifier } from '../verifier.ts';

export { tokenOf } from '../request-token.ts';

/** As much of Hono's Context as is used here. */
interface Context {
  readonly req: { readonly raw: Request };
}

/**
 * A middleware that lets requests with a good token in and answers the others (RFC 6750 §3). The handlers behind it find
 * the token with `tokenOf(c)`. A request has the URL that the runtime gives it: behind a proxy that changes it, call
 * `app.fetch(new Request(publicUrl, request))`. Throws a TypeError if a required scope is malformed.
 */
export function requireToken(
  verifier: Verifier,
  requirements: Requirements = {},
): (c: Context, next: () => Promise<void>) => Promise<Response | undefined> {
  const guard = createGuard(verifier, requirements);
  return async (c, next) => {
    try {
      setToken(c, await guard.admit(c.req.raw));
    } catch (error) {
      const { status, headers, body } = guard.refuse(error);
      return new Response(body, { status, headers });
    }
    await next();
    return undefined;
  };
}
