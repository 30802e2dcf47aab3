// A fresh database with one issuer and two scopes for each test, and the verbs of administration on it.

import type { Kysely } from 'kysely';
import { beforeEach } from 'vitest';
import { listChanges } from '../../../packages/server/src/admin/audit.ts';
import { registerClient } from '../../../packages/server/src/admin/clients.ts';
import type { AdminContext } from '../../../packages/server/src/admin/context.ts';
import { addIssuer } from '../../../packages/server/src/admin/issuers.ts';
import { addScope } from '../../../packages/server/src/admin/scopes.ts';
import type { Schema } from '../../../packages/server/src/store/sql/schema.ts';
import { freshDatabase, start } from '../../support/accounts.ts';
import { administrationOf } from '../../support/administration.ts';
import type { CreateEngine } from './engines.ts';

/** A client that is nobody's in particular. */
export const app = {
  client_name: 'An app',
  owner: 'Acme',
  scope: [] as string[],
  introspection: 'own' as const,
  secret: {},
};

/** Milliseconds. */
export const day = 86_400_000;

export function freshAdministration(createEngine: CreateEngine) {
  const fresh = freshDatabase(createEngine);
  let admin: AdminContext;
  const at = {
    fresh,
    /** The clock of `admin`; a test may move it. */
    now: start,
    get admin() {
      return admin;
    },
    register: (client_id: string, more: Partial<Parameters<typeof registerClient>[2]> = {}) =>
      registerClient(admin, 'one', { ...app, client_id, ...more }),
    changes: async () => (await listChanges(admin, {}, { limit: 1000 })).items,
    race: <T>(count: number, work: (admin: AdminContext, index: number) => Promise<T>) =>
      fresh.race(count, (db: Kysely<Schema>, index) => work({ ...admin, db }, index)),
  };
  beforeEach(async () => {
    at.now = start;
    admin = await administrationOf(fresh.db, () => at.now);
    await addIssuer(admin, { name: 'one', location: '/' });
    for (const scope of ['read', 'write']) await addScope(admin, 'one', { name: scope });
  });
  return at;
}
