// Resource indicators (RFC 8707 §2): for which API a token is asked.

import type { Issuer } from './model.ts';
import { OAuthError } from './oauth-error.ts';
import type { Parameters } from './parameters.ts';

/** The resources a request names; empty where it names none. Throws `invalid_target`. */
export function readResources(parameters: Parameters, issuer: Issuer): readonly string[] {
  const requested = [...new Set(parameters.all('resource'))];
  // RFC 8707 §2: an absolute URI without a fragment; a registered one is always that.
  if (requested.every((resource) => issuer.resources.includes(resource))) return requested;
  throw new OAuthError(
    'invalid_target',
    'resource_unknown',
    'A resource parameter names no API registered here.',
  );
}
