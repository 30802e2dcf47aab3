// What the guard is told of a request in each framework: the method, and the URL that the client has asked for, as a
// proof of possession will name them (RFC 9449 §4.2), with and without a trusted proxy in front.

import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse, request as send } from 'node:http';
import { connect, createServer as createHttp2Server } from 'node:http2';
import type { AddressInfo, Server } from 'node:net';
import express from 'express';
import { fastify } from 'fastify';
import { afterEach, describe, expect, test } from 'vitest';
import {
  expressResourceRequest,
  fastifyResourceRequest,
  nodeResourceRequest,
} from '../../packages/verifier/src/adapters/request.ts';
import type { ResourceRequest } from '../../packages/verifier/src/resource-request.ts';

let stop: () => unknown = () => {};
afterEach(() => stop());

type Told = Pick<ResourceRequest, 'method' | 'url'>;
type Headers = Readonly<Record<string, string>>;

async function listen(server: Server): Promise<number> {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  stop = () => server.close();
  return (server.address() as AddressInfo).port;
}

const tell = ({ method, url }: ResourceRequest): string => JSON.stringify({ method, url });

/** Sends the request target as it stands here, which `fetch` would not. */
async function ask(port: number, target: string, headers: Headers = {}, method = 'POST'): Promise<Told> {
  const sent = send({
    port,
    method,
    path: target,
    agent: false,
    headers: { host: 'api.test:444', ...headers },
  });
  sent.end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  return JSON.parse((await response.toArray()).join('')) as Told;
}

/** Each starts a server that answers with what its adapter tells the guard. */
const servers = {
  node: () => listen(createServer((request, response) => response.end(tell(nodeResourceRequest(request))))),
  express: (trustProxy: boolean) => {
    const app = express().set('trust proxy', trustProxy);
    const router = express.Router();
    router.use((req: express.Request, res: ServerResponse) => res.end(tell(expressResourceRequest(req))));
    app.use('/v1', router);
    app.use(router);
    return listen(createServer(app));
  },
  fastify: async (trustProxy: boolean) => {
    const app = fastify({ trustProxy, rewriteUrl: () => '/rewritten' });
    app.addHook('onRequest', async (request, reply) => reply.send(tell(fastifyResourceRequest(request))));
    app.post('/rewritten', () => '');
    await app.listen({ host: '127.0.0.1', port: 0 });
    stop = () => app.close();
    return (app.server.address() as AddressInfo).port;
  },
} satisfies Record<string, (trustProxy: boolean) => Promise<number>>;
const forwarded = { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'public.test' };

describe.each(Object.entries(servers))('%s', (_name, start) => {
  test('the URL has the host of the request and the whole path', async () => {
    const port = await start(false);
    expect(await ask(port, '/v1/invoices?page=2')).toEqual({
      method: 'POST',
      url: 'http://api.test:444/v1/invoices?page=2',
    });
  });

  test('an absolute request target is the URL (RFC 9112 §3.2.2)', async () => {
    const port = await start(false);
    expect((await ask(port, 'http://other.test/v1/invoices')).url).toBe('http://other.test/v1/invoices');
  });

  test('a forwarded header that nobody trusts changes nothing', async () => {
    const port = await start(false);
    expect((await ask(port, '/v1/invoices', forwarded)).url).toBe('http://api.test:444/v1/invoices');
  });
});

test.each(['express', 'fastify'] as const)(
  '%s: behind a trusted proxy the URL is the public one',
  async (name) => {
    const port = await servers[name](true);
    expect((await ask(port, '/v1/invoices', forwarded)).url).toBe('https://public.test/v1/invoices');
  },
);

test('node: of HTTP/2, the authority is the host', async () => {
  const port = await listen(
    createHttp2Server((request, response) => response.end(tell(nodeResourceRequest(request)))),
  );
  const session = connect(`http://127.0.0.1:${port}`);
  const stream = session.request({ ':path': '/v1/invoices', ':authority': 'api.test' });
  expect(JSON.parse((await stream.setEncoding('utf8').toArray()).join(''))).toEqual({
    method: 'GET',
    url: 'http://api.test/v1/invoices',
  });
  session.close();
});

test('node: OPTIONS * is the host without a path (RFC 9110 §7.1), and TLS is https', async () => {
  const headers = { host: 'api.test' };
  const request = { method: 'OPTIONS', url: '*', headers, socket: { encrypted: true } };
  expect(nodeResourceRequest(request).url).toBe('https://api.test');
  expect(nodeResourceRequest({ ...request, headers: {} }).url).toBe('https://localhost');
});
