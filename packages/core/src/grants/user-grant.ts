// What the grants of a user share: the life of a code and of a refresh token (docs/decisions/0007).

import type { Authorization, Client, Issuer, UsedGrant } from '../model.ts';
import { about, invalidGrant, type OAuthError, type OAuthErrorOptions } from '../oauth-error.ts';
import type { CodeRedemption, Ports, RefreshTokenAdvance } from '../ports.ts';
import type { Reason } from '../reasons.ts';

/** Milliseconds; counted anew at each use. */
export const refreshTokenLifetime = 30 * 24 * 3_600_000;

/** Milliseconds in which a refresh token that was just replaced still gives its successor, outages not counted. */
const rotationGrace = 30_000;

/** Why a code was not redeemed. A code that is used twice also ends its grant (RFC 6749 §4.1.2). */
export async function whyNotRedeemed(redemption: CodeRedemption, ports: Ports): Promise<OAuthError> {
  const { issuer, id, client_id, redirect_uri, code_challenge, now } = redemption;
  const grant = await ports.store.findGrant(issuer, id);
  const refuse = (reason: Reason, { details }: OAuthErrorOptions = {}) =>
    invalidGrant('code', reason, { details: { grant_id: id, ...details } });
  if (grant === undefined) return refuse('code_unknown');
  if (grant.client_id !== client_id) return refuse('code_of_another_client');
  // Before anything is ended: a party that saw a code without its verifier must not end the grant of a public client.
  if (grant.code_challenge !== code_challenge) {
    // RFC 9700 §4.8.2: a verifier without a challenge is the mark of a downgrade, too.
    if (grant.code_challenge === null) return refuse('code_verifier_unexpected');
    return refuse(code_challenge === null ? 'code_verifier_missing' : 'code_verifier_wrong');
  }
  if (grant.code_state === 'redeemed') {
    await ports.store.revokeGrant(issuer, id);
    return refuse('code_replayed');
  }
  if (grant.revoked_at !== null) return refuse('grant_revoked');
  if (grant.code_expires_at <= now) return refuse('code_expired');
  if (redirect_uri === null) return refuse('redirect_uri_missing', about('redirect_uri'));
  return refuse('redirect_uri_mismatch', about('redirect_uri', redirect_uri));
}

/** The grant with its next refresh token; the same one again for a client that lost the answer, or asked twice at once. */
export async function advance(request: RefreshTokenAdvance, ports: Ports): Promise<UsedGrant> {
  const advanced = await ports.store.advanceRefreshToken(request);
  if (advanced !== undefined) return advanced;
  const { issuer, id, client_id, generation, now } = request;
  const grant = await ports.store.findGrant(issuer, id);
  const refuse = (reason: Reason) => invalidGrant('refresh token', reason, { details: { grant_id: id } });
  if (grant === undefined) throw refuse('refresh_token_unknown');
  if (grant.client_id !== client_id) throw refuse('refresh_token_of_another_client');
  if (grant.revoked_at !== null) throw refuse('grant_revoked');
  if (grant.refresh_expires_at === null || grant.refresh_expires_at <= now)
    throw refuse('refresh_token_expired');
  // A database that was restored from a backup has forgotten tokens: that is no replay.
  if (generation >= grant.generation) throw refuse('refresh_token_ahead');
  const age = now - grant.rotated_at;
  // While the store was unavailable, a client that lost the answer could not ask again.
  const missed = ports.store.unavailableWithin(age);
  if (generation === grant.generation - 1 && age - missed < rotationGrace)
    return { ...grant, repeated: true, user: await ports.store.findUser(grant.authentication.user_id) };
  // RFC 9700 §4.14.2: two parties have this token, and which of them is the client cannot be told.
  await ports.store.revokeGrant(issuer, id);
  throw refuse('refresh_token_replayed');
}

type OfUser = Pick<Authorization, 'client' | 'subject' | 'user' | 'repeated'>;

/** What an authorization says of the user behind a grant. */
export function userAuthorization(
  { user, repeated, ...grant }: UsedGrant,
  nonce: { readonly nonce?: string | null },
  client: Client,
  issuer: Issuer,
  ports: Ports,
): OfUser {
  const id = grant.authentication.user_id;
  if (user === undefined || user.disabled)
    throw invalidGrant(
      grant.generation > 1 ? 'refresh token' : 'code',
      user ? 'user_disabled' : 'user_unknown',
      { details: { grant_id: grant.id } },
    );
  const { generation } = grant;
  const refresh_token =
    generation > 0 ? ports.grantTokens.refreshToken(issuer.name, grant.id, generation) : undefined;
  return {
    client,
    subject: id,
    ...(repeated && { repeated }),
    user: {
      id,
      name: user.login ?? user.name,
      grant,
      ...nonce,
      ...(refresh_token !== undefined && { refresh_token }),
    },
  };
}
