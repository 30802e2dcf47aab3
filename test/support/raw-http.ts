// HTTP by hand, for what fetch would correct or refuse to send.

import { connect } from 'node:net';
import { connect as connectSecurely } from 'node:tls';
import type { Answer } from './answers.ts';

export interface Exchange {
  readonly answers: readonly Answer[];
  /** Whether the server closed the connection. */
  readonly closed: boolean;
  readonly ms: number;
}

/**
 * Sends bytes as they are; ends with the `count`th answer, or when the server closes, or after `patience` ms: by default
 * sooner than a server hangs up that was given no other `request_timeout`.
 */
export function exchange(
  port: number,
  bytes: string | Uint8Array,
  { count = 1, patience = 8000, secure = false } = {},
): Promise<Exchange> {
  return new Promise((resolve) => {
    const started = performance.now();
    const to = { port, host: '127.0.0.1', rejectUnauthorized: false };
    const socket = secure ? connectSecurely(to) : connect(to);
    let received = Buffer.alloc(0);
    const finish = (closed: boolean) => {
      clearTimeout(timer);
      socket.destroy();
      resolve({ answers: parseAnswers(received), closed, ms: performance.now() - started });
    };
    const timer = setTimeout(() => finish(false), patience);
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      if (parseAnswers(received).length >= count) finish(false);
    });
    socket.on('close', () => finish(true));
    // The server may close while bytes are still on their way: what it said before is what counts.
    socket.on('error', () => {});
    socket.write(bytes);
  });
}

/** Until the server closes. */
export const untilClosed = (port: number, bytes: string | Uint8Array, patience?: number): Promise<Exchange> =>
  exchange(port, bytes, { count: Number.POSITIVE_INFINITY, ...(patience !== undefined && { patience }) });

export interface RawRequest {
  readonly method?: string;
  readonly headers?: readonly string[];
  readonly body?: string | Uint8Array;
}

/** A request as bytes, with Host, the type of a form and the right Content-Length. */
export function rawRequest(target: string, { method = 'POST', headers = [], body = '' }: RawRequest = {}) {
  const content = typeof body === 'string' ? Buffer.from(body) : body;
  const head = [
    `${method} ${target} HTTP/1.1`,
    'Host: localhost',
    'Content-Type: application/x-www-form-urlencoded',
    `Content-Length: ${content.length}`,
    ...headers,
  ];
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`, 'latin1'), content]);
}

function parseAnswers(bytes: Buffer): Answer[] {
  const answers: Answer[] = [];
  let rest = bytes;
  for (;;) {
    const end = rest.indexOf('\r\n\r\n');
    if (end === -1) return answers;
    const [start = '', ...lines] = rest.toString('latin1', 0, end).split('\r\n');
    const headers = Object.fromEntries(
      lines.map((line) => {
        const colon = line.indexOf(':');
        return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
      }),
    );
    const from = end + 4;
    const until = from + Number(headers['content-length'] ?? 0);
    if (rest.length < until) return answers;
    answers.push({ status: Number(start.split(' ')[1]), headers, body: rest.toString('utf8', from, until) });
    rest = rest.subarray(until);
  }
}
