// A program: guarded-api.ts ADAPTER ISSUER. An API behind one adapter, which prints its port, and then each line of the
// verifier's logger. /throws has a handler that throws; /late one that does so in the middle; /fault a verifier that does.

import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createVerifier, type Verifier } from '@tessera-oauth/verifier';
import * as expressAdapter from '@tessera-oauth/verifier/express';
import * as fastifyAdapter from '@tessera-oauth/verifier/fastify';
import * as fetchAdapter from '@tessera-oauth/verifier/fetch';
import * as honoAdapter from '@tessera-oauth/verifier/hono';
import * as nodeAdapter from '@tessera-oauth/verifier/node';
import express from 'express';
import { fastify } from 'fastify';
import { Hono } from 'hono';
import { audience } from './issuer.ts';

const [adapter = '', issuer = ''] = process.argv.slice(2);
const print = (value: unknown) => process.stdout.write(`${JSON.stringify(value)}\n`);
const verifier = createVerifier({ issuer, audience, logger: { warn: print, error: print } });
const faulty: Verifier = {
  ...verifier,
  async verify() {
    throw new RangeError('Maximum call stack size exceeded');
  },
};
const fail = (): never => {
  throw new Error('the handler has a fault');
};

type Listener = (request: IncomingMessage, response: ServerResponse) => unknown;
type FetchHandler = (request: Request) => Response | Promise<Response>;

/** A runtime that calls a `fetch` handler: what the handler rejects with is 500, as in Bun, Deno and workerd. */
const bridge =
  (handle: FetchHandler): Listener =>
  async ({ url = '/', headers }, response) => {
    const { authorization = '' } = headers;
    const request = new Request(`http://127.0.0.1${url}`, { headers: { authorization } });
    const answer = await Promise.resolve(handle(request)).catch(() => new Response('', { status: 500 }));
    response.writeHead(answer.status, Object.fromEntries(answer.headers)).end(await answer.text());
  };

const listeners: Record<string, () => Listener | Promise<Listener>> = {
  node() {
    const routes: Record<string, Listener> = {
      '/': nodeAdapter.requireToken(verifier, {}, (_request: IncomingMessage, response: ServerResponse) =>
        response.end('ok'),
      ),
      '/throws': nodeAdapter.requireToken(verifier, {}, fail),
      '/late': nodeAdapter.requireToken(
        verifier,
        {},
        (_request: IncomingMessage, response: ServerResponse) => {
          response.writeHead(200).write('half of ');
          fail();
        },
      ),
      '/fault': nodeAdapter.requireToken(faulty, {}, fail),
    };
    return (request, response) => routes[request.url ?? '']?.(request, response);
  },
  express() {
    const app = express().set('env', 'test');
    app.get('/', expressAdapter.requireToken(verifier), (_req, res) => void res.send('ok'));
    app.get('/throws', expressAdapter.requireToken(verifier), fail);
    app.get('/fault', expressAdapter.requireToken(faulty), fail);
    return app;
  },
  async fastify() {
    const app = fastify();
    app.get('/', { onRequest: fastifyAdapter.requireToken(verifier) }, () => 'ok');
    app.get('/throws', { onRequest: fastifyAdapter.requireToken(verifier) }, fail);
    app.get('/fault', { onRequest: fastifyAdapter.requireToken(faulty) }, fail);
    await app.ready();
    return (request, response) => app.routing(request, response);
  },
  hono() {
    const app = new Hono().onError((_error, c) => c.text('', 500));
    app.get('/', honoAdapter.requireToken(verifier), (c) => c.text('ok'));
    app.get('/throws', honoAdapter.requireToken(verifier), fail);
    app.get('/fault', honoAdapter.requireToken(faulty), fail);
    return bridge((request) => app.fetch(request));
  },
  fetch() {
    const routes: Record<string, FetchHandler> = {
      '/': fetchAdapter.requireToken(verifier, {}, () => new Response('ok')),
      '/throws': fetchAdapter.requireToken(verifier, {}, fail),
      '/fault': fetchAdapter.requireToken(faulty, {}, fail),
    };
    return bridge((request) => routes[new URL(request.url).pathname]?.(request) ?? new Response());
  },
};

const server = createServer((await listeners[adapter]?.()) as Listener);
await once(server.listen(0, '127.0.0.1'), 'listening');
print((server.address() as AddressInfo).port);
