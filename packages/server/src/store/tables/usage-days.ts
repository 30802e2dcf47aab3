// Usage by client and day (UTC): what `usage` counts by the hour, and `usage_days` after some weeks, as one list.

import { type Kysely, sql } from 'kysely';
import { cut, type PageOfRows, type PageRequest } from '../sql/keyset.ts';
import type { Schema } from '../sql/schema.ts';

export interface UsageDay {
  readonly issuer: string;
  readonly client_id: string;
  /** When the day begins; epoch milliseconds, UTC. */
  readonly day: number;
  /** Access tokens issued. */
  readonly tokens: number;
}

export interface UsageFilter {
  readonly issuer?: string | undefined;
  readonly client_id?: string | undefined;
  /** Epoch milliseconds: days that began before are left out. */
  readonly since?: number | undefined;
}

const day = 86_400_000;

/** The newest day first; within a day by issuer and client, backwards. */
export async function pageOfUsage(
  db: Kysely<Schema>,
  { issuer, client_id, since = 0 }: UsageFilter,
  { limit, after }: PageRequest,
): Promise<PageOfRows<UsageDay>> {
  const chosen = sql.join(
    [
      ...(issuer === undefined ? [] : [sql`and issuer = ${issuer}`]),
      ...(client_id === undefined ? [] : [sql`and client_id = ${client_id}`]),
    ],
    sql` `,
  );
  const rest = after === undefined ? sql`` : sql`where (day, issuer, client_id) < (${sql.join(after)})`;
  const { rows } = await sql<UsageDay>`
    select day, issuer, client_id, cast(sum(tokens) as bigint) as tokens from (
      select hour - hour % ${sql.lit(day)} as day, issuer, client_id, tokens from usage where hour >= ${since} ${chosen}
      union all
      select day, issuer, client_id, tokens from usage_days where day >= ${since} ${chosen}
    ) as days ${rest}
    group by day, issuer, client_id order by day desc, issuer desc, client_id desc
    limit ${sql.lit(limit + 1)}`.execute(db);
  return cut(rows, limit, (row) => [row.day, row.issuer, row.client_id]);
}
