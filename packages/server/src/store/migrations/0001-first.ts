// Issuers, clients, secrets, keys, and what is remembered of tokens.

import { type Kysely, sql } from 'kysely';
import { postgresOf } from '../sql/engine.ts';

export async function up(db: Kysely<never>): Promise<void> {
  await db.schema
    .createTable('issuers')
    .addColumn('name', 'text', (column) => column.primaryKey())
    .addColumn('location', 'text', (column) => column.notNull().unique())
    .addColumn('dialect', 'text', (column) => column.notNull())
    .addColumn('signing_alg', 'text')
    .addColumn('access_token_lifetime', 'integer')
    .addColumn('resources', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .execute();
  await db.schema
    .createTable('scopes')
    .addColumn('issuer', 'text', (column) => column.notNull().references('issuers.name'))
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('description', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('scopes_pk', ['issuer', 'name'])
    .execute();
  await db.schema
    .createTable('clients')
    .addColumn('issuer', 'text', (column) => column.notNull().references('issuers.name'))
    .addColumn('client_id', 'text', (column) => column.notNull())
    .addColumn('client_name', 'text', (column) => column.notNull())
    .addColumn('owner', 'text', (column) => column.notNull())
    .addColumn('token_endpoint_auth_method', 'text', (column) => column.notNull())
    .addColumn('grant_types', 'text', (column) => column.notNull())
    .addColumn('scope', 'text', (column) => column.notNull())
    .addColumn('introspection', 'text', (column) => column.notNull())
    .addColumn('disabled', 'integer', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('updated_at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('clients_pk', ['issuer', 'client_id'])
    .execute();
  await db.schema
    .createTable('client_secrets')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('issuer', 'text', (column) => column.notNull())
    .addColumn('client_id', 'text', (column) => column.notNull())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('hash', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('expires_at', 'bigint')
    .addColumn('revoked_at', 'bigint')
    .addColumn('last_used_at', 'bigint')
    .addForeignKeyConstraint(
      'client_secrets_client',
      ['issuer', 'client_id'],
      'clients',
      ['issuer', 'client_id'],
      (fk) => fk.onDelete('cascade'),
    )
    .execute();
  await db.schema
    .createIndex('client_secrets_by_client')
    .on('client_secrets')
    .columns(['issuer', 'client_id'])
    .execute();
  await db.schema
    .createIndex('client_secrets_by_kind')
    .on('client_secrets')
    .columns(['kind', 'issuer'])
    .execute();
  await db.schema
    .createTable('signing_keys')
    .addColumn('kid', 'text', (column) => column.primaryKey())
    .addColumn('issuer', 'text', (column) => column.notNull().references('issuers.name'))
    .addColumn('sequence', 'integer', (column) => column.notNull())
    .addColumn('alg', 'text', (column) => column.notNull())
    .addColumn('public_jwk', 'text', (column) => column.notNull())
    .addColumn('sealed_private_key', 'text', (column) => column.notNull())
    .addColumn('published_at', 'bigint', (column) => column.notNull())
    .addColumn('activates_at', 'bigint', (column) => column.notNull())
    .addColumn('retires_at', 'bigint')
    .addColumn('expires_at', 'bigint')
    .addColumn('token_lifetime', 'integer', (column) => column.notNull())
    .addUniqueConstraint('signing_keys_sequence', ['issuer', 'sequence'])
    .execute();
  await db.schema
    .createTable('revoked_tokens')
    .addColumn('issuer', 'text', (column) => column.notNull())
    .addColumn('jti', 'text', (column) => column.notNull())
    .addColumn('expires_at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('revoked_tokens_pk', ['issuer', 'jti'])
    .execute();
  await db.schema.createIndex('revoked_tokens_by_expiry').on('revoked_tokens').column('expires_at').execute();
  await db.schema
    .createTable('usage')
    .addColumn('issuer', 'text', (column) => column.notNull())
    .addColumn('client_id', 'text', (column) => column.notNull())
    .addColumn('hour', 'bigint', (column) => column.notNull())
    .addColumn('tokens', 'integer', (column) => column.notNull())
    .addPrimaryKeyConstraint('usage_pk', ['issuer', 'client_id', 'hour'])
    .execute();
  await createChanges(db);
  await db.schema
    .createTable('meta')
    .addColumn('name', 'text', (column) => column.primaryKey())
    .addColumn('value', 'text', (column) => column.notNull())
    .execute();
}

/** Numbers never go back, even where every row was swept: followers remember how far they have read. */
async function createChanges(db: Kysely<never>): Promise<void> {
  if (postgresOf(db) === undefined) {
    await sql`create table changes (seq integer primary key autoincrement, topic text not null, issuer text not null,
    subject text not null, at bigint not null)`.execute(db);
    return;
  }
  await db.schema
    .createTable('changes')
    .addColumn('seq', 'bigint', (column) => column.primaryKey())
    .addColumn('topic', 'text', (column) => column.notNull())
    .addColumn('issuer', 'text', (column) => column.notNull())
    .addColumn('subject', 'text', (column) => column.notNull())
    .addColumn('at', 'bigint', (column) => column.notNull())
    .execute();
  // Its one row numbers the changes, and is the lock that keeps them in order (rows.ts, noteChange).
  await db.schema
    .createTable('change_counter')
    .addColumn('id', 'integer', (column) => column.primaryKey())
    .addColumn('seq', 'bigint', (column) => column.notNull())
    .execute();
  await sql`insert into change_counter (id, seq) values (1, 0)`.execute(db);
}
