// What configurations declare: by it a start knows what is declared no longer. Only adds: a server of the release before
// goes on beside it, and does not read it (docs/decisions/0010).

import type { Kysely } from 'kysely';

export async function up(db: Kysely<never>): Promise<void> {
  await db.schema
    .createTable('declarations')
    .addColumn('noun', 'text', (column) => column.notNull())
    .addColumn('issuer', 'text', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('declarations_key', ['noun', 'issuer', 'name'])
    .execute();
}
