// What never becomes a request: what Node.js cannot read, or will not wait for, is answered on the socket.

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

/** Gives the reason; undefined for what was no HTTP. */
export function answerUnreadable(error: Error & { code?: string }, socket: Socket): string | undefined {
  // Anything but HTTP, a TLS handshake that came to nothing for one, has no way to be answered in HTTP.
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
    // Node.js keeps a half-open socket: one who never hangs up would keep it for good.
    () => socket.destroy(),
  );
  return reason;
}
