// Whether a refresh token is good now: the newest of a grant that lives (RFC 7662 §2.2).

import type { Issuer, UserGrant } from '../model.ts';
import type { Ports } from '../ports.ts';

export async function checkRefreshToken(
  token: string,
  issuer: Issuer,
  ports: Ports,
): Promise<UserGrant | undefined> {
  const presented = ports.grantTokens.readRefreshToken(issuer.name, token);
  if (presented === undefined) return undefined;
  const grant = await ports.store.findGrant(issuer.name, presented.id);
  const alive = grant?.revoked_at === null && (grant.refresh_expires_at ?? 0) > ports.clock.now();
  return alive && grant.generation === presented.generation ? grant : undefined;
}
