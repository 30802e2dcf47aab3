// For Express 5, and for servers that are built like it.

import { createGuard } from '../guard.ts';
import { setToken } from '../request-token.ts';
import type { Requirements } from '../scope.ts';
import type { Verifier } from '../verifier.ts';
import { type OutgoingResponse, send } from './node.ts';
import { type ExpressRequest, expressResourceRequest } from './request.ts';

export { tokenOf } from '../request-token.ts';

/**
 * A middleware that lets requests with a good token in and answers the others (RFC 6750 §3). The handlers behind it find
 * the token with `tokenOf(req)`. Behind a proxy, Express's setting `trust proxy` decides which URL a request has. Throws a
 * TypeError if a required scope is malformed.
 */
export function requireToken(
  verifier: Verifier,
  requirements: Requirements = {},
): (req: ExpressRequest, res: OutgoingResponse, next: () => void) => void {
  const guard = createGuard(verifier, requirements);
  return (req, res, next) => {
    const admit = async () => setToken(req, await guard.admit(expressResourceRequest(req)));
    admit()
      .then(() => next())
      .catch((error: unknown) => send(guard.refuse(error), res));
  };
}
