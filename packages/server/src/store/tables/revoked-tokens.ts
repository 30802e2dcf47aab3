// The table `revoked_tokens`: tokens, grants and clients that were revoked, until the last token of each has expired.

import type { Kysely } from 'kysely';
import { type PageOfRows, type PageRequest, readPage } from '../sql/keyset.ts';
import type { Schema } from '../sql/schema.ts';
import { transact } from '../sql/transact.ts';
import { noteChange } from './changes.ts';

type Db = Kysely<Schema>;

/** Milliseconds. No access token lives longer: from then on the deny-list need not know of what was ended. */
export const longestAccessToken = 25 * 3_600_000;

/** An entry of the list; `jti` names a token, or a grant with all of its tokens. */
export interface RevokedTokenRow {
  readonly issuer: string;
  readonly jti: string;
  readonly expires_at: number;
}

/** By issuer and `jti`. What was revoked of clients as a whole is not in it: a client shows that itself. */
export async function pageOfRevokedTokens(
  db: Db,
  { issuer }: { readonly issuer?: string | undefined },
  now: number,
  page: PageRequest,
): Promise<PageOfRows<RevokedTokenRow>> {
  const query = db
    .selectFrom('revoked_tokens')
    .selectAll()
    .where('expires_at', '>', now)
    .where('jti', 'not like', `${prefix}%`);
  const chosen = issuer === undefined ? query : query.where('issuer', '=', issuer);
  const keyOf = ({ issuer, jti }: RevokedTokenRow) => [issuer, jti];
  return readPage(chosen, { columns: ['issuer', 'jti'], keyOf }, page);
}

/** Puts a token on the list until it would have expired (epoch milliseconds). */
export async function revokeToken(
  db: Db,
  issuer: string,
  jti: string,
  expires_at: number,
  now: number,
): Promise<void> {
  await transact(db, async (transaction) => {
    await transaction
      .insertInto('revoked_tokens')
      .values({ issuer, jti, expires_at })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    await noteChange(transaction, 'token', issuer, jti, now);
  });
}

/** No `jti` of a token and no id of a grant has a colon. */
const prefix = 'client:';

/** The client that an entry is for; undefined for one of a token or a grant. */
export const revokedClient = (jti: string): string | undefined =>
  jti.startsWith(prefix) ? jti.slice(prefix.length) : undefined;

/** The client's tokens that were issued before (epoch seconds): an entry's end tells it. */
export const revokedBefore = (expires_at: number): number => (expires_at - longestAccessToken) / 1000;

/** Revokes the tokens of a client that were issued up to `until` (epoch milliseconds), in the transaction that ends it. */
export async function revokeClientTokens(
  transaction: Db,
  issuer: string,
  client_id: string,
  until: number,
  now: number,
): Promise<void> {
  const jti = prefix + client_id;
  const expires_at = (Math.floor(until / 1000) + 1) * 1000 + longestAccessToken;
  await transaction
    .insertInto('revoked_tokens')
    .values({ issuer, jti, expires_at })
    .onConflict((conflict) => conflict.columns(['issuer', 'jti']).doUpdateSet({ expires_at }))
    .execute();
  await noteChange(transaction, 'token', issuer, jti, now);
}

/** Takes it back. */
export async function restoreClientTokens(
  transaction: Db,
  issuer: string,
  client_id: string,
  now: number,
): Promise<void> {
  const jti = prefix + client_id;
  const { numDeletedRows } = await transaction
    .deleteFrom('revoked_tokens')
    .where('issuer', '=', issuer)
    .where('jti', '=', jti)
    .executeTakeFirst();
  if (numDeletedRows > 0n) await noteChange(transaction, 'token', issuer, jti, now);
}

/** Until when an ended grant is listed: by then each of its access tokens has expired. */
const revokedUntil = (now: number, expires_at: number) => Math.min(expires_at, now + longestAccessToken);

/** Puts an ended grant on the deny-list: access tokens of a grant begin their `jti` with its id. */
export async function revokeGrantTokens(
  transaction: Db,
  issuer: string,
  id: string,
  expires_at: number,
  now: number,
) {
  const until = revokedUntil(now, expires_at);
  await transaction
    .insertInto('revoked_tokens')
    .values({ issuer, jti: id, expires_at: until })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  await noteChange(transaction, 'token', issuer, id, now);
  return until;
}
