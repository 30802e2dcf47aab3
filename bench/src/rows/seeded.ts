// A database filled by seeding.ts, and what a load needs to use it: the secrets, refresh tokens and codes of its rows.

import { finishConfig } from '../../../packages/server/src/config/load.ts';
import type { Instance } from '../../../packages/server/src/instance/instance.ts';
import { openInstance } from '../../../packages/server/src/instance/open.ts';
import { examinePostgres, openPostgres } from '../../../packages/server/src/store/sql/postgres.ts';
import { listIssuers } from '../../../packages/server/src/store/tables/issuers.ts';
import { type Amounts, clientId, countOthers, grantId, secretOf, seed } from './seeding.ts';

/** A configuration: where the database is, and any other setting. */
export type Place = { data: string; database?: string } & Record<string, unknown>;

/** By the number of a row. */
export type Seeded = {
  secret: (client: number) => string;
  refreshToken: (grant: number, generation: number) => string;
  code: (code: number) => string;
};

export const ISSUER = 'standard';
/** The issuers of a new database. */
export const ISSUERS = [
  { name: ISSUER, location: '/', resources: ['https://api.example.com'] },
  { name: 'rs256', location: '/rs256', signing_alg: 'RS256', resources: ['https://api.example.com'] },
];

export async function seedDatabase(
  place: Place,
  amounts: Amounts,
  { force = false, note = () => {} }: { force?: boolean; note?: (text: string) => void } = {},
): Promise<Seeded> {
  const config = await finishConfig({ issuers: ISSUERS, ...place }, 'seed', '.');
  const instance = await openInstance({ ...config, keepsOthers: true });
  try {
    const { admin, store, grantTokens } = instance;
    const names = (await listIssuers(store.db)).map(({ name }) => name);
    if (!names.includes(ISSUER)) throw new Error(`the database has no issuer ${ISSUER}`);
    const others = await countOthers(store.db);
    if (others > 0 && !force)
      throw new Error(`the database has clients that were not seeded (${others}): --force adds to them`);
    const db = await openPatiently(instance);
    try {
      await seed(db, admin.hashes, ISSUER, amounts, note);
      if (names.includes('rs256'))
        await seed(db, admin.hashes, 'rs256', { clients: 1, grants: 0, codes: 0 }, () => {});
    } finally {
      if (db !== store.db) await db.destroy();
    }
    return {
      secret: (client) => secretOf(admin.hashes, clientId(client)),
      refreshToken: (grant, generation) =>
        grantTokens.refreshToken(ISSUER, grantId('seed', grant), generation),
      code: (code) => grantTokens.code(ISSUER, grantId('code', code)),
    };
  } finally {
    await instance.close();
  }
}

/** A connection without a statement timeout, for the bulk statements. */
async function openPatiently({ config, store }: Instance) {
  const { database } = config;
  if (database === undefined) return store.db;
  return openPostgres(database, { ...(await examinePostgres(database)), patient: true });
}
