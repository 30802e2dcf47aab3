// Whose an entry of the deny-list is, and what it is replaced by where a client has too many.
// Only adds: a server of the release before goes on beside it (docs/decisions/0010).

import type { Kysely } from 'kysely';

export async function up(db: Kysely<never>): Promise<void> {
  await db.schema.alterTable('revoked_tokens').addColumn('client_id', 'text').execute();
  await db.schema.alterTable('revoked_tokens').addColumn('issued_before', 'bigint').execute();
  await db.schema
    .createIndex('revoked_tokens_by_client')
    .on('revoked_tokens')
    .columns(['issuer', 'client_id', 'issued_before'])
    .execute();
}
