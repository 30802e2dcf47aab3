// For Fastify 5.

import { createGuard } from '../guard.ts';
import { setToken } from '../request-token.ts';
import type { Requirements } from '../scope.ts';
import type { Verifier } from '../verifier.ts';
import { type FastifyRequest, fastifyResourceRequest } from './request.ts';

export { tokenOf } from '../request-token.ts';

/** As much of Fastify's reply as is used here. */
interface Reply {
  code(status: number): Reply;
  headers(values: Record<string, string>): Reply;
  send(body: string): Reply;
}

/**
 * A hook for `onRequest`, of a route or of many, that lets requests with a good token in and answers the others
 * (RFC 6750 §3). The handler finds the token with `tokenOf(request)`. Behind a proxy, Fastify's option `trustProxy`
 * decides which URL a request has. Throws a TypeError if a required scope is malformed.
 */
export function requireToken(
  verifier: Verifier,
  requirements: Requirements = {},
): (request: FastifyRequest, reply: Reply) => Promise<unknown> {
  const guard = createGuard(verifier, requirements);
  return async (request, reply) => {
    try {
      setToken(request, await guard.admit(fastifyResourceRequest(request)));
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
