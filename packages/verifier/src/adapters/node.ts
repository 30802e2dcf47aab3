// For plain node:http and node:https.

import { createGuard } from '../guard.ts';
import type { Wanted } from '../scope.ts';
import type { Verifier } from '../verifier.ts';

export { tokenOf } from '../guard.ts';

/** As much of IncomingMessage and ServerResponse as is used here. */
export interface IncomingRequest {
  readonly headers: { readonly authorization?: string | undefined };
}
export interface OutgoingResponse {
  writeHead(status: number, headers: Record<string, string>): { end(body: string): unknown };
}

/** `listener`, behind a token; it finds it with `tokenOf(request)`. */
export function requireToken<Request extends IncomingRequest, Response extends OutgoingResponse>(
  verifier: Verifier,
  wanted: Wanted,
  listener: (request: Request, response: Response) => unknown,
): (request: Request, response: Response) => Promise<void> {
  const guard = createGuard(verifier, wanted);
  return async (request, response) => {
    try {
      await guard.admit(request, request.headers.authorization);
    } catch (error) {
      const { status, headers, body } = guard.refuse(error);
      response.writeHead(status, { ...headers }).end(body);
      return;
    }
    await listener(request, response);
  };
}
