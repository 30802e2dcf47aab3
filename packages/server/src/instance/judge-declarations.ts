// What the configuration declares, judged before any database is opened.

import type { Dialect } from '@tessera-oauth/core';
import { AdminError } from '../admin/admin-error.ts';
import { judgeClient } from '../admin/declared-client.ts';
import { judgeScope, ownScopes } from '../admin/scopes.ts';
import type { DeclaredClient } from '../config/declared.ts';
import type { LoadedConfig } from '../config/load.ts';
import { fromEnvironment, fromFile } from '../config/login.ts';
import { allMistakes, UsageError } from '../model.ts';

export type DeclaredIssuer = LoadedConfig['issuers'][number];

/** What an issuer declares, judged, with the secrets of its clients. */
export interface Judged {
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
      const dialect = config.dialectsByName.get(issuer.dialect);
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
        ...issuer.clients.map((client, each) => () => {
          refuseUndeclaredScopes(client, issuer, dialect, `${at}.clients[${each}].scope`);
          return { index };
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
  return named(key, 'client_id', () =>
    judgeClient(
      {
        ...same,
        client_name: client_name ?? declared.client_id,
        scope: scopeOf(declared),
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

const scopeOf = ({ scope }: DeclaredClient): string[] => scope.split(' ').filter((token) => token !== '');

/** What a start can be sure of is in the file: a scope that a command has made may be on no other database. */
function refuseUndeclaredScopes(
  client: DeclaredClient,
  { scopes }: DeclaredIssuer,
  dialect: Dialect | undefined,
  key: string,
): void {
  const own = dialect === undefined ? [] : ownScopes(dialect);
  const known = [...new Set([...scopes.map(({ name }) => name), ...own])];
  const unknown = scopeOf(client).filter((name) => !known.includes(name));
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

export function usageErrorOf(error: AdminError, key: string, own?: string): UsageError {
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
