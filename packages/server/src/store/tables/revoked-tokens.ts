// The table `revoked_tokens`: tokens, grants and clients that were revoked, until the last token of each has expired.

import { type Expression, type Kysely, sql } from 'kysely';
import { type PageOfRows, type PageRequest, readPage } from '../sql/keyset.ts';
import type { Schema } from '../sql/schema.ts';
import { transact } from '../sql/transact.ts';
import { noteChanges } from './changes.ts';
import {
  clientEntry,
  inReach,
  listedUntil,
  longestAccessToken,
  prefix,
  secondAfter,
} from './revoked-clients.ts';

type Db = Kysely<Schema>;

/** How many tokens and grants of one client are listed one by one. */
export const mostEntries = 500;

/** An entry of the list; `jti` names a token, or a grant with all of its tokens. */
export interface RevokedTokenRow {
  readonly issuer: string;
  readonly jti: string;
  readonly expires_at: number;
}

/** Whose tokens an entry revokes. */
export interface RevokedOf {
  readonly client_id: string;
  /** Epoch seconds: none of the tokens was issued later. */
  readonly issued_at: number;
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
  of: RevokedOf | undefined,
  now: number,
): Promise<void> {
  await transact(db, async (transaction) => {
    await insertEntry(transaction, { issuer, jti, expires_at, ...entryColumns(of) });
    const merged = of !== undefined && (await mergeOldest(transaction, issuer, of.client_id));
    await noteChanges(transaction, 'token', issuer, merged ? [jti, prefix + of.client_id] : [jti], now);
  });
}

/** The columns of an entry that say whose it is. */
export const entryColumns = (of: RevokedOf | undefined) => ({
  client_id: of?.client_id ?? null,
  issued_before: of === undefined ? null : of.issued_at + 1,
});

const insertEntry = (transaction: Db, entry: Schema['revoked_tokens']) =>
  transaction
    .insertInto('revoked_tokens')
    .values(entry)
    .onConflict((conflict) => conflict.doNothing())
    .execute();

/**
 * Where a client has too many entries, one that revokes all of its tokens that were issued before takes the place of the
 * older half (docs/decisions/0022). Says whether it did.
 */
async function mergeOldest(transaction: Db, issuer: string, client_id: string): Promise<boolean> {
  const { entries } = await transaction
    .selectFrom('revoked_tokens')
    .select(({ fn }) => fn.countAll<number>().as('entries'))
    .where('issuer', '=', issuer)
    .where('client_id', '=', client_id)
    .executeTakeFirstOrThrow();
  if (Number(entries) <= mostEntries) return false;
  const middle = await transaction
    .selectFrom('revoked_tokens')
    .select('issued_before')
    .where('issuer', '=', issuer)
    .where('client_id', '=', client_id)
    .orderBy('issued_before')
    .limit(1)
    .offset(mostEntries / 2)
    .executeTakeFirst();
  const before = middle?.issued_before ?? 0;
  await transaction
    .insertInto('revoked_tokens')
    .values(clientEntry(issuer, client_id, before, before))
    .onConflict((conflict) =>
      conflict.columns(['issuer', 'jti']).doUpdateSet(({ ref }) => ({
        expires_at: later(ref('revoked_tokens.expires_at'), listedUntil(before)),
        issued_before: later(ref('revoked_tokens.issued_before'), before),
      })),
    )
    .execute();
  await transaction
    .deleteFrom('revoked_tokens')
    .where('issuer', '=', issuer)
    .where('client_id', '=', client_id)
    .where('issued_before', '<=', before)
    .execute();
  return true;
}

/** `greatest` of PostgreSQL and `max` of SQLite, with null as the least. */
const later = (stored: Expression<number | null>, value: number) =>
  sql<number>`case when ${stored} > ${value} then ${stored} else cast(${value} as bigint) end`;

/** Until when an ended grant is listed: by then each of its access tokens has expired. */
const revokedUntil = (now: number, expires_at: number) => Math.min(expires_at, now + longestAccessToken);

/** A grant that has ended, as its row says. */
export interface EndedGrant {
  readonly id: string;
  readonly client_id: string;
  readonly expires_at: number;
}

/** Puts an ended grant on the deny-list: access tokens of a grant begin their `jti` with its id. Gives the entry. */
export async function revokeGrantTokens(
  transaction: Db,
  issuer: string,
  { id, client_id, expires_at }: EndedGrant,
  now: number,
): Promise<Schema['revoked_tokens']> {
  const of = { client_id, issued_at: secondAfter(now + inReach) - 1 };
  const entry = { issuer, jti: id, expires_at: revokedUntil(now, expires_at), ...entryColumns(of) };
  await insertEntry(transaction, entry);
  const merged = await mergeOldest(transaction, issuer, client_id);
  await noteChanges(transaction, 'token', issuer, merged ? [id, prefix + client_id] : [id], now);
  return entry;
}
