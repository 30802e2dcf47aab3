// What the configuration declares: judged before any database is opened, and made so when a server starts
// (docs/decisions/0026).

import { isDeepStrictEqual } from 'node:util';
import type { Dialect } from '@tessera-oauth/core';
import type { Kysely } from 'kysely';
import { AdminError } from '../admin/admin-error.ts';
import { inOneTransaction } from '../admin/change.ts';
import type { AdminContext } from '../admin/context.ts';
import { declareContents, withdrawOthers } from '../admin/declarations.ts';
import { judgeClient } from '../admin/declared-client.ts';
import { completeIssuers, declareIssuer } from '../admin/issuers.ts';
import { judgeScope, ownScopes } from '../admin/scopes.ts';
import type { DeclaredClient } from '../config/declared.ts';
import type { LoadedConfig } from '../config/load.ts';
import { fromEnvironment, fromFile } from '../config/login.ts';
import { allMistakes, type IssuerSettings, UsageError } from '../model.ts';
import type { Schema } from '../store/sql/schema.ts';
import { type Declaration, listDeclarations } from '../store/tables/declarations.ts';
import { listIssuers } from '../store/tables/issuers.ts';
import { publicUrl } from './issuers.ts';

type DeclaredIssuer = LoadedConfig['issuers'][number];

/** What the verbs that concern issuers need of a database and its configuration. */
export const declaringContext = (db: Kysely<Schema>, config: LoadedConfig) => ({
  db,
  now: () => Date.now(),
  actor: { kind: 'config', name: config.source } as const,
  dialects: config.dialectsByName,
  public_url: publicUrl(config),
  declared: config.issuers,
});

/** What an issuer declares, judged, with the secrets of its clients. */
interface Judged {
  readonly scopes: readonly ReturnType<typeof judgeScope>[];
  readonly clients: readonly { client: ReturnType<typeof judgeClient>; secret: string | undefined }[];
}

/**
 * By the index of the issuer. A UsageError names the key of each scope and client that cannot be, and each secret that
 * cannot be read.
 */
export async function judgeDeclarations(config: LoadedConfig, env = process.env): Promise<readonly Judged[]> {
  const judged = await allMistakes<{ readonly index: number } & Partial<Judged>>(
    config.issuers.flatMap((issuer, index) => {
      const at = `${config.source}: issuers[${index}]`;
      return [
        ...issuer.scopes.map((scope, each) => () => {
          const key = `${at}.scopes[${each}]`;
          refuseTwin(
            `${key}.name`,
            'scopes',
            each,
            issuer.scopes.map(({ name }) => name),
          );
          return { index, scopes: [named(key, 'scope', () => judgeScope(scope))] };
        }),
        ...issuer.clients.map((client, each) => async () => {
          const key = `${at}.clients[${each}]`;
          refuseTwin(
            `${key}.client_id`,
            'clients',
            each,
            issuer.clients.map(({ client_id }) => client_id),
          );
          const judgedClient = judge(client, issuer, config, key);
          return { index, clients: [{ client: judgedClient, secret: await secretOf(client, key, env) }] };
        }),
      ];
    }),
  );
  return config.issuers.map((_, index) => {
    const own = judged.filter((each) => each.index === index);
    return {
      scopes: own.flatMap(({ scopes = [] }) => scopes),
      clients: own.flatMap(({ clients = [] }) => clients),
    };
  });
}

function judge(declared: DeclaredClient, issuer: DeclaredIssuer, config: LoadedConfig, key: string) {
  const { client_secret_file, client_secret_variable, client_name, ...same } = declared;
  const dialect = config.dialectsByName.get(issuer.dialect);
  if (dialect === undefined)
    throw new UsageError(`${key}: the configuration has no dialect ${issuer.dialect}`);
  const scope = declared.scope.split(' ').filter((token) => token !== '');
  refuseUndeclaredScopes(scope, issuer, dialect, `${key}.scope`);
  return named(key, 'client_id', () =>
    judgeClient(
      {
        ...same,
        client_name: client_name ?? declared.client_id,
        scope,
        token_endpoint_auth_method: declared.token_endpoint_auth_method,
        grant_types: declared.grant_types,
        logo_uri: declared.logo_uri ?? null,
        client_uri: declared.client_uri ?? null,
        policy_uri: declared.policy_uri ?? null,
        tos_uri: declared.tos_uri ?? null,
        consent_message: declared.consent_message ?? null,
        require_pkce: declared.require_pkce ?? null,
        id_token_signed_response_alg: declared.id_token_signed_response_alg,
        refresh_token_given: declared.refresh_token_given ?? null,
        token_reuse: declared.token_reuse ?? null,
        has_secret: client_secret_file !== undefined || client_secret_variable !== undefined,
      },
      dialect,
      { signing_alg: issuer.signing_alg ?? null },
    ),
  );
}

/** What a start can be sure of is in the file: a scope that a command has made may be on no other database. */
function refuseUndeclaredScopes(
  scope: readonly string[],
  { scopes }: DeclaredIssuer,
  dialect: Dialect,
  key: string,
): void {
  const known = [...new Set([...scopes.map(({ name }) => name), ...ownScopes(dialect)])];
  const unknown = scope.filter((name) => !known.includes(name));
  if (unknown.length === 0) return;
  const expected =
    known.length === 0
      ? 'its issuer to declare them under scopes'
      : `scopes of its issuer: ${known.join(', ')}`;
  throw new UsageError(`${key}: got ${JSON.stringify(unknown.join(' '))}, expected ${expected}`);
}

/** A mistake under the key of the configuration; `field` where the key is that of the noun itself. */
function named<T>(key: string, own: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof AdminError ? usageErrorOf(error, key, own) : error;
  }
}

function usageErrorOf(error: AdminError, key: string, own?: string): UsageError {
  const lines = [error, ...error.others].map(({ field, message }) => {
    const member = field === undefined ? '' : field === own && own === 'scope' ? '.name' : `.${field}`;
    return `${key}${member}: ${message}`;
  });
  return new UsageError(lines.join('\n'));
}

function refuseTwin(key: string, list: string, index: number, names: readonly string[]): void {
  const twin = names.indexOf(names[index] ?? '');
  if (twin !== index) throw new UsageError(`${key}: got "${names[index]}", which ${list}[${twin}] has`);
}

/** Strong enough for a fast hash, so that a start with many clients is a start all the same. */
const strongSecret = /^[\x21-\x7E]{32,512}$/;

async function secretOf(
  { client_secret_file: file, client_secret_variable: variable }: DeclaredClient,
  key: string,
  env: NodeJS.ProcessEnv,
): Promise<string | undefined> {
  if (file !== undefined && variable !== undefined)
    throw new UsageError(`${key}: got two secrets, expected client_secret_file or client_secret_variable`);
  const at = `${key}.client_secret_${file === undefined ? 'variable' : 'file'}`;
  const secret =
    file !== undefined ? await fromFile(file, at) : variable && fromEnvironment(variable, at, env);
  if (secret !== undefined && !strongSecret.test(secret))
    throw new UsageError(
      `${at}: got a secret that is short or has blanks, expected 32 characters or more ` +
        '(make one with: openssl rand -base64 32; give a weaker one to: tessera client secret add --secret-stdin)',
    );
  return secret;
}

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
