// Entries of the table `revoked_tokens` that are of a client as a whole: what it was given up to some second is revoked, for
// ever where it was deleted or has too many entries, and while it is disabled.

import { type Kysely, sql } from 'kysely';
import type { Schema } from '../sql/schema.ts';
import { noteChange } from './changes.ts';

type Db = Kysely<Schema>;

/** Milliseconds. No access token lives longer: from then on the deny-list need not know of what was ended. */
export const longestAccessToken = 25 * 3_600_000;

/** Milliseconds within which every connected server has learned of a change; their clocks differ by no more. */
export const inReach = 1000;

/** No `jti` of a token and no id of a grant has a colon. */
export const prefix = 'client:';

/** The client that an entry is for; undefined for one of a token or a grant. */
export const revokedClient = (jti: string): string | undefined =>
  jti.startsWith(prefix) ? jti.slice(prefix.length) : undefined;

/** The client's tokens that were issued before (epoch seconds): an entry's end tells it. */
export const revokedBefore = (expires_at: number): number => (expires_at - longestAccessToken) / 1000;

/** Until when (epoch milliseconds) an entry of a client is listed. */
export const listedUntil = (before: number): number => before * 1000 + longestAccessToken;

/** The first second (epoch seconds) of which all is later than `time` (epoch milliseconds). */
export const secondAfter = (time: number): number => Math.floor(time / 1000) + 1;

export const clientEntry = (
  issuer: string,
  client_id: string,
  before: number,
  issued_before: number | null,
) => ({
  ...{ issuer, jti: prefix + client_id, expires_at: listedUntil(before) },
  ...{ client_id: null, issued_before },
});

/** Revokes the tokens of a disabled client that were or will be issued up to `until` (epoch milliseconds). */
export async function suspendClientTokens(
  transaction: Db,
  issuer: string,
  client_id: string,
  until: number,
  now: number,
): Promise<void> {
  const entry = clientEntry(issuer, client_id, secondAfter(until), null);
  const { expires_at } = entry;
  await transaction
    .insertInto('revoked_tokens')
    .values(entry)
    .onConflict((conflict) => conflict.columns(['issuer', 'jti']).doUpdateSet({ expires_at }))
    .execute();
  await noteChange(transaction, 'token', issuer, entry.jti, now);
}

/** Takes that back, and nothing else: what was revoked for ever stays so. */
export async function restoreClientTokens(
  transaction: Db,
  issuer: string,
  client_id: string,
  now: number,
): Promise<void> {
  const jti = prefix + client_id;
  const entry = { issuer, jti };
  const { numDeletedRows } = await transaction
    .deleteFrom('revoked_tokens')
    .where((where) => where.and(entry))
    .where('issued_before', 'is', null)
    .executeTakeFirst();
  const { numUpdatedRows } = await transaction
    .updateTable('revoked_tokens')
    .set({ expires_at: sql`issued_before * 1000 + ${sql.lit(longestAccessToken)}` })
    .where((where) => where.and(entry))
    .executeTakeFirst();
  if (numDeletedRows + numUpdatedRows > 0n) await noteChange(transaction, 'token', issuer, jti, now);
}

/** Revokes the tokens of a client for ever, in the transaction that deletes it. */
export async function revokeClientTokens(
  transaction: Db,
  issuer: string,
  client_id: string,
  now: number,
): Promise<void> {
  const before = secondAfter(now + inReach);
  const entry = clientEntry(issuer, client_id, before, before);
  const { expires_at, issued_before } = entry;
  await transaction
    .insertInto('revoked_tokens')
    .values(entry)
    .onConflict((conflict) =>
      // A new client of this id gets tokens of its own: of a suspension nothing stays.
      conflict.columns(['issuer', 'jti']).doUpdateSet({ expires_at, issued_before }),
    )
    .execute();
  await noteChange(transaction, 'token', issuer, entry.jti, now);
}

/** From when on (epoch milliseconds) a new client of this id gets tokens that are good. */
export async function findClientTokensFrom(db: Db, issuer: string, client_id: string): Promise<number> {
  const row = await db
    .selectFrom('revoked_tokens')
    .select('issued_before')
    .where('issuer', '=', issuer)
    .where('jti', '=', prefix + client_id)
    .executeTakeFirst();
  return (row?.issued_before ?? 0) * 1000;
}
