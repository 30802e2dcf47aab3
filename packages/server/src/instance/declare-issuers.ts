// The issuers that the configuration names: made in the database, or changed to what the configuration says.

import { isDeepStrictEqual } from 'node:util';
import type { Kysely } from 'kysely';
import { AdminError } from '../admin/admin-error.ts';
import { completeIssuers, declareIssuer } from '../admin/issuers.ts';
import type { LoadedConfig } from '../config/load.ts';
import { type IssuerSettings, UsageError } from '../model.ts';
import type { Schema } from '../store/sql/schema.ts';
import { listIssuers } from '../store/tables/issuers.ts';
import { publicUrl } from './issuers.ts';

/** What the verbs that concern issuers need of a database and its configuration. */
export const declaringContext = (db: Kysely<Schema>, config: LoadedConfig) => ({
  db,
  now: () => Date.now(),
  actor: { kind: 'config', name: config.source } as const,
  dialects: config.dialectsByName,
  public_url: publicUrl(config),
  declared: config.issuers,
});

/** UsageError where another issuer of the database answers at a URL of one of them. */
export async function declareIssuers(db: Kysely<Schema>, config: LoadedConfig): Promise<void> {
  const stored = new Map((await listIssuers(db)).map(({ disabled, ...issuer }) => [issuer.name, issuer]));
  for (const [index, declaration] of config.issuers.entries()) {
    const declared: IssuerSettings = {
      name: declaration.name,
      location: declaration.location,
      dialect: declaration.dialect,
      signing_alg: declaration.signing_alg ?? null,
      access_token_lifetime: declaration.access_token_lifetime ?? null,
      resources: declaration.resources,
      vouched_users: declaration.vouched_users,
      theme: declaration.theme ?? null,
    };
    if (isDeepStrictEqual(stored.get(declared.name), declared)) continue;
    try {
      await declareIssuer(declaringContext(db, config), declared);
    } catch (error) {
      if (!(error instanceof AdminError)) throw error;
      throw new UsageError(`${config.source}: issuers[${index}].${error.field}: ${error.message}`);
    }
  }
  await completeIssuers(declaringContext(db, config));
}
