// Redirect URIs: which may be registered, and which of them a request means (RFC 6749 §3.1.2, RFC 8252 §7).

import type { Client } from '../model.ts';
import { OAuthError } from '../oauth-error.ts';
import type { Reason } from '../reasons.ts';

// RFC 8252 §7.3: an app listens on whatever port it gets. Loopback means the two addresses; the name `localhost` does not count (§8.3).
const loopback = /^http:\/\/(127\.0\.0\.1|\[::1\])(?::\d{1,5})?(?=[/?]|$)/;

export const isLoopback = (uri: string): boolean => loopback.test(uri);

const withoutPort = (uri: string): string => uri.replace(loopback, 'http://$1');

/** Whether `uri` is `registered`: the same text (RFC 9700 §2.1), but for the port of a loopback address. */
const matchesRedirectUri = (uri: string, registered: string): boolean =>
  uri === registered ||
  (URL.canParse(uri) &&
    isLoopback(uri) &&
    isLoopback(registered) &&
    withoutPort(uri) === withoutPort(registered));

/** Why a URI may not be registered; undefined where it may. */
export function redirectUriFault(uri: string): string | undefined {
  if (!/^[\x21-\x7E]+$/.test(uri) || !URL.canParse(uri)) return 'an absolute URI';
  const { protocol, hostname, username, password } = new URL(uri);
  // RFC 6749 §3.1.2: "The endpoint URI MUST NOT include a fragment component."
  if (uri.includes('#')) return 'a URI without a fragment';
  if (username !== '' || password !== '') return 'a URI without a user';
  if (protocol === 'https:') return undefined;
  if (protocol === 'http:') {
    if (isLoopback(uri) || hostname === 'localhost') return undefined;
    return 'an https URI, or http on a loopback address';
  }
  // RFC 8252 §7.1: a domain name under the app's control, in reverse order; no javascript: has a dot.
  return /^[a-z][a-z0-9+-]*(\.[a-z0-9+-]+)+:$/.test(protocol)
    ? undefined
    : 'a scheme of the app’s own domain, such as com.example.app:';
}

/**
 * Where an authorization request wants its answer: exactly one of the client's own, named unless it has but one.
 * Throws where nobody can be redirected.
 */
export function chooseRedirectUri(requested: string | undefined, client: Client): string {
  const [first, second] = client.redirect_uris;
  if (requested !== undefined) {
    if (client.redirect_uris.some((registered) => matchesRedirectUri(requested, registered)))
      return requested;
    throw unusable('redirect_uri_unknown', 'The redirect_uri is not one that this app registered.', client, {
      redirect_uri: loggable(requested),
    });
  }
  if (first === undefined)
    throw unusable('redirect_uri_none', 'This app has no redirect_uri registered.', client);
  if (second !== undefined)
    throw unusable(
      'redirect_uri_missing',
      'The redirect_uri parameter is missing, and the app has several.',
      client,
    );
  return first;
}

const unusable = (
  reason: Reason,
  description: string,
  { client_id }: Client,
  more: { readonly redirect_uri?: string } = {},
) => new OAuthError('invalid_request', reason, description, { details: { client_id, ...more } });

/** The beginning, without query and fragment: enough to see what is wrong with it, and no secret. */
const loggable = (uri: string): string => /^[^?#]{0,200}/.exec(uri)?.[0] ?? '';

/** RFC 6749 §3.1.2: a query that the URI has is retained. */
export const withQuery = (uri: string, parameters: Readonly<Record<string, string>>): string =>
  `${uri}${uri.includes('?') ? '&' : '?'}${new URLSearchParams(parameters)}`;
