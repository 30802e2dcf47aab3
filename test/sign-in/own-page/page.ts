// A server with a sign-in page of the company's own, and what that page's server does with a ticket by hand.

import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeJwt, type JWTPayload } from 'jose';
import { startTestServer, type TestServer } from '../../support/server.ts';
import type { Page, UserAgent } from '../../support/user-agent.ts';

export interface PageServer extends TestServer {
  readonly secret: string;
  readonly secret_file: string;
}

/** A server that sends users to `url`. */
export async function startPageServer(
  url: string,
  config: Record<string, unknown> = {},
): Promise<PageServer> {
  const folder = await mkdtemp(join(tmpdir(), 'tessera-page-'));
  const secret = randomBytes(32).toString('base64');
  const secret_file = join(folder, 'secret');
  await writeFile(secret_file, `${secret}\n`);
  const server = await startTestServer({ login: { url, secret_file }, ...config });
  const close = async () => {
    await server.close();
    await rm(folder, { recursive: true });
  };
  return { ...server, secret, secret_file, close };
}

export interface Ticket extends JWTPayload {
  readonly ask: string;
  readonly request: { readonly scope: string[]; readonly remembered?: string[] };
  readonly session?: { readonly subject: string; readonly auth_time: number };
  readonly answer_uri: string;
}

/** The ticket that a request sends the browser to the page with; fails where it sends it elsewhere. */
export async function ticketOf(agent: UserAgent, url: string): Promise<string> {
  const { status, location = '' } = await agent.get(url);
  const ticket = URL.canParse(location) ? new URL(location).searchParams.get('ticket') : null;
  if (status !== 303 || ticket === null) throw new Error(`no ticket: ${status} ${location}`);
  return ticket;
}

export const readTicket = (ticket: string): Ticket => decodeJwt<Ticket>(ticket);

export interface TicketAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly redirect_to: string;
  readonly error: string;
  readonly error_description: string;
}

/** POSTs an answer; text is sent as it is. */
export async function answer(
  server: PageServer,
  body: object | string,
  headers: Record<string, string> = {},
  uri?: string,
): Promise<TicketAnswer> {
  const authorized = { authorization: `Bearer ${server.secret}`, 'content-type': 'application/json' };
  const response = await fetch(uri ?? `${server.origin}/account/tickets`, {
    method: 'POST',
    headers: { ...authorized, ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  const { status, headers: received } = response;
  return { status, headers: received, ...((await response.json()) as object) } as TicketAnswer;
}

/** Goes through the page as a user who allows all that is asked, unless `answered` says otherwise. */
export async function passThrough(
  server: PageServer,
  agent: UserAgent,
  url: string,
  answered: Record<string, unknown> & { readonly subject: string },
): Promise<Page> {
  const ticket = await ticketOf(agent, url);
  const { answer_uri, request } = readTicket(ticket);
  const { redirect_to, error_description } = await answer(
    server,
    { ticket, scope: request.scope, ...answered },
    {},
    answer_uri,
  );
  if (redirect_to === undefined) throw new Error(error_description);
  return agent.get(redirect_to);
}
