// A visit: one request of a browser to the pages, with who it is and what binds its forms to it.

import { randomBytes } from 'node:crypto';
import {
  type Handler,
  type HttpRequest,
  type HttpResponse,
  type Issuer,
  OAuthError,
  type Parameters,
  type Ports,
  parseParameters,
  reportRefusal,
} from '@tessera-oauth/core';
import { errorPage, type PageContext } from '../pages/index.ts';
import { chooseLanguage } from '../pages/strings/index.ts';
import { type FoundSession, findSession, touchSession } from '../store/tables/sessions.ts';
import type { LoginContext } from './context.ts';
import { readCookie, setCookie } from './cookies.ts';
import { pageResponse } from './respond.ts';

/** Milliseconds. */
const sessionIdle = 12 * 3_600_000;
export const sessionLifetime = 7 * 24 * 3_600_000;

export interface Visit {
  readonly request: HttpRequest;
  readonly issuer: Issuer;
  readonly context: LoginContext;
  /** The path of the pages, such as `/trelica/account`. */
  readonly base: string;
  /** The authorization request that is under way, as a query; empty where there is none. */
  readonly query: string;
  /** Names the browser, and is worth nothing by itself. */
  readonly browser: string;
  /** What the answer has to set, so that the browser is known again. */
  readonly cookies: readonly string[];
  readonly session: FoundSession | undefined;
  readonly view: PageContext;
}

export const pathOf = ({ issuer }: Issuer): string => new URL(issuer).pathname.replace(/\/$/, '');

export async function openVisit(
  request: HttpRequest,
  issuer: Issuer,
  context: LoginContext,
  query = request.query,
): Promise<Visit> {
  const known = readCookie(request, 'browser', issuer);
  const browser = known ?? randomBytes(16).toString('base64url');
  const view = viewOf(request, issuer, context, query);
  return {
    request,
    issuer,
    context,
    base: view.base,
    query,
    browser,
    cookies: known === undefined ? [setCookie('browser', browser, issuer)] : [],
    session: await currentSession(request, issuer, context),
    view,
  };
}

/** In which language and whose colours a page is; needs neither session nor database. */
function viewOf(request: HttpRequest, issuer: Issuer, { themeOf }: LoginContext, query: string): PageContext {
  const ui_locales = new URLSearchParams(query).get('ui_locales') ?? undefined;
  const { name = new URL(issuer.issuer).host, logo_uri, color } = themeOf(issuer.name) ?? {};
  return {
    language: chooseLanguage(ui_locales, request.headers['accept-language']?.toString()),
    theme: { name, ...(logo_uri !== undefined && { logo_uri }), ...(color !== undefined && { color }) },
    base: `${pathOf(issuer)}/account`,
  };
}

export async function currentSession(
  request: HttpRequest,
  issuer: Issuer,
  { reads, db, forms, now }: LoginContext,
): Promise<FoundSession | undefined> {
  const token = readCookie(request, 'session', issuer);
  if (token === undefined) return undefined;
  const found = await findSession(reads, forms.sessionHash(token), now(), sessionIdle);
  if (found !== undefined) await touchSession(db, found, now());
  return found;
}

/** Binds a form to its purpose, the browser, the session and the request under way (RFC 6819 §4.4.1.8). */
const formParts = (purpose: string, { browser, session, query }: Visit) => [
  purpose,
  browser,
  session?.hash ?? '',
  query,
];

export const csrfOf = (purpose: string, visit: Visit): string =>
  visit.context.forms.csrf(formParts(purpose, visit));

/** Throws where a form was not made here, in this browser and session, for this. */
export function requireCsrf(purpose: string, form: Parameters, visit: Visit): void {
  if (!visit.context.forms.csrfMatches(form.get('csrf'), formParts(purpose, visit)))
    throw new OAuthError(
      'access_denied',
      'form_forged',
      'This form is not valid any more. Go back and try again.',
      {
        status: 403,
      },
    );
}

type PageHandler = (visit: Visit, form: Parameters, ports: Ports) => Promise<HttpResponse>;

/** An endpoint of the pages; what is thrown below it becomes a page that says so. */
export const pageEndpoint =
  (context: LoginContext, endpoint: string, handle: PageHandler): Handler =>
  async ({ request, issuer, ports }) => {
    try {
      const form = parseParameters(
        request.method === 'POST' ? request : { ...request, headers: {}, body: new Uint8Array() },
        { from: request.method === 'POST' ? ['body'] : ['body', 'query'], repeatable: ['resource'] },
      );
      return await handle(await openVisit(request, issuer, context), form, ports);
    } catch (thrown) {
      return failurePage(thrown, request, issuer, endpoint, context);
    }
  };

function failurePage(
  thrown: unknown,
  request: HttpRequest,
  issuer: Issuer,
  endpoint: string,
  context: LoginContext,
): HttpResponse {
  const refusal = reportRefusal(thrown, { request, issuer, endpoint, audit: context.audit });
  const status = refusal.status ?? (refusal.reason === 'fault' ? 500 : 400);
  return refusalPage({ ...refusal, description: refusal.description, status }, request, issuer, context);
}

interface ShownRefusal {
  readonly description: string;
  readonly reason: string;
  readonly status: number;
  readonly retry_after?: number | undefined;
}

/** Tells the user what went wrong; needs neither session nor database. */
export function refusalPage(
  { description, reason, status, retry_after }: ShownRefusal,
  request: HttpRequest,
  issuer: Issuer,
  context: LoginContext,
): HttpResponse {
  const view = viewOf(request, issuer, context, request.query);
  const hints = { client_unknown: 'client_unknown', client_disabled: 'client_unknown' } as const;
  const reason_hint = reason.startsWith('redirect_uri')
    ? 'redirect_uri'
    : hints[reason as keyof typeof hints];
  const page = errorPage(view, { status, description, reason_hint, request_id: request.id });
  return pageResponse(page, { status, request_id: request.id, retry_after });
}
