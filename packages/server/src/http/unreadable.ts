// Bytes that never become a request: what Node.js cannot parse, or no longer waits for, is answered on the socket.

import type { Socket } from 'node:net';
import { browserHeaders } from './browser-headers.ts';
import { crossOriginHeaders } from './cross-origin.ts';
import type { HandlerOptions } from './handlers.ts';

type Unreadable = readonly [reason: string, status: string, description: string];

const unreadable: Readonly<Record<string, Unreadable>> = {
  HPE_HEADER_OVERFLOW: [
    'header_too_large',
    '431 Request Header Fields Too Large',
    'The header is larger than 16 KiB.',
  ],
  ERR_HTTP_REQUEST_TIMEOUT: ['request_timeout', '408 Request Timeout', 'The request did not arrive in time.'],
};

interface ParseError extends Error {
  readonly code?: string;
  /** The bytes that came last: of a request in one packet, its beginning. */
  readonly rawPacket?: unknown;
}

/** Gives the reason; undefined where the bytes were no HTTP at all. */
export function answerUnreadable(
  error: ParseError,
  socket: Socket,
  options: HandlerOptions,
): string | undefined {
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
  const headers = Object.entries({
    'Content-Type': 'application/json',
    'Cache-Control': 'no-store',
    ...browserHeaders(options.public_url, {}),
    ...headersFor(error.rawPacket, options),
    'Content-Length': Buffer.byteLength(body),
    Connection: 'close',
  });
  socket.end(
    `HTTP/1.1 ${status}\r\n${headers.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${body}`,
    // Node.js keeps a half-open socket: a client that never closes its side would hold it for ever.
    () => socket.destroy(),
  );
  return reason;
}

/** A script of another origin may read the refusal where it may call, as far as the packet says whom it asks. */
function headersFor(packet: unknown, { router }: HandlerOptions) {
  const text = Buffer.isBuffer(packet) ? packet.toString('latin1') : '';
  const path = /^[A-Z]+ (\/[^\s?]*)/.exec(text)?.[1];
  if (path === undefined) return {};
  const field = (name: string) => new RegExp(`\r\n${name}:[ \t]*(\\S+)`, 'i').exec(text)?.[1];
  const headers = { origin: field('origin') };
  return crossOriginHeaders({ method: '', headers }, router()(field('host'), path));
}
