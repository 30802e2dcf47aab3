// When the grant of a user gives refresh tokens (OpenID Connect Core 1.0 §11, RFC 6749 §1.5): asked for by the scope
// `offline_access`, or implied. What is implied becomes that scope, so that the user is told and may refuse it.

import type { Client, Issuer } from '../model.ts';
import type { Parameters } from '../parameters.ts';

export const offlineAccess = 'offline_access';

/** Whether a request for `scope` means refresh tokens without naming `offline_access`. */
export function impliesOfflineAccess(
  parameters: Parameters,
  scope: readonly string[],
  client: Client,
  { dialect }: Issuer,
): boolean {
  if (!client.grant_types.includes('refresh_token')) return false;
  const given = client.refresh_token_given ?? dialect.refresh_token?.given ?? offlineAccess;
  if (given === 'always') return true;
  if (given === offlineAccess) return false;
  return 'scope' in given ? scope.includes(given.scope) : parameters.get(given.parameter) === given.value;
}
