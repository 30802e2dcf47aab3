// For plain node:http, node:https and node:http2.

import { createGuard, type Refusal } from '../guard.ts';
import { setToken } from '../request-token.ts';
import type { Requirements } from '../scope.ts';
import type { Verifier } from '../verifier.ts';
import { type NodeRequest, nodeResourceRequest } from './request.ts';

export { tokenOf } from '../request-token.ts';

/** As much of ServerResponse as is used here. */
export interface OutgoingResponse {
  /** Whether an answer has begun. */
  readonly headersSent: boolean;
  /** Whether an answer is complete. */
  readonly writableEnded: boolean;
  /** Breaks the answer off. */
  destroy(): unknown;
  /** Sends the status line and the header fields. */
  writeHead(status: number, headers: Record<string, string>): { end(body: string): unknown };
}

/**
 * Wraps `listener`: requests with a good token reach it, and it finds the token with `tokenOf(request)`; the others are
 * answered (RFC 6750 §3). A request has the URL of its `Host` header and its connection; no forwarded header is trusted.
 * Behind a proxy, use {@link createGuard} with the public URL. What `listener` throws, or rejects with, is 500 and a line
 * of the verifier's logger: node:http would end the process. Throws a TypeError if a required scope is malformed.
 */
export function requireToken<Request extends NodeRequest, Response extends OutgoingResponse>(
  verifier: Verifier,
  requirements: Requirements,
  listener: (request: Request, response: Response) => unknown,
): (request: Request, response: Response) => Promise<void> {
  const guard = createGuard(verifier, requirements);
  return async (request, response) => {
    try {
      setToken(request, await guard.admit(nodeResourceRequest(request)));
      await listener(request, response);
    } catch (error) {
      send(guard.refuse(error), response);
    }
  };
}

/** Answers, unless a handler has begun to: its answer is then complete, or will never be. */
export function send({ status, headers, body }: Refusal, response: OutgoingResponse): void {
  if (!response.headersSent) response.writeHead(status, { ...headers }).end(body);
  else if (!response.writableEnded) response.destroy();
}
