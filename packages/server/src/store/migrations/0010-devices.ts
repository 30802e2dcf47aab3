// What a session was begun with, for the user to know it by. Only adds: a server of the release before goes on beside it.

import type { Kysely } from 'kysely';

export async function up(db: Kysely<never>): Promise<void> {
  await db.schema.alterTable('sessions').addColumn('device', 'text').execute();
}
