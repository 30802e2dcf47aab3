// Fills a database in bulk: clients that can request tokens, users, and grants with valid refresh tokens or codes. Each
// row is computed from its number, so that seeding a second time adds only what is missing.

import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import type { AdminContext } from '../../../packages/server/src/admin/context.ts';
import { postgresOf } from '../../../packages/server/src/store/sql/engine.ts';
import { transact } from '../../../packages/server/src/store/sql/transact.ts';
import { createScope } from '../../../packages/server/src/store/tables/scopes.ts';
import { addSeries, type Columns, type Db, numbered } from './series.ts';

type Hashes = Pick<AdminContext['hashes'], 'hashGenerated'>;

/** How many rows to have. `codes` are grants whose code can still be redeemed, within an hour. */
export type Amounts = { clients: number; grants: number; codes: number };

/** The largest numbers that the digits of ids have room for; each user has ten grants. */
export const MOST = { clients: 9_999_999, grants: 99_999_990 };
export const SCOPE = ['invoices.read', 'invoices.write'];
export const REDIRECT_URI = 'https://app.example.com/callback';
/** The PKCE verifier of all codes (RFC 7636 §4.1); the codes themselves cannot be guessed. */
export const VERIFIER = 'seed'.repeat(16);

const DAY = 24 * 3_600_000;
const GRANTS_OF_A_USER = 10;
const CLIENTS_AT_ONCE = 10_000;
const SECRETS_AT_ONCE = 1_000;
const GRANTS_AT_ONCE = 50_000;

const padded = (number: number, digits: number) => String(number).padStart(digits, '0');
export const clientId = (number: number): string => `seed-${padded(number, 7)}`;
/** Like every grant's id it is base64url of 16 bytes; the A at the end leaves the unused bits zero. */
export const grantId = (kind: 'seed' | 'code', number: number): string => `${kind}-${padded(number, 16)}A`;
/** The number of the client that a grant belongs to. */
export const clientOfGrant = (number: number, clients: number): number => ((number - 1) % clients) + 1;

/** The secret of a client can be computed again with the master key, and not without it. */
export const secretOf = (hashes: Hashes, client_id: string): string => hashes.hashGenerated(client_id);

/** Brings a database to these amounts, for an issuer that it has. `note` is called with the progress. */
export async function seed(
  db: Db,
  hashes: Hashes,
  issuer: string,
  { clients, grants, codes }: Amounts,
  note: (text: string) => void,
): Promise<void> {
  const now = Date.now();
  for (const scope of [...SCOPE, 'offline_access']) await createScope(db, issuer, scope, '', now);
  const range = async (what: string, table: 'clients' | 'grants', to: number, step: number, work: Work) => {
    const known = await count(db, table, issuer, what === 'codes' ? 'code-' : 'seed-');
    for (let from = known + 1; from <= to; from += step) {
      const last = Math.min(from + step - 1, to);
      await transact(db, (transaction) => work(transaction, from, last));
      note(`${last} of ${to} ${what}`);
    }
  };
  await range('clients', 'clients', clients, CLIENTS_AT_ONCE, (transaction, from, to) =>
    addClients(transaction, hashes, issuer, from, to, now),
  );
  const rows = (kind: 'seed' | 'code', total: number): Work => {
    const times = kind === 'seed' ? refreshable(now, total) : redeemable(now);
    return (transaction, from, to) => addGrants(transaction, issuer, kind, clients, from, to, times);
  };
  await range('grants', 'grants', grants, GRANTS_AT_ONCE, rows('seed', grants));
  await range('codes', 'grants', codes, GRANTS_AT_ONCE, rows('code', codes));
  await settle(db);
}

type Work = (transaction: Db, from: number, to: number) => Promise<void>;

async function count(db: Db, table: 'clients' | 'grants', issuer: string, prefix: string): Promise<number> {
  const id = sql.ref(table === 'clients' ? 'client_id' : 'id');
  // A range, so that the index is used: '.' is the character after '-'.
  const { rows } = await sql<{ n: number }>`
    select count(*) as n from ${sql.table(table)}
    where ${id} >= ${prefix} and ${id} < ${prefix.replace('-', '.')} and issuer = ${issuer}`.execute(db);
  return rows[0]?.n ?? 0;
}

/** How many clients were not seeded. */
export async function countOthers(db: Db): Promise<number> {
  const { rows } = await sql<{ n: number }>`
    select count(*) as n from clients where client_id < 'seed-' or client_id >= 'seed.'`.execute(db);
  return rows[0]?.n ?? 0;
}

async function addClients(db: Db, hashes: Hashes, issuer: string, from: number, to: number, now: number) {
  await addSeries(db, 'clients', from, to, {
    issuer,
    client_id: numbered('seed-', 7),
    client_name: numbered('Seeded client ', 7),
    owner: 'seed',
    token_endpoint_auth_method: 'client_secret_basic',
    grant_types: JSON.stringify(['client_credentials', 'authorization_code', 'refresh_token']),
    redirect_uris: JSON.stringify([REDIRECT_URI]),
    scope: [...SCOPE, 'offline_access'].join(' '),
    introspection: 'own',
    disabled: 0,
    created_at: now,
    updated_at: now,
  });
  for (let first = from; first <= to; first += SECRETS_AT_ONCE) {
    const length = Math.min(SECRETS_AT_ONCE, to - first + 1);
    const secrets = Array.from({ length }, (_, index) => {
      const client_id = clientId(first + index);
      const hash = hashes.hashGenerated(secretOf(hashes, client_id));
      return { id: `${issuer}-${client_id}`, issuer, client_id, kind: 'keyed', hash, created_at: now };
    });
    await db
      .insertInto('client_secrets')
      .values(secrets)
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }
}

/** The code was redeemed within the last twenty days; its first refresh token is valid for ten more days. */
const refreshable = (now: number, total: number): Columns => {
  const created_at = sql`${sql.lit(now - 20 * DAY)} + n * ${sql.lit(Math.floor((20 * DAY) / total))}`;
  const good = sql`${sql.lit(now + 10 * DAY)} + n * ${sql.lit(Math.floor((20 * DAY) / total))}`;
  return {
    code_state: 'redeemed',
    generation: 1,
    auth_time: sql`(${created_at}) / 1000`,
    code_expires_at: sql`${created_at} + 60000`,
    created_at,
    rotated_at: created_at,
    refresh_expires_at: good,
    expires_at: good,
  };
};

const redeemable = (now: number): Columns => ({
  code_state: 'issued',
  generation: 0,
  auth_time: Math.floor(now / 1000),
  code_expires_at: now + 3_600_000,
  created_at: now,
  rotated_at: now,
  expires_at: now + 3_600_000,
});

async function addGrants(
  db: Db,
  issuer: string,
  kind: 'seed' | 'code',
  clients: number,
  from: number,
  to: number,
  times: Columns,
) {
  const user = (number: number) => Math.ceil(number / GRANTS_OF_A_USER);
  // The id is a UUID that ends in the number of the row.
  await addSeries(db, 'users', user(from), user(to), {
    id: numbered('5eed0000-0000-4000-8000-', 12),
    login: numbered('seed-', 7),
    name: numbered('Seeded user ', 7),
    email_verified: 0,
    totp_last_step: 0,
    disabled: 0,
    access_ended_at: 0,
    created_at: 0,
    updated_at: 0,
  });
  const whose = {
    issuer,
    user_id: sql`'5eed0000-0000-4000-8000-' || substr(cast(1000000000000 + (n + 9) / 10 as text), 2)`,
    client_id: sql`'seed-' || substr(cast(10000001 + (n - 1) % ${sql.lit(clients)} as text), 2)`,
    scope: [...SCOPE, 'offline_access'].join(' '),
    created_at: times.created_at ?? null,
  };
  await addSeries(db, 'consents', from, to, { ...whose, updated_at: whose.created_at });
  await addSeries(db, 'grants', from, to, {
    ...whose,
    id: numbered(`${kind}-`, 16, 'A'),
    resources: '[]',
    session_id: numbered('seed-', 16, 'A'),
    amr: JSON.stringify(['pwd']),
    identity_provider: 'local',
    redirect_uri: REDIRECT_URI,
    redirect_uri_required: 1,
    code_challenge: createHash('sha256').update(VERIFIER).digest('base64url'),
    ...times,
  });
}

/** Does now what the engine would otherwise do while the benchmark measures. */
async function settle(db: Db): Promise<void> {
  if (postgresOf(db) === undefined) await sql`pragma wal_checkpoint(truncate)`.execute(db);
  else await sql`vacuum (analyze)`.execute(db);
}
