// The demo app of the quickstart: a user signs in, the app gets tokens, and each step is shown as it went over the wire.

import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ServedIssuer } from '../../model.ts';
import { answerApi } from './api.ts';
import { type Begun, begin, callApi, finish, type Run, refresh } from './flow.ts';
import type { Demo } from './registration.ts';
import { demoStylesheet } from './style.ts';
import { failurePage, runPage, startPage } from './view.ts';

/** What a browser, known by its cookie, is doing here. */
interface Session {
  /** By their `state`: each tab has its own. */
  readonly begun: Map<string, Begun>;
  readonly runs: Map<string, Run>;
}

interface App {
  readonly issuers: readonly ServedIssuer[];
  readonly demo: Demo;
  readonly origin: string;
  readonly sessions: Map<string, Session>;
}

/** Serves the app on a loopback address as long as the process lives, on `port` if it is free, else on any; gives its URL. */
export async function startDemoApp(
  issuers: readonly ServedIssuer[],
  demo: Demo,
  port: number,
): Promise<string> {
  const known = issuers.filter(({ name }) => demo.apps[name] !== undefined);
  const sessions = new Map<string, Session>();
  const server = createServer((request, response) => {
    const app = { issuers: known, demo, origin: origin(), sessions };
    answer(request, response, app).catch((error: Error) => sendPage(response, failurePage(error.message)));
  });
  const origin = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const listen = (on: number) =>
    new Promise<void>((resolve, reject) => server.once('error', reject).listen(on, '127.0.0.1', resolve));
  await listen(port).catch(() => listen(0));
  server.unref();
  return `${origin()}/`;
}

async function answer(request: IncomingMessage, response: ServerResponse, app: App): Promise<void> {
  // A page of another name that leads to this address would read what is shown here (DNS rebinding).
  if (request.headers.host !== new URL(app.origin).host) return end(response, 421);
  const { pathname, searchParams } = new URL(request.url ?? '/', app.origin);
  const [, first = '', action] = pathname.split('/');
  if (first === 'api') return answerApi(request, response, app.issuers);
  if (first === 'style.css')
    return void response.writeHead(200, { 'Content-Type': 'text/css; charset=utf-8' }).end(demoStylesheet());
  const session = sessionOf(request, response, app);
  if (first === '') return sendPage(response, startPage(app.issuers, session.runs));
  if (first === 'callback') {
    const state = searchParams.get('state') ?? '';
    const begun = session.begun.get(state);
    session.begun.delete(state);
    const run = await finish(begun, searchParams, app);
    session.runs.set(run.issuer.name, run);
    return redirect(response, `/${run.issuer.name}`);
  }
  const issuer = app.issuers.find(({ name }) => name === first);
  if (issuer === undefined) return end(response, 404);
  if (request.method === 'POST') return act(response, session, issuer, action, app);
  const run = session.runs.get(issuer.name);
  return run === undefined ? redirect(response, '/') : sendPage(response, runPage(run));
}

/** Cookies that other sites' forms do not send protect these actions (RFC 6265bis §5.6.7.1). */
async function act(
  response: ServerResponse,
  session: Session,
  issuer: ServedIssuer,
  action: string | undefined,
  app: App,
): Promise<void> {
  if (action === 'start') {
    const begun = begin(issuer, app);
    for (const old of [...session.begun.keys()].slice(0, -20)) session.begun.delete(old);
    session.begun.set(begun.state, begun);
    return redirect(response, begun.url);
  }
  const run = session.runs.get(issuer.name);
  if (run === undefined) return redirect(response, '/');
  if (action === 'refresh') await refresh(run, app);
  else if (action === 'api') await callApi(run, app);
  else return end(response, 404);
  redirect(response, `/${issuer.name}#step-${run.steps.length}`);
}

function sessionOf(request: IncomingMessage, response: ServerResponse, { sessions }: App): Session {
  const id = /(?:^|; )tessera-demo=([\w-]+)/.exec(request.headers.cookie ?? '')?.[1] ?? '';
  const known = sessions.get(id);
  if (known !== undefined) return known;
  // Browsers that never come back must not fill the memory.
  for (const old of [...sessions.keys()].slice(0, -20)) sessions.delete(old);
  const name = randomBytes(16).toString('base64url');
  const session = { begun: new Map(), runs: new Map() };
  sessions.set(name, session);
  response.setHeader('Set-Cookie', `tessera-demo=${name}; Path=/; HttpOnly; SameSite=Lax`);
  return session;
}

const end = (response: ServerResponse, status: number): void => void response.writeHead(status).end();

const redirect = (response: ServerResponse, location: string): void =>
  void response.writeHead(303, { Location: location, 'Cache-Control': 'no-store' }).end();

function sendPage(response: ServerResponse, page: string): void {
  response
    .writeHead(200, {
      'Content-Type': 'text/html; charset=utf-8',
      'Content-Security-Policy':
        "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'",
      'Cache-Control': 'no-store',
      'Referrer-Policy': 'no-referrer',
      'X-Content-Type-Options': 'nosniff',
    })
    .end(page);
}
