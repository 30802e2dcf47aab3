// The grant types, and which of them a request gets (RFC 6749 §5.2).

import type { GrantType } from '../dialects/names.ts';
import type { Client, Issuer } from '../model.ts';
import { about, invalidRequest, OAuthError } from '../oauth-error.ts';
import type { Parameters } from '../parameters.ts';
import { authorizationCode } from './authorization-code.ts';
import { clientCredentials } from './client-credentials.ts';
import type { Grant } from './grant.ts';
import { refreshToken } from './refresh-token.ts';

export const grants = {
  client_credentials: clientCredentials,
  authorization_code: authorizationCode,
  refresh_token: refreshToken,
} as const satisfies { readonly [Type in GrantType]: Grant<Type> };

/** Every parameter that some grant reads. */
export const grantParameters: readonly string[] = [
  ...new Set(Object.values(grants).flatMap(({ parameters }) => Object.keys(parameters))),
];

const isGrantType = (name: string): name is GrantType => Object.hasOwn(grants, name);

/** The grant type that a request names, for the log; `other` for an unknown one, which could be anything. */
export function namedGrantType(
  parameters: Parameters | undefined,
  issuer: Issuer,
): GrantType | 'other' | undefined {
  const named = parameters && readGrantType(parameters, issuer.dialect);
  if (named === undefined) return undefined;
  return isGrantType(named) ? named : 'other';
}

/** The standard name of the grant that a request names; where it names none, what the dialect means by that. */
export function readGrantType(parameters: Parameters, { requests }: Issuer['dialect']): string | undefined {
  const named = parameters.get('grant_type');
  if (named === undefined) return requests?.otherwise?.grant_type;
  const others = requests?.grant_types;
  return others !== undefined && Object.hasOwn(others, named) ? others[named] : named;
}

export function grantFor(parameters: Parameters, client: Client, issuer: Issuer): Grant {
  const grant_type = readGrantType(parameters, issuer.dialect);
  if (grant_type === undefined)
    throw invalidRequest('grant_type_missing', 'The grant_type parameter is missing.', about('grant_type'));
  const supported: readonly string[] = issuer.dialect.grant_types;
  if (!isGrantType(grant_type) || !supported.includes(grant_type)) {
    throw new OAuthError(
      'unsupported_grant_type',
      'grant_type_unsupported',
      `Unknown grant_type. Use one of: ${supported.join(', ')}.`,
      about('grant_type', grant_type),
    );
  }
  if (!client.grant_types.includes(grant_type)) {
    throw new OAuthError(
      'unauthorized_client',
      'grant_type_not_allowed',
      `This client is not registered for ${grant_type}.`,
      about('grant_type', grant_type),
    );
  }
  return grants[grant_type];
}
