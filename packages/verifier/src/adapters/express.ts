// For Express and what is built like it.

import { createGuard } from '../guard.ts';
import type { Wanted } from '../scope.ts';
import type { Verifier } from '../verifier.ts';
import type { IncomingRequest, OutgoingResponse } from './node.ts';

export { tokenOf } from '../guard.ts';

/** A middleware. What is behind it finds the token with `tokenOf(req)`. */
export function requireToken(verifier: Verifier, wanted: Wanted = {}) {
  const guard = createGuard(verifier, wanted);
  return (req: IncomingRequest, res: OutgoingResponse, next: (error?: unknown) => void): void => {
    const refuse = (error: unknown) => {
      const { status, headers, body } = guard.refuse(error);
      res.writeHead(status, { ...headers }).end(body);
    };
    guard
      .admit(req, req.headers.authorization)
      .then(() => next(), refuse)
      .catch(next);
  };
}
