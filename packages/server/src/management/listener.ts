// The management listener, for operators alone: health and metrics, over plain HTTP.

import { once } from 'node:events';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { listenFailure } from '../http/listen-failure.ts';
import { isOutsider } from '../http/outsiders.ts';
import type { Readiness } from '../model.ts';

/** An import of its values would load the whole of fetch and WebSocket, 40 ms of each start. */
const { createServer } = process.getBuiltinModule('node:http');

/** Where the answers come from: this process, or several workers. */
export interface ManagementSource {
  ready(): Promise<Readiness>;
  metrics(): Promise<{ readonly type: string; readonly text: string }>;
}

export interface Management {
  readonly port: number;
  close(): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly type?: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Throws UsageError where the address cannot be listened on. */
export async function openManagement(
  { host, port }: { readonly host: string; readonly port: number },
  source: ManagementSource,
): Promise<Management> {
  const server = createServer({ maxHeaderSize: 8192, requestTimeout: 5000, headersTimeout: 5000 });
  server.maxConnections = 100;
  server.on('request', (request, response) => {
    // No page reads a body.
    request.resume();
    answer(request, source, host).then(
      (given) => send(response, given),
      () => send(response, json(503, { status: 'error' })),
    );
  });
  server.listen(port, host);
  await once(server, 'listening').catch((error: unknown) => {
    throw listenFailure(error, host, port);
  });
  return { port: (server.address() as AddressInfo).port, close: () => close(server) };
}

const pages: Readonly<Record<string, (source: ManagementSource) => Promise<Answer>>> = {
  '/health/live': async () => json(200, { status: 'live' }),
  '/health/ready': async (source) => {
    const { ready, checks } = await source.ready();
    return ready ? json(200, { status: 'ready' }) : json(503, { status: 'not_ready', checks });
  },
  '/metrics': async (source) => {
    const { type, text } = await source.metrics();
    return { status: 200, type, body: text };
  },
};

async function answer(
  { method, url = '', headers }: IncomingMessage,
  source: ManagementSource,
  listening: string,
): Promise<Answer> {
  const path = url.split('?')[0] ?? '';
  const page = Object.hasOwn(pages, path) ? pages[path] : undefined;
  if (page === undefined) return json(404, { status: 'not_found' });
  if (path === '/metrics' && isOutsider(headers, listening)) return json(403, { status: 'forbidden' });
  if (method === 'GET' || method === 'HEAD') return page(source);
  return { ...json(405, { status: 'method_not_allowed' }), headers: { Allow: 'GET, HEAD' } };
}

const json = (status: number, body: object): Answer => ({ status, body: JSON.stringify(body) });

function send(response: ServerResponse, { status, type = 'application/json', body, headers }: Answer): void {
  response.writeHead(status, {
    'Content-Type': type,
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    ...headers,
  });
  response.end(body);
}

async function close(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}
