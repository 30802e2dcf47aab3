// For Fastify.

import { createGuard } from '../guard.ts';
import type { Wanted } from '../scope.ts';
import type { Verifier } from '../verifier.ts';

export { tokenOf } from '../guard.ts';

/** As much of Fastify's request and reply as is used here. */
interface Request {
  readonly headers: { readonly authorization?: string | undefined };
}
interface Reply {
  code(status: number): Reply;
  headers(values: Record<string, string>): Reply;
  send(body: string): Reply;
}

/** A hook for `onRequest`, of a route or of many. The handler finds the token with `tokenOf(request)`. */
export function requireToken(verifier: Verifier, wanted: Wanted = {}) {
  const guard = createGuard(verifier, wanted);
  return async (request: Request, reply: Reply): Promise<unknown> => {
    try {
      await guard.admit(request, request.headers.authorization);
      return undefined;
    } catch (error) {
      const { status, headers, body } = guard.refuse(error);
      return reply
        .code(status)
        .headers({ ...headers })
        .send(body);
    }
  };
}
