// The lease of maintenance, usage by the day, and indexes by which maintenance and deletions find their rows.

import type { Kysely } from 'kysely';

export async function up(db: Kysely<never>): Promise<void> {
  await db.schema
    .createTable('leases')
    .addColumn('name', 'text', (column) => column.primaryKey())
    .addColumn('holder', 'text', (column) => column.notNull())
    .addColumn('expires_at', 'bigint', (column) => column.notNull())
    .execute();
  await db.schema
    .createTable('usage_days')
    .addColumn('issuer', 'text', (column) => column.notNull())
    .addColumn('client_id', 'text', (column) => column.notNull())
    .addColumn('day', 'bigint', (column) => column.notNull())
    .addColumn('tokens', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('usage_days_pk', ['issuer', 'client_id', 'day'])
    .execute();
  await db.schema.createIndex('usage_days_by_day').on('usage_days').column('day').execute();
  await db.schema.createIndex('usage_by_hour').on('usage').column('hour').execute();
  await db.schema.createIndex('changes_by_time').on('changes').column('at').execute();
  await db.schema.createIndex('signing_keys_by_expiry').on('signing_keys').column('expires_at').execute();
  await db.schema.createIndex('client_secrets_by_expiry').on('client_secrets').column('expires_at').execute();
  await db.schema
    .createIndex('client_secrets_by_revocation')
    .on('client_secrets')
    .column('revoked_at')
    .execute();
  // Without these, to delete a user or a client reads all identities, or all consents, under its locks.
  await db.schema.createIndex('identities_by_user').on('identities').column('user_id').execute();
  await db.schema.createIndex('consents_by_client').on('consents').columns(['issuer', 'client_id']).execute();
}
