// What a client may leave out of an authorization request, when it gets refresh tokens, and for which users it may vouch.
// Only adds: a server of the release before goes on beside it (docs/decisions/0010).

import type { Kysely } from 'kysely';

export async function up(db: Kysely<never>): Promise<void> {
  await db.schema.alterTable('clients').addColumn('require_pkce', 'integer').execute();
  await db.schema.alterTable('clients').addColumn('refresh_token_given', 'text').execute();
  await db.schema.alterTable('issuers').addColumn('vouched_users', 'text').execute();
  await db.schema.alterTable('users').addColumn('owner', 'text').execute();
  await db.schema.alterTable('consents').addColumn('vouching_ended_at', 'bigint').execute();
}
