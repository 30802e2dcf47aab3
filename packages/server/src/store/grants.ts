// Grants: a row for what a user allowed a client, for its whole life (docs/decisions/0007). Each verb is one decision.

import type { CodeRedemption, RefreshTokenAdvance, UserGrant } from '@tessera/core';
import type { Insertable, Kysely, Selectable } from 'kysely';
import { noteChange } from './rows.ts';
import type { Schema } from './schema.ts';
import { transact } from './transact.ts';

type Db = Kysely<Schema>;

/** No access token lives longer: from then on the deny-list need not know of a grant that was ended. */
const longestAccessToken = 25 * 3_600_000;

/** Of an ended grant; each of its access tokens is dead by then. */
const denyUntil = (now: number, expires_at: number) => Math.min(expires_at, now + longestAccessToken);

/** False where the session or the consent has ended in the meantime: that ends what has not yet begun, too. */
export async function createGrant(db: Db, grant: UserGrant): Promise<boolean> {
  return transact(db, async (transaction) => {
    // A write, so that whoever ends the session at this moment waits, and then finds the grant.
    const { numUpdatedRows } = await transaction
      .updateTable('sessions')
      .set({ last_seen_at: grant.created_at })
      .where('id', '=', grant.authentication.session_id)
      .where('user_id', '=', grant.authentication.user_id)
      .where('expires_at', '>', grant.created_at)
      .executeTakeFirst();
    if (numUpdatedRows !== 1n) return false;
    // The same for whoever disconnects the app.
    const consent = await transaction
      .updateTable('consents')
      .set({ updated_at: grant.created_at })
      .where('user_id', '=', grant.authentication.user_id)
      .where('issuer', '=', grant.issuer)
      .where('client_id', '=', grant.client_id)
      .executeTakeFirst();
    if (consent.numUpdatedRows !== 1n) return false;
    await transaction.insertInto('grants').values(toRow(grant)).execute();
    return true;
  });
}

export async function redeemCode(db: Db, wanted: CodeRedemption): Promise<UserGrant | undefined> {
  const { issuer, id, client_id, redirect_uri, code_challenge, now, access_expires_at, refresh_expires_at } =
    wanted;
  const row = await db
    .updateTable('grants')
    .set({
      code_state: 'redeemed',
      generation: refresh_expires_at === null ? 0 : 1,
      rotated_at: now,
      refresh_expires_at,
      expires_at: Math.max(access_expires_at, refresh_expires_at ?? 0),
    })
    .where('id', '=', id)
    .where('issuer', '=', issuer)
    .where('client_id', '=', client_id)
    .where('code_state', '=', 'issued')
    .where('code_expires_at', '>', now)
    .where('revoked_at', 'is', null)
    // RFC 6749 §4.1.3: identical, and absent only where the authorization request had none either.
    .where(({ eb }) =>
      redirect_uri === null ? eb('redirect_uri_required', '=', 0) : eb('redirect_uri', '=', redirect_uri),
    )
    .where('code_challenge', code_challenge === null ? 'is' : '=', code_challenge)
    .returningAll()
    .executeTakeFirst();
  return row && fromRow(row);
}

export async function advanceRefreshToken(
  db: Db,
  wanted: RefreshTokenAdvance,
): Promise<UserGrant | undefined> {
  const { issuer, id, client_id, generation, now, refresh_expires_at } = wanted;
  const row = await db
    .updateTable('grants')
    .set({ generation: generation + 1, rotated_at: now, refresh_expires_at, expires_at: refresh_expires_at })
    .where('id', '=', id)
    .where('issuer', '=', issuer)
    .where('client_id', '=', client_id)
    .where('generation', '=', generation)
    .where('refresh_expires_at', '>', now)
    .where('revoked_at', 'is', null)
    .returningAll()
    .executeTakeFirst();
  return row && fromRow(row);
}

export async function findGrant(db: Db, issuer: string, id: string): Promise<UserGrant | undefined> {
  const row = await db
    .selectFrom('grants')
    .selectAll()
    .where('id', '=', id)
    .where('issuer', '=', issuer)
    .executeTakeFirst();
  return row && fromRow(row);
}

/** Ends a grant; gives when the deny-list may forget it, or undefined where it had ended. */
export async function revokeGrant(
  db: Db,
  issuer: string,
  id: string,
  now: number,
): Promise<number | undefined> {
  return transact(db, async (transaction) => {
    const row = await transaction
      .updateTable('grants')
      .set({ revoked_at: now })
      .where('id', '=', id)
      .where('issuer', '=', issuer)
      .where('revoked_at', 'is', null)
      .returning('expires_at')
      .executeTakeFirst();
    if (row === undefined) return undefined;
    return denyGrant(transaction, issuer, id, row.expires_at, now);
  });
}

/** Puts an ended grant on the deny-list: access tokens of a grant begin their `jti` with its id. */
export async function denyGrant(
  transaction: Db,
  issuer: string,
  id: string,
  expires_at: number,
  now: number,
) {
  const until = denyUntil(now, expires_at);
  await transaction
    .insertInto('revoked_tokens')
    .values({ issuer, jti: id, expires_at: until })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  await noteChange(transaction, 'token', issuer, id, now);
  return until;
}

function toRow(grant: UserGrant): Insertable<Schema['grants']> {
  const { authentication, scope, resources, redirect_uri_required, ...same } = grant;
  const { amr, ...authenticated } = authentication;
  return {
    ...same,
    ...authenticated,
    amr: JSON.stringify(amr),
    scope: scope.join(' '),
    resources: JSON.stringify(resources),
    redirect_uri_required: redirect_uri_required ? 1 : 0,
  };
}

function fromRow(row: Selectable<Schema['grants']>): UserGrant {
  const { user_id, session_id, auth_time, amr, identity_provider, ...same } = row;
  return {
    ...same,
    authentication: { user_id, session_id, auth_time, amr: JSON.parse(amr), identity_provider },
    scope: row.scope === '' ? [] : row.scope.split(' '),
    resources: JSON.parse(row.resources),
    redirect_uri_required: row.redirect_uri_required === 1,
    code_state: row.code_state as UserGrant['code_state'],
  };
}
