// The grant types, and which of them a request gets (RFC 6749 §5.2).

import type { Client, Issuer } from '../model.ts';
import { invalidRequest, OAuthError } from '../oauth-error.ts';
import type { Parameters } from '../parameters.ts';
import { authorizationCode } from './authorization-code.ts';
import { clientCredentials } from './client-credentials.ts';
import type { Grant } from './grant.ts';
import { refreshToken } from './refresh-token.ts';

const grants: readonly Grant[] = [clientCredentials, authorizationCode, refreshToken];

/** The grant type that a request names, for the log; `other` for one that there is not, which could be anything. */
export function namedGrantType(parameters: Parameters | undefined): string | undefined {
  const named = parameters?.get('grant_type');
  if (named === undefined) return undefined;
  return grants.some(({ grant_type }) => grant_type === named) ? named : 'other';
}

export function grantFor(parameters: Parameters, client: Client, issuer: Issuer): Grant {
  const grant_type = parameters.get('grant_type');
  if (grant_type === undefined)
    throw invalidRequest('grant_type_missing', 'The grant_type parameter is missing.');
  const supported: readonly string[] = issuer.dialect.grant_types;
  const grant = grants.find((candidate) => candidate.grant_type === grant_type);
  if (grant === undefined || !supported.includes(grant_type)) {
    throw new OAuthError(
      'unsupported_grant_type',
      'grant_type_unsupported',
      `Unknown grant_type. Use one of: ${supported.join(', ')}.`,
    );
  }
  if (!client.grant_types.includes(grant_type)) {
    throw new OAuthError(
      'unauthorized_client',
      'grant_type_not_allowed',
      `This client is not registered for ${grant_type}.`,
    );
  }
  return grant;
}
