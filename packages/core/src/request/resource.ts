// Resource indicators (RFC 8707 §2): for which API a token is asked.

import type { Issuer } from '../model.ts';
import { about, OAuthError } from '../oauth-error.ts';
import type { Parameters } from '../parameters.ts';

/**
 * The resources a request names, in the spelling in which they are registered; empty where it names none. Throws
 * `invalid_target`.
 */
export function readResources(
  parameters: Parameters,
  { resources: allowed }: Pick<Issuer, 'resources'>,
): readonly string[] {
  // RFC 8707 §2: an absolute URI without a fragment; a registered one is always that.
  const named = parameters.all('resource').map((resource) => {
    const registered = allowed.find((each) => isSameUri(each, resource));
    if (registered === undefined) throw unknown(resource);
    return registered;
  });
  return [...new Set(named)];
}

const unknown = (resource: string) =>
  new OAuthError(
    'invalid_target',
    'resource_unknown',
    'A resource parameter names no API registered here.',
    about('resource', resource),
  );

/** RFC 8707 §2.2: of the resources that were granted, those that the token request names, or all. */
export function narrowResources(
  parameters: Parameters,
  granted: readonly string[],
  issuer: Issuer,
): readonly string[] {
  const requested = readResources(parameters, granted.length > 0 ? { resources: granted } : issuer);
  return requested.length > 0 ? requested : granted;
}

/** RFC 3986 §6.2.2, §6.2.3: case of scheme and host, default port, empty path, dot segments, escapes of what needs none. */
export const isSameUri = (one: string, other: string): boolean =>
  one === other || normalForm(one) === normalForm(other);

// What a URL parser repairs (blanks, backslashes, missing slashes) is no URI, and the same as nothing but itself.
const uri = /^[a-z][a-z0-9+.-]*:\/\/[^/\\?#][!-~]*$/i;

function normalForm(text: string): string {
  if (!uri.test(text) || text.includes('\\') || !URL.canParse(text)) return text;
  return new URL(text).href.replace(/%[0-9a-f]{2}/gi, (escaped) => {
    const character = String.fromCharCode(Number.parseInt(escaped.slice(1), 16));
    return /^[A-Za-z0-9._~-]$/.test(character) ? character : escaped.toUpperCase();
  });
}
