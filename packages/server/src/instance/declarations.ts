// What the configuration declares, once it is judged (judge-declarations.ts): made so when a server starts
// (docs/decisions/0026).

import { isDeepStrictEqual } from 'node:util';
import type { Kysely } from 'kysely';
import { AdminError } from '../admin/admin-error.ts';
import { inOneTransaction } from '../admin/change.ts';
import type { AdminContext } from '../admin/context.ts';
import { declareContents, withdrawOthers } from '../admin/declarations.ts';
import { completeIssuers, declareIssuer } from '../admin/issuers.ts';
import type { LoadedConfig } from '../config/load.ts';
import { type IssuerSettings, UsageError } from '../model.ts';
import type { Schema } from '../store/sql/schema.ts';
import { type Declaration, listDeclarations } from '../store/tables/declarations.ts';
import { listIssuers } from '../store/tables/issuers.ts';
import { publicUrl } from './issuers.ts';
import { type DeclaredIssuer, type Judged, judgeDeclarations, usageErrorOf } from './judge-declarations.ts';

/** What the verbs that concern issuers need of a database and its configuration. */
export const declaringContext = (db: Kysely<Schema>, config: LoadedConfig) => ({
  db,
  now: () => Date.now(),
  actor: { kind: 'config', name: config.source } as const,
  dialects: config.dialectsByName,
  public_url: publicUrl(config),
  declared: config.issuers,
});

/**
 * Makes the issuers, scopes and clients of the configuration, and withdraws those that it declared once; gives these. A
 * UsageError names the key of what cannot be as the database is, or says that all issuers would be withdrawn.
 */
export async function makeDeclarations(
  context: AdminContext,
  config: LoadedConfig,
): Promise<readonly Declaration[]> {
  const judged = await judgeDeclarations(config);
  // All or none: a start that is refused at the last client has made no issuer either.
  return inOneTransaction({ ...context, ...declaringContext(context.db, config) }, (admin) =>
    declareAll(admin, config, judged),
  );
}

async function declareAll(
  admin: AdminContext,
  config: LoadedConfig,
  judged: readonly Judged[],
): Promise<readonly Declaration[]> {
  await refuseToWithdrawAll(admin, config);
  await makeIssuers(admin, config);
  await completeIssuers(admin);
  for (const [index, { name }] of config.issuers.entries()) {
    const contents = judged[index];
    if (contents === undefined || contents.scopes.length + contents.clients.length === 0) continue;
    try {
      await declareContents(admin, name, contents);
    } catch (error) {
      throw error instanceof AdminError ? usageErrorOf(error, `${config.source}: issuers[${index}]`) : error;
    }
  }
  return config.keepsOthers ? [] : withdrawOthers(admin, config.issuers.flatMap(declarationsOf));
}

/** A configuration without issuers is rather the wrong one than one that was emptied. */
async function refuseToWithdrawAll({ db }: AdminContext, { source, issuers }: LoadedConfig): Promise<void> {
  if (issuers.length > 0) return;
  const stored = (await listIssuers(db)).map(({ name }) => name);
  const names = (await listDeclarations(db)).flatMap(({ noun, name, state }) =>
    noun === 'issuer' && state === 'declared' && stored.includes(name) ? [name] : [],
  );
  if (names.length > 0)
    throw new UsageError(
      `${source}: declares no issuer, and the database has ${names.length} from a configuration ` +
        `(${names.join(', ')}); name the file that declares them with --config, or declare one at least, ` +
        'or take them out for good with: tessera issuer delete',
    );
}

const declarationsOf = ({ name: issuer, scopes, clients }: DeclaredIssuer): Declaration[] => [
  { noun: 'issuer', issuer, name: issuer },
  ...scopes.map(({ name }) => ({ noun: 'scope' as const, issuer, name })),
  ...clients.map(({ client_id: name }) => ({ noun: 'client' as const, issuer, name })),
];

async function makeIssuers(context: AdminContext, config: LoadedConfig): Promise<void> {
  const stored = new Map(
    (await listIssuers(context.db)).map(({ disabled, ...issuer }) => [issuer.name, issuer]),
  );
  const known = await listDeclarations(context.db);
  for (const [index, declaration] of config.issuers.entries()) {
    const settings = settingsOf(declaration);
    const state = known.find(({ noun, name }) => noun === 'issuer' && name === settings.name)?.state;
    if (state === 'declared' && isDeepStrictEqual(stored.get(settings.name), settings)) continue;
    try {
      await declareIssuer(context, settings, state === 'withdrawn');
    } catch (error) {
      throw error instanceof AdminError ? usageErrorOf(error, `${config.source}: issuers[${index}]`) : error;
    }
  }
}

const settingsOf = (declaration: DeclaredIssuer): IssuerSettings => ({
  name: declaration.name,
  location: declaration.location,
  dialect: declaration.dialect,
  signing_alg: declaration.signing_alg ?? null,
  access_token_lifetime: declaration.access_token_lifetime ?? null,
  token_reuse: declaration.token_reuse,
  resources: declaration.resources,
  vouched_users: declaration.vouched_users,
  theme: declaration.theme ?? null,
});
