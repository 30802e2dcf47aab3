// For how long a client gets the same token again (docs/decisions/0028). Only adds: a server of the release before goes on
// beside it (docs/decisions/0010).

import type { Kysely } from 'kysely';

export async function up(db: Kysely<never>): Promise<void> {
  for (const table of ['issuers', 'clients'])
    await db.schema.alterTable(table).addColumn('token_reuse', 'integer').execute();
}
