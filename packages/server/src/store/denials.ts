// Clients on the deny-list: an entry beside those of tokens and grants, until the last token of the client has expired.

import type { Kysely } from 'kysely';
import { noteChange } from './rows.ts';
import type { Schema } from './schema.ts';

type Db = Kysely<Schema>;

/** No access token lives longer: from then on the deny-list need not know of what was ended. */
export const longestAccessToken = 25 * 3_600_000;

/** No `jti` of a token and no id of a grant has a colon. */
const prefix = 'client:';

/** The client that an entry is for; undefined for one of a token or a grant. */
export const deniedClient = (jti: string): string | undefined =>
  jti.startsWith(prefix) ? jti.slice(prefix.length) : undefined;

/** The client's tokens that were issued before (epoch seconds): an entry's end tells it. */
export const deniedBefore = (expires_at: number): number => (expires_at - longestAccessToken) / 1000;

/** Denies the tokens of a client that were issued up to `until` (epoch milliseconds), in the transaction that ends it. */
export async function denyClient(
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
export async function allowClient(
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
