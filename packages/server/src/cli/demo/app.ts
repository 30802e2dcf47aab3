// The demo app of the quickstart: it sends a user to sign in, redeems the code, and shows the tokens.

import { hash, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ServedIssuer } from '../../model.ts';
import { html, render, type Value } from '../../pages/html.ts';
import { demoIssuers, demoUserScopes } from './issuers.ts';
import type { Demo } from './registration.ts';

interface PendingRequest {
  readonly issuer: ServedIssuer;
  readonly code_verifier: string;
}

/** Listens on the loopback address as long as the process lives, on `port` if it is free, else on any; gives its URL. */
export async function startDemoApp(
  issuers: readonly ServedIssuer[],
  demo: Demo,
  port: number,
): Promise<string> {
  const pending = new Map<string, PendingRequest>();
  const server = createServer((request, response) => {
    answer(request, response, origin(), issuers, demo, pending).catch((error: Error) => {
      page(response, html`<h1>That did not work</h1><p>${error.message}</p><p><a href="/">Back</a></p>`);
    });
  });
  const origin = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const listen = (on: number) =>
    new Promise<void>((resolve, reject) => server.once('error', reject).listen(on, '127.0.0.1', resolve));
  await listen(port).catch(() => listen(0));
  server.unref();
  return `${origin()}/`;
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  origin: string,
  issuers: readonly ServedIssuer[],
  demo: Demo,
  pending: Map<string, PendingRequest>,
): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? '/', origin);
  const redirect_uri = `${origin}/callback`;
  const known = issuers.filter(({ name }) => demo.apps[name] !== undefined);
  if (pathname === '/') return chooseIssuer(response, known);
  const issuer = known.find(({ name }) => pathname === `/start/${name}`);
  if (issuer !== undefined) {
    response
      .writeHead(303, { Location: start(issuer, demo, redirect_uri, pending), 'Cache-Control': 'no-store' })
      .end();
    return;
  }
  if (pathname !== '/callback') {
    response.writeHead(404).end();
    return;
  }
  const state = searchParams.get('state') ?? '';
  const begun = pending.get(state);
  pending.delete(state);
  if (begun === undefined) throw new Error('This page did not ask for that answer.');
  // RFC 9207 §2.4: an answer of another server is not sent to this one.
  if (searchParams.get('iss') !== begun.issuer.issuer)
    throw new Error('The answer comes from another server.');
  const code = searchParams.get('code');
  if (code === null)
    throw new Error(`${searchParams.get('error')}: ${searchParams.get('error_description')}`);
  const tokens = await redeem(begun, code, demo, redirect_uri);
  showTokens(response, begun.issuer, tokens);
}

function start(
  issuer: ServedIssuer,
  demo: Demo,
  redirect_uri: string,
  pending: Map<string, PendingRequest>,
): string {
  const state = randomBytes(16).toString('base64url');
  const code_verifier = randomBytes(32).toString('base64url');
  // A user who never comes back must not fill the memory.
  for (const old of [...pending.keys()].slice(0, -20)) pending.delete(old);
  pending.set(state, { issuer, code_verifier });
  const [first, second] = Object.keys(
    demoIssuers.find((each) => each.issuer.name === issuer.name)?.scopes ?? {},
  );
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: demo.apps[issuer.name]?.client_id ?? '',
    redirect_uri,
    scope: [first, second, ...demoUserScopes].join(' '),
    state,
    code_challenge: hash('sha256', code_verifier, 'base64url'),
    code_challenge_method: 'S256',
  });
  return `${issuer.issuer}${issuer.dialect.paths.authorization}?${query}`;
}

async function redeem(
  { issuer, code_verifier }: PendingRequest,
  code: string,
  demo: Demo,
  redirect_uri: string,
) {
  const { client_id = '', client_secret = '' } = demo.apps[issuer.name] ?? {};
  const answered = await fetch(issuer.issuer + issuer.dialect.paths.token, {
    method: 'POST',
    headers: { Authorization: `Basic ${Buffer.from(`${client_id}:${client_secret}`).toString('base64')}` },
    body: new URLSearchParams({ grant_type: 'authorization_code', code, redirect_uri, code_verifier }),
  });
  return (await answered.json()) as Record<string, unknown>;
}

const chooseIssuer = (response: ServerResponse, issuers: readonly ServedIssuer[]): void =>
  page(
    response,
    html`<h1>Demo app</h1><p>Sign in, and allow this app something:</p>
<ul>${issuers.map(({ name }) => html`<li><a href="/start/${name}">in the dialect ${name}</a></li>`)}</ul>`,
  );

function showTokens(response: ServerResponse, { name }: ServedIssuer, tokens: Record<string, unknown>): void {
  const claims = (token: unknown) => {
    const [, payload = ''] = String(token).split('.');
    return JSON.stringify(JSON.parse(Buffer.from(payload, 'base64url').toString()), null, 2);
  };
  page(
    response,
    html`<h1>Tokens from ${name}</h1><pre>${JSON.stringify(tokens, null, 2)}</pre>
${['access_token', 'id_token'].map((kind) => tokens[kind] !== undefined && html`<h2>${kind}</h2><pre>${claims(tokens[kind])}</pre>`)}
<p><a href="/">Once more</a></p>`,
  );
}

function page(response: ServerResponse, body: Value): void {
  const nonce = randomBytes(16).toString('base64');
  response
    .writeHead(200, {
      'Content-Type': 'text/html; charset=utf-8',
      'Content-Security-Policy': `default-src 'none'; style-src 'nonce-${nonce}'; frame-ancestors 'none'`,
      'Cache-Control': 'no-store',
      'Referrer-Policy': 'no-referrer',
    })
    .end(
      render(html`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>Demo app</title>
<style nonce="${nonce}">
html { background: Canvas }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 46rem; margin: 3rem auto; padding: 0 1rem }
pre { overflow-wrap: anywhere; white-space: pre-wrap; font-size: .85rem }
</style>
<main>${body}</main>
</html>`),
    );
}
