// The secrets of signing in, which are in files or in variables, and never in the configuration itself.

import { readFile } from 'node:fs/promises';
import { UsageError } from '../model.ts';
import type { LoadedConfig } from './load.ts';

/** Throws where a file cannot be read, or a variable is not set. */
export async function readLoginSecrets({ login, source }: LoadedConfig, env = process.env) {
  const upstreams = await Promise.all(
    login.upstreams.map(async ({ client_secret_file, client_secret_variable, ...upstream }) => ({
      ...upstream,
      client_secret:
        client_secret_file === undefined
          ? client_secret_variable && fromEnvironment(client_secret_variable, source, env)
          : await fromFile(client_secret_file),
    })),
  );
  const external =
    login.url === undefined || login.secret_file === undefined
      ? undefined
      : { url: login.url, secret: await fromFile(login.secret_file) };
  return { local: login.local, upstreams, external };
}

async function fromFile(file: string): Promise<string> {
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : error;
    throw new UsageError(`${file}: cannot read the secret (${code})`);
  }
}

function fromEnvironment(name: string, source: string, env: NodeJS.ProcessEnv): string {
  const value = env[name];
  if (value === undefined || value === '')
    throw new UsageError(`${source}: login.upstreams: the variable ${name} is not set`);
  return value;
}
