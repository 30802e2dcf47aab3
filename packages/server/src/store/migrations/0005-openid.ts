// What a client's ID tokens are like, and the claims of users. Only adds: a server of the release before goes on beside it
// (docs/decisions/0010).

import type { Kysely } from 'kysely';

export async function up(db: Kysely<never>): Promise<void> {
  // Null: the issuer's own algorithm, which clients have that were registered before.
  await db.schema.alterTable('clients').addColumn('id_token_signed_response_alg', 'text').execute();
  await db.schema
    .alterTable('clients')
    .addColumn('id_token_user_claims', 'integer', (column) => column.notNull().defaultTo(0))
    .execute();
  await db.schema
    .alterTable('users')
    .addColumn('claims', 'text', (column) => column.notNull().defaultTo('{}'))
    .execute();
}
