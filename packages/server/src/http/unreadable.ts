// What never becomes a request: what Node.js cannot read, or will not wait for, is answered on the socket.

import type { Socket } from 'node:net';

const unreadable: Readonly<Record<string, readonly [status: string, description: string]>> = {
  HPE_HEADER_OVERFLOW: ['431 Request Header Fields Too Large', 'The header is larger than 16 KiB.'],
  ERR_HTTP_REQUEST_TIMEOUT: ['408 Request Timeout', 'The request did not arrive in time.'],
};

export function answerUnreadable(error: Error & { code?: string }, socket: Socket): void {
  // Anything but HTTP, a TLS handshake that came to nothing for one, has no way to be answered in HTTP.
  if (!/^(HPE|ERR_HTTP)_/.test(error.code ?? '') || !socket.writable) {
    socket.destroy();
    return;
  }
  const [status, error_description] = unreadable[error.code ?? ''] ?? [
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
}
