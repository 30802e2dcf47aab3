// Bytes that never become a request: what Node.js cannot parse, or no longer waits for, is answered on the socket.

import type { Socket } from 'node:net';

type Unreadable = readonly [reason: string, status: string, description: string];

const unreadable: Readonly<Record<string, Unreadable>> = {
  HPE_HEADER_OVERFLOW: [
    'header_too_large',
    '431 Request Header Fields Too Large',
    'The header is larger than 16 KiB.',
  ],
  ERR_HTTP_REQUEST_TIMEOUT: ['request_timeout', '408 Request Timeout', 'The request did not arrive in time.'],
};

/** Gives the reason; undefined where the bytes were no HTTP at all. */
export function answerUnreadable(error: Error & { code?: string }, socket: Socket): string | undefined {
  // What is not HTTP, such as a failed TLS handshake, cannot be answered in HTTP.
  if (!/^(HPE|ERR_HTTP)_/.test(error.code ?? '') || !socket.writable) {
    socket.destroy();
    return undefined;
  }
  const [reason, status, error_description] = unreadable[error.code ?? ''] ?? [
    'unreadable',
    '400 Bad Request',
    'The request is not valid HTTP.',
  ];
  const body = JSON.stringify({ error: 'invalid_request', error_description });
  socket.end(
    `HTTP/1.1 ${status}\r\nContent-Type: application/json\r\nCache-Control: no-store\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
    // Node.js keeps a half-open socket: a client that never closes its side would hold it for ever.
    () => socket.destroy(),
  );
  return reason;
}
