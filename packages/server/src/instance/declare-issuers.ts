// The issuers that the configuration names: made in the database, or changed to what the configuration says.

import { isDeepStrictEqual } from 'node:util';
import type { Kysely } from 'kysely';
import type { LoadedConfig } from '../config/load.ts';
import { type StoredIssuer, UsageError } from '../model.ts';
import type { Schema } from '../store/sql/schema.ts';
import { listIssuers, saveIssuer } from '../store/tables/issuers.ts';

/** `now` in epoch milliseconds. UsageError where another issuer of the database has a location. */
export async function declareIssuers(db: Kysely<Schema>, config: LoadedConfig, now: number): Promise<void> {
  const stored = new Map((await listIssuers(db)).map((issuer) => [issuer.name, issuer]));
  for (const [index, declaration] of config.issuers.entries()) {
    const declared: StoredIssuer = {
      name: declaration.name,
      location: declaration.location,
      dialect: declaration.dialect,
      signing_alg: declaration.signing_alg ?? null,
      access_token_lifetime: declaration.access_token_lifetime ?? null,
      resources: declaration.resources,
      theme: declaration.theme ?? null,
    };
    if (isDeepStrictEqual(stored.get(declared.name), declared)) continue;
    const holder = [...stored.values()].find(
      ({ name, location }) => location === declared.location && name !== declared.name,
    );
    if (holder !== undefined) {
      const key = `${config.source}: issuers[${index}].location`;
      throw new UsageError(
        `${key}: got "${declared.location}", which issuer ${holder.name} of the database has`,
      );
    }
    await saveIssuer(db, declared, now);
    stored.set(declared.name, declared);
  }
}
