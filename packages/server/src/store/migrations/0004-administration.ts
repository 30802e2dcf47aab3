// Issuers that are disabled, words for a scope in several languages, and the record of what administrators change.
// Only adds: a server of the release before goes on beside it (docs/decisions/0010).

import type { Kysely } from 'kysely';

export async function up(db: Kysely<never>): Promise<void> {
  // Users are listed page by page in the order in which they were made; of those made in one millisecond there are few.
  await db.schema.createIndex('users_by_creation').on('users').column('created_at').execute();
  await db.schema
    .createTable('admin_events')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addColumn('actor_kind', 'text', (column) => column.notNull())
    .addColumn('actor_name', 'text', (column) => column.notNull())
    .addColumn('verb', 'text', (column) => column.notNull())
    .addColumn('issuer', 'text')
    .addColumn('target', 'text', (column) => column.notNull())
    .addColumn('before', 'text')
    .addColumn('after', 'text')
    .execute();
  await db.schema.createIndex('admin_events_by_time').on('admin_events').column('at').execute();
  await db.schema.createIndex('admin_events_by_target').on('admin_events').column('target').execute();
  // On PostgreSQL these locks keep readers out until the end, the index only writers: it takes the time, so it comes first.
  await db.schema
    .alterTable('issuers')
    .addColumn('disabled', 'integer', (column) => column.notNull().defaultTo(0))
    .execute();
  await db.schema
    .alterTable('scopes')
    .addColumn('descriptions', 'text', (column) => column.notNull().defaultTo('{}'))
    .execute();
}
