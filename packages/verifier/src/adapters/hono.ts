// For Hono, on any runtime.

import { createGuard } from '../guard.ts';
import type { Wanted } from '../scope.ts';
import type { Verifier } from '../verifier.ts';

export { tokenOf } from '../guard.ts';

/** As much of Hono's Context as is used here. */
interface Context {
  readonly req: { readonly raw: Request };
}

/** A middleware. What is behind it finds the token with `tokenOf(c)`. */
export function requireToken(verifier: Verifier, wanted: Wanted = {}) {
  const guard = createGuard(verifier, wanted);
  return async (c: Context, next: () => Promise<void>): Promise<Response | undefined> => {
    try {
      await guard.admit(c, c.req.raw.headers.get('authorization'));
    } catch (error) {
      const { status, headers, body } = guard.refuse(error);
      return new Response(body, { status, headers });
    }
    await next();
    return undefined;
  };
}
