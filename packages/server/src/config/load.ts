// Loads the configuration: the file, the environment over it, the defaults below both.

import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Dialect } from '@tessera-oauth/core';
import { UsageError } from '../model.ts';
import { refuseContradictions } from './contradictions.ts';
import { isOurs, loadDialects } from './dialects.ts';
import { type Located, readLocated } from './document.ts';
import { applyEnvironment, ownVariables, sourceIn } from './environment.ts';
import { expectedFile, looksLikeName } from './gallery.ts';
import { mistakeOf } from './mistakes.ts';
import { isPlain } from './plain.ts';
import { type Config, configSchema, dialectsSchema } from './schema.ts';
import { type SourceOf, validate } from './validation.ts';

export interface LoadedConfig extends Config {
  /** Where it came from, for messages. */
  readonly source: string;
  /** Where a key stands, for messages. */
  readonly sourceOf: SourceOf;
  readonly dialectsByName: ReadonlyMap<string, Dialect>;
  /** Set where a start withdraws nothing that another configuration declared. */
  readonly keepsOthers?: true;
}

/** Where commands look without --config and TESSERA_CONFIG: the working folder, then what quickstart wrote there. */
const usualPlaces = ['tessera.yaml', 'tessera-data/tessera.yaml'];

/** Throws a UsageError for a --config that is empty, or a TESSERA_CONFIG that is no plain path. */
function chooseFile(file: string | undefined, variables: ReadonlyMap<string, string>): string | undefined {
  const named = variables.get('TESSERA_CONFIG');
  if (named !== undefined && !isPlain(named))
    throw new UsageError(
      `TESSERA_CONFIG: got ${JSON.stringify(named)}, expected a path without quotes, blanks or line breaks around it`,
    );
  if (file === '') throw new UsageError('--config: got "", expected a file such as tessera.yaml');
  return file ?? named ?? usualPlaces.find((place) => existsSync(place));
}

/** The dialects of the configuration, whatever else is wrong with it; the built-in ones where there is none. */
export const loadConfiguredDialects = async (
  file: string | undefined,
  env: NodeJS.ProcessEnv,
): Promise<LoadedConfig['dialectsByName']> => loadDialects(await configuredDialects(file, env));

/** The files of dialects that the configuration names and that can be read; nothing else of it is judged. */
export async function ownDialectFiles(file: string | undefined, env: NodeJS.ProcessEnv): Promise<string[]> {
  const files = (await configuredDialects(file, env)).filter((entry) => !isOurs(entry));
  const read = await Promise.allSettled(files.map((each) => readLocated(each)));
  return files.filter((_, index) => read[index]?.status === 'fulfilled');
}

/** The entries of `dialects`: names of the gallery, and paths. */
async function configuredDialects(file: string | undefined, env: NodeJS.ProcessEnv): Promise<string[]> {
  const chosen = chooseFile(file, ownVariables(env));
  const { document, locate } = chosen === undefined ? nowhere : await readLocated(chosen);
  const { dialects } = document;
  // No other variable is looked at: one that is unknown is for the commands that need all of the configuration.
  const own = { TESSERA_DIALECTS: env.TESSERA_DIALECTS };
  const named = applyEnvironment({ ...(dialects !== undefined && { dialects }) }, own);
  const judged = validate(dialectsSchema, named, sourceIn(own, chosen ?? 'environment', locate));
  const folder = chosen === undefined ? '.' : dirname(chosen);
  return judged.dialects.map((entry) => (isOurs(entry) ? entry : resolve(folder, entry)));
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
  const { document, locate } = chosen === undefined ? nowhere : await readLocated(chosen);
  const source = chosen ?? 'environment';
  if (document.master_key !== undefined)
    throw mistakeOf(
      { file: source, ...locate(['master_key']) },
      'set TESSERA_MASTER_KEY or master_key_file instead',
      'master_key',
    );
  const folder = chosen === undefined ? '.' : dirname(chosen);
  return finishConfig(applyEnvironment(document, env), source, folder, sourceIn(env, source, locate));
}

/** The configuration of an environment alone. */
const nowhere: Located = { document: {}, locate: () => undefined };

/** Validates a document; paths in it are relative to `folder`, and a mistake is told of where `sourceOf` says it stands. */
export async function finishConfig(
  document: unknown,
  source: string,
  folder: string,
  sourceOf: SourceOf = () => ({ file: source }),
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
      throw mistakeOf(
        sourceOf(['dialects', index]),
        `got "${entry}", ${expectedFile(entry)}`,
        `dialects[${index}]`,
      );
  const dialectsByName = await loadDialects(
    finished.dialects,
    config.issuers.map(({ dialect }) => dialect),
  );
  refuseContradictions(finished, dialectsByName, sourceOf);
  return { ...finished, sourceOf, dialectsByName };
}
