// What the consent page shows of an app, and how a scope is asked for. Only adds: a server of the release before goes on
// beside it (docs/decisions/0010).

import type { Kysely } from 'kysely';

export async function up(db: Kysely<never>): Promise<void> {
  for (const column of ['client_uri', 'policy_uri', 'tos_uri'])
    await db.schema.alterTable('clients').addColumn(column, 'text').execute();
  for (const column of ['sensitive', 'optional'])
    await db.schema
      .alterTable('scopes')
      .addColumn(column, 'integer', (flag) => flag.notNull().defaultTo(0))
      .execute();
}
