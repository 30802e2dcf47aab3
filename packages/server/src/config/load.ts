// Loads the configuration: the file, the environment over it, the defaults below both.

import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Dialect } from '@tessera-oauth/core';
import { UsageError } from '../model.ts';
import { isOurs, loadDialects } from './dialects.ts';
import { readDocument } from './document.ts';
import { applyEnvironment, ownVariables, sourceIn } from './environment.ts';
import { expectedDialect, expectedFile, looksLikeName } from './gallery.ts';
import { isPlain } from './plain.ts';
import { type Config, configSchema } from './schema.ts';
import { validate } from './validation.ts';

export interface LoadedConfig extends Config {
  /** Where it came from, for messages. */
  readonly source: string;
  readonly dialectsByName: ReadonlyMap<string, Dialect>;
  /** Set where a start withdraws nothing that another configuration declared. */
  readonly keepsOthers?: true;
}

/** Where commands look without --config and TESSERA_CONFIG: the working folder, then what quickstart wrote there. */
const usualPlaces = ['tessera.yaml', 'tessera-data/tessera.yaml'];

/** Throws a UsageError for a TESSERA_CONFIG that is no plain path. */
function chooseFile(file: string | undefined, variables: ReadonlyMap<string, string>): string | undefined {
  const named = variables.get('TESSERA_CONFIG');
  if (named !== undefined && !isPlain(named))
    throw new UsageError(
      `TESSERA_CONFIG: got ${JSON.stringify(named)}, expected a path without quotes, blanks or line breaks around it`,
    );
  return file ?? named ?? usualPlaces.find((place) => existsSync(place));
}

/** Whether there is a configuration, in a file or in the environment. */
export function isConfigured(file: string | undefined, env: NodeJS.ProcessEnv): boolean {
  const variables = ownVariables(env);
  return variables.size > 0 || chooseFile(file, variables) !== undefined;
}

export async function loadConfig(file: string | undefined, env: NodeJS.ProcessEnv): Promise<LoadedConfig> {
  const variables = ownVariables(env);
  const chosen = chooseFile(file, variables);
  if (chosen === undefined && variables.size === 0) {
    throw new UsageError(
      `no deployment in ${process.cwd()}: there is no configuration (${usualPlaces.join(' or ')}); ` +
        'name one with --config, make a deployment with tessera quickstart, ' +
        'or write tessera.yaml and run tessera start',
    );
  }
  const document = chosen === undefined ? {} : await readDocument(chosen);
  const source = chosen ?? 'environment';
  if (document.master_key !== undefined) {
    throw new UsageError(`${source}: master_key: set TESSERA_MASTER_KEY or master_key_file instead`);
  }
  const folder = chosen === undefined ? '.' : dirname(chosen);
  return finishConfig(applyEnvironment(document, env), source, folder, sourceIn(env, source));
}

/** Validates a document; paths in it are relative to `folder`, and a mistake is told of where `sourceOf` says it stands. */
export async function finishConfig(
  document: unknown,
  source: string,
  folder: string,
  sourceOf = (_path: readonly PropertyKey[]) => source,
): Promise<LoadedConfig> {
  const config = validate(configSchema, document, sourceOf);
  const path = (name: string) => resolve(folder, name);
  const finished = {
    ...config,
    source,
    data: path(config.data),
    dialects: config.dialects.map((entry) => (isOurs(entry) ? entry : path(entry))),
    issuers: config.issuers.map((issuer) => ({
      ...issuer,
      clients: issuer.clients.map((client) => ({
        ...client,
        ...(client.client_secret_file !== undefined && {
          client_secret_file: path(client.client_secret_file),
        }),
      })),
    })),
    ...(config.master_key_file !== undefined && { master_key_file: path(config.master_key_file) }),
    login: {
      ...config.login,
      ...(config.login.secret_file !== undefined && { secret_file: path(config.login.secret_file) }),
      upstreams: config.login.upstreams.map((upstream) => ({
        ...upstream,
        ...(upstream.client_secret_file !== undefined && {
          client_secret_file: path(upstream.client_secret_file),
        }),
      })),
    },
    ...(config.tls && {
      tls: { cert_file: path(config.tls.cert_file), key_file: path(config.tls.key_file) },
    }),
  };
  for (const [index, entry] of config.dialects.entries())
    if (!isOurs(entry) && looksLikeName(entry) && !existsSync(path(entry)))
      throw new UsageError(
        `${sourceOf(['dialects', index])}: dialects[${index}]: got "${entry}", ${expectedFile(entry)}`,
      );
  const dialectsByName = await loadDialects(
    finished.dialects,
    config.issuers.map(({ dialect }) => dialect),
  );
  refuseContradictions(finished, dialectsByName);
  return { ...finished, dialectsByName };
}

function refuseContradictions(
  config: Config & { source: string },
  dialects: ReadonlyMap<string, Dialect>,
): void {
  const fail = (message: string) => {
    throw new UsageError(`${config.source}: ${message}`);
  };
  if (config.public_url?.startsWith('https:') && config.tls === undefined && config.trust_proxy === false) {
    fail(
      'public_url: got an https URL, expected tls (to serve it here) or trust_proxy (the addresses of a proxy that does)',
    );
  }
  if (config.tls !== undefined && config.public_url?.startsWith('http:')) {
    fail(`public_url: got "${config.public_url}", expected an https URL, since tls is set`);
  }
  const { listen, management } = config;
  if (management?.port === listen.port && management.host === listen.host && listen.port !== 0) {
    fail(`management.port: got ${listen.port} on ${listen.host}, which is where listen is`);
  }
  if (config.master_key !== undefined && config.master_key_file !== undefined) {
    fail('master_key_file: got a file beside TESSERA_MASTER_KEY, expected one of the two');
  }
  refuseLoginContradictions(config, fail);
  config.issuers.forEach((issuer, index) => {
    const dialect = dialects.get(issuer.dialect);
    if (dialect === undefined) {
      fail(
        `issuers[${index}].dialect: got "${issuer.dialect}", ${expectedDialect(issuer.dialect, dialects.keys())}`,
      );
    } else if (issuer.signing_alg !== undefined && !dialect.access_token.algs.includes(issuer.signing_alg)) {
      fail(
        `issuers[${index}].signing_alg: got "${issuer.signing_alg}", expected one of ${dialect.access_token.algs.join(', ')}`,
      );
    }
    for (const key of ['name', 'location'] as const) {
      const twin = config.issuers.findIndex((other) => other[key] === issuer[key]);
      if (twin !== index) fail(`issuers[${index}].${key}: got "${issuer[key]}", which issuers[${twin}] has`);
    }
  });
}

function refuseLoginContradictions({ login }: Config, fail: (message: string) => void): void {
  if ((login.url === undefined) !== (login.secret_file === undefined))
    fail('login: url and secret_file stand together: the page, and what its server proves itself by');
  if (login.url !== undefined && login.upstreams.length > 0)
    fail(
      'login.upstreams: got providers beside login.url, which takes the place of all other ways to sign in',
    );
  if (login.url === undefined && !login.local && login.upstreams.length === 0)
    fail('login.local: got false, and nobody could sign in: expected login.url or login.upstreams');
  login.upstreams.forEach(({ name, client_secret_file, client_secret_variable }, index) => {
    if (client_secret_file !== undefined && client_secret_variable !== undefined)
      fail(
        `login.upstreams[${index}]: got two secrets, expected client_secret_file or client_secret_variable`,
      );
    // What tokens call our own users, and those of the company's own page.
    if (name === 'local' || name === 'external')
      fail(`login.upstreams[${index}].name: got "${name}", which is taken`);
    if (login.upstreams.findIndex((other) => other.name === name) !== index)
      fail(`login.upstreams[${index}].name: got "${name}", which another has`);
  });
}
