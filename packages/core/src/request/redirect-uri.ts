// Redirect URIs: which may be registered, and which of them a request means (RFC 6749 §3.1.2, RFC 8252 §7).

import type { Client } from '../model.ts';
import { about, invalidRequest } from '../oauth-error.ts';
import type { Reason } from '../reasons.ts';
import { isLoopbackHost } from './loopback.ts';

const plainHttp = /^http:\/\/(\[[^\]]*\]|[^/?#:@]*)(?::\d{1,5})?(?=[/?]|$)/;

/** Whether a URI is plain http on a loopback address; RFC 9700 §2.1 has the name `localhost` count, too. */
export const isLoopback = (uri: string): boolean => isLoopbackHost(plainHttp.exec(uri)?.[1] ?? '');

// RFC 8252 §7.3: an app listens on whatever port it gets.
const withoutPort = (uri: string): string => uri.replace(plainHttp, 'http://$1');

/** Whether `uri` is `registered`: the same text (RFC 9700 §2.1), but for the port of a loopback address. */
const matchesRedirectUri = (uri: string, registered: string): boolean =>
  uri === registered ||
  (URL.canParse(uri) &&
    isLoopback(uri) &&
    isLoopback(registered) &&
    withoutPort(uri) === withoutPort(registered));

/** What an answer adds to the URI (RFC 6749 §4.1.2, RFC 9207 §2): an app could not tell its own from ours. */
const answerParameters = ['code', 'state', 'iss', 'error', 'error_description', 'error_uri'];

/** Why a URI may not be registered; undefined where it may. */
export function redirectUriFault(uri: string): string | undefined {
  if (!/^[\x21-\x7E]+$/.test(uri) || !URL.canParse(uri)) return 'an absolute URI';
  const { href, hostname, username, password, searchParams } = new URL(uri);
  // RFC 6749 §3.1.2: "The endpoint URI MUST NOT include a fragment component."
  if (uri.includes('#')) return 'a URI without a fragment';
  if (username !== '' || password !== '') return 'a URI without a user';
  if (hostname.includes('*')) return 'a host without *, since redirect URIs are compared as text';
  const scheme = schemeFault(uri);
  if (scheme !== undefined) return scheme;
  // What parsers read differently, an app may read as another address than the one that was checked.
  if (href !== uri) return `${href}, which is how a browser writes it`;
  const taken = answerParameters.find((name) => searchParams.has(name));
  return taken === undefined ? undefined : `a query without ${taken}, which the answer has`;
}

/** Schemes that a browser or the operating system acts on itself. */
const ofBrowsers =
  /^(javascript|vbscript|data|blob|file|filesystem|about|view-source|wss?|ftp|intent|content|jar|resource|chrome.*|edge|.*-extension|ms-.*|search-ms|mailto|tel|sms|smb|ssh|sftp|ldaps?|telnet):/;

function schemeFault(uri: string): string | undefined {
  const { protocol } = new URL(uri);
  if (protocol === 'https:') return undefined;
  if (protocol === 'http:')
    return isLoopback(uri) ? undefined : 'an https URI, or http on a loopback address';
  // RFC 8252 §7.1: a domain name under the app's control, in reverse order; no javascript: has a dot.
  if (/^[a-z][a-z0-9+-]*(\.[a-z0-9+-]+)+:$/.test(protocol)) return undefined;
  // Others are in wide use. They are claimed by an app's name alone, so only where a path shows that an app is meant.
  if (/^[a-z][a-z0-9+-]+:\/{1,2}[^/]/.test(uri) && !ofBrowsers.test(protocol)) return undefined;
  return 'a scheme of an app, such as com.example.app:/callback';
}

/**
 * Where an authorization request wants its answer: exactly one of the client's own, named unless it has but one.
 * Throws where nobody can be redirected.
 */
export function chooseRedirectUri(requested: string | undefined, client: Client): string {
  const [first, second] = client.redirect_uris;
  const { client_id } = client;
  const refuse = (reason: Reason, description: string) =>
    invalidRequest(reason, description, about('redirect_uri', requested, { client_id }));
  if (requested !== undefined) {
    if (client.redirect_uris.some((registered) => matchesRedirectUri(requested, registered)))
      return requested;
    throw refuse('redirect_uri_unknown', 'The redirect_uri is not one that this app registered.');
  }
  if (first === undefined) throw refuse('redirect_uri_none', 'This app has no redirect_uri registered.');
  if (second !== undefined)
    throw refuse('redirect_uri_missing', 'The redirect_uri parameter is missing, and the app has several.');
  return first;
}

/** RFC 6749 §3.1.2: a query that the URI has is retained. */
export const withQuery = (uri: string, parameters: Readonly<Record<string, string>>): string =>
  `${uri}${uri.includes('?') ? '&' : '?'}${new URLSearchParams(parameters)}`;
