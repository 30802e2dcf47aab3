// A visit: one request of a browser to the pages, with its session, its language and what its forms are bound to.

import { randomBytes } from 'node:crypto';
import type { HttpRequest, Issuer } from '@tessera-oauth/core';
import type { PageContext } from '../../pages/index.ts';
import { chooseLanguage } from '../../pages/strings/index.ts';
import { type FoundSession, findSession, touchSession } from '../../store/tables/sessions.ts';
import type { LoginContext } from './context.ts';
import { readCookie, setCookie } from './cookies.ts';

/** Milliseconds. */
export const sessionIdle = 12 * 3_600_000;

export interface Visit {
  readonly request: HttpRequest;
  readonly issuer: Issuer;
  readonly context: LoginContext;
  /** The path of the pages, such as `/trelica/account`. */
  readonly base: string;
  /** The query that the URLs of these pages carry; forms are bound to it. */
  readonly query: string;
  /** A random name of the browser, from its cookie; it proves nothing by itself. */
  readonly browser: string;
  /** `Set-Cookie` values that the answer must have, so that the browser keeps its name. */
  readonly cookies: readonly string[];
  readonly session: FoundSession | undefined;
  readonly view: PageContext;
}

export const pathOf = ({ issuer }: Issuer): string => new URL(issuer).pathname.replace(/\/$/, '');

/** The URL of one of the pages, with what this visit's URLs carry. */
export const pageHref = ({ base, query }: Pick<Visit, 'base' | 'query'>, path: string): string =>
  `${base}${path}${query === '' ? '' : `?${query}`}`;

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

/** The language and the theme of a page; needs neither session nor database. */
export function viewOf(
  request: HttpRequest,
  issuer: Issuer,
  { themeOf }: LoginContext,
  query: string,
): PageContext {
  // Behind an ampersand, since URLSearchParams would pass over a question mark, which is a part of the first name.
  const ui_locales = new URLSearchParams(`&${query}`).get('ui_locales') ?? undefined;
  const theme = themeOf(issuer.name) ?? {};
  return {
    language: chooseLanguage(
      ui_locales,
      readCookie(request, 'language', issuer),
      request.headers['accept-language']?.toString(),
    ),
    theme: { ...theme, name: theme.name ?? new URL(issuer.issuer).host, brand: theme.name },
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
  const found = await findSession(reads, forms.sessionHashes(token), now(), sessionIdle);
  if (found !== undefined) await touchSession(db, found, now());
  return found;
}
