// The secrets of the sign-in: they are in files or in variables, and never in the configuration itself.

import { readFile } from 'node:fs/promises';
import { allMistakes, systemReason, UsageError } from '../model.ts';
import type { LoadedConfig } from './load.ts';
import { cleanSecret } from './plain.ts';

/** How users may sign in, with the secrets. A UsageError names a secret that cannot be read, or that is too weak. */
export async function readLoginSecrets({ login, source }: LoadedConfig, env = process.env) {
  const upstreams = await allMistakes(
    login.upstreams.map(({ client_secret_file, client_secret_variable, ...upstream }, index) => async () => {
      const key = `${source}: login.upstreams[${index}].client_secret`;
      const client_secret =
        client_secret_file !== undefined
          ? await fromFile(client_secret_file, `${key}_file`)
          : client_secret_variable && fromEnvironment(client_secret_variable, `${key}_variable`, env);
      return { ...upstream, client_secret };
    }),
  );
  const { url, secret_file } = login;
  if (url === undefined || secret_file === undefined)
    return { local: login.local, upstreams, external: undefined };
  const secret = await fromFile(secret_file, `${source}: login.secret_file`);
  // It is sent in a header, and nothing limits how often an attacker may guess it.
  if (!/^[\x21-\x7E]{32,}$/.test(secret))
    throw new UsageError(
      `${source}: login.secret_file: got a secret that is short or has blanks, ` +
        'expected 32 characters or more (make one with: openssl rand -base64 32)',
    );
  // The own page takes the place of all other ways to sign in.
  return { local: false, upstreams, external: { url, secret } };
}

/** A secret in a file. */
export async function fromFile(file: string, key: string): Promise<string> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw new UsageError(`${key}: got "${file}", which cannot be read (${systemReason(error)})`);
  }
  const secret = cleanSecret(text);
  if (secret === '') throw new UsageError(`${key}: got "${file}", which is empty`);
  return secret;
}

/** A secret in the environment. */
export function fromEnvironment(name: string, key: string, env: NodeJS.ProcessEnv): string {
  const secret = cleanSecret(env[name] ?? '');
  if (secret === '') throw new UsageError(`${key}: got "${name}", which is not set in the environment`);
  return secret;
}
