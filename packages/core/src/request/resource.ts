// Resource indicators (RFC 8707 §2): for which API a token is asked.

import type { Issuer } from '../model.ts';
import { OAuthError } from '../oauth-error.ts';
import type { Parameters } from '../parameters.ts';

/** The resources a request names; empty where it names none. Throws `invalid_target`. */
export function readResources(
  parameters: Parameters,
  { resources: allowed }: Pick<Issuer, 'resources'>,
): readonly string[] {
  const requested = [...new Set(parameters.all('resource'))];
  // RFC 8707 §2: an absolute URI without a fragment; a registered one is always that.
  if (requested.every((resource) => allowed.includes(resource))) return requested;
  throw new OAuthError(
    'invalid_target',
    'resource_unknown',
    'A resource parameter names no API registered here.',
  );
}

/** RFC 8707 §2.2: of the resources that were granted, those that the token request names, or all. */
export function narrowResources(
  parameters: Parameters,
  granted: readonly string[],
  issuer: Issuer,
): readonly string[] {
  const requested = readResources(parameters, granted.length > 0 ? { resources: granted } : issuer);
  return requested.length > 0 ? requested : granted;
}
