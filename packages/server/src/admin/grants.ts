// Grants: what users allowed clients, with the tokens that follow from it (docs/decisions/0007).

import type { UserGrant } from '@tessera-oauth/core';
import { findGrantById, type GrantFilter, pageOfGrants, revokeGrant } from '../store/tables/grants.ts';
import { type AdminError, notFound } from './admin-error.ts';
import { change } from './change.ts';
import type { AdminContext } from './context.ts';
import { type ListRequest, type Page, pageOf } from './page.ts';

/** A grant without what its code is proved by. Times in epoch milliseconds. */
export interface GrantListing {
  /** Access tokens of the grant begin their `jti` with it. */
  readonly id: string;
  /** The name of the issuer. */
  readonly issuer: string;
  /** The client that was allowed something. */
  readonly client_id: string;
  /** The user who allowed it: the subject of tokens. */
  readonly user_id: string;
  /** The session in which it was allowed: the `sid` of tokens. */
  readonly session_id: string;
  /** What was allowed. */
  readonly scope: readonly string[];
  /** Resource indicators (RFC 8707). */
  readonly resources: readonly string[];
  /** `code`: waits for its code. `active`: has given tokens. `revoked`, `expired`: gives none any more. */
  readonly state: 'code' | 'active' | 'revoked' | 'expired';
  /** How often a refresh token was given. */
  readonly refresh_tokens: number;
  /** When it was allowed. */
  readonly created_at: number;
  /** Until when its refresh token is good; null: it has none. */
  readonly refresh_expires_at: number | null;
  /** When it was revoked; null: it was not. */
  readonly revoked_at: number | null;
  /** From then on nothing that it gave is alive. */
  readonly expires_at: number;
}

/** Grants by id, which says nothing of their age; `filter` by issuer, client and user. */
export const listGrants = (
  { db, now }: Pick<AdminContext, 'db' | 'now'>,
  filter: GrantFilter,
  request: ListRequest,
): Promise<Page<GrantListing>> =>
  pageOf(
    request,
    ['string'],
    (page) => pageOfGrants(db, filter, page),
    (grant) => listingOf(grant, now()),
  );

/** One grant. Throws `not_found`. */
export async function findGrant(
  { db, now }: Pick<AdminContext, 'db' | 'now'>,
  id: string,
): Promise<GrantListing> {
  const grant = await findGrantById(db, id);
  if (grant === undefined) throw unknownGrant(id);
  return listingOf(grant, now());
}

/**
 * Ends a grant, and with it every token that it gave; the user stays connected with the app, and is not asked again. One
 * that is revoked already stays as it is. Throws `not_found`.
 */
export function endGrant(context: AdminContext, id: string): Promise<GrantListing> {
  return change(context, 'grant.revoke', async (transaction) => {
    const grant = await findGrantById(transaction, id);
    if (grant === undefined) throw unknownGrant(id);
    const now = context.now();
    const { issuer, client_id } = grant;
    const scope = grant.scope.join(' ');
    if ((await revokeGrant(transaction, issuer, id, now)) === undefined)
      return { issuer, target: id, before: {}, after: {}, result: listingOf(grant, now) };
    return {
      issuer,
      target: id,
      // Not whose it was: the record outlives the user.
      before: { client_id, scope, revoked_at: null },
      after: { client_id, scope, revoked_at: now },
      whole: true,
      result: listingOf({ ...grant, revoked_at: now }, now),
    };
  });
}

const unknownGrant = (id: string): AdminError => notFound('grant_id', `grant ${id}: there is no such grant`);

function listingOf(grant: UserGrant, now: number): GrantListing {
  const { user_id, session_id } = grant.authentication;
  return {
    id: grant.id,
    issuer: grant.issuer,
    client_id: grant.client_id,
    user_id,
    session_id,
    scope: grant.scope,
    resources: grant.resources,
    state: stateOf(grant, now),
    refresh_tokens: grant.generation,
    created_at: grant.created_at,
    refresh_expires_at: grant.refresh_expires_at,
    revoked_at: grant.revoked_at,
    expires_at: grant.expires_at,
  };
}

function stateOf(grant: UserGrant, now: number): GrantListing['state'] {
  if (grant.revoked_at !== null) return 'revoked';
  if (grant.expires_at <= now) return 'expired';
  return grant.code_state === 'issued' ? 'code' : 'active';
}
