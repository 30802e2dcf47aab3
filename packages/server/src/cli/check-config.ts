// All that a start would refuse and that can be known without a database: for `config check`, and before a start makes
// anything.

import { findCollision } from '../admin/published-urls.ts';
import type { LoadedConfig } from '../config/load.ts';
import { readLoginSecrets } from '../config/login.ts';
import { placeLines } from '../config/mistakes.ts';
import { readTls } from '../http/tls.ts';
import { publicUrl } from '../instance/issuers.ts';
import { checkMasterKey } from '../instance/master-key.ts';
import { allMistakes, UsageError } from '../model.ts';

/** A UsageError has all that is wrong with the files that the configuration names, and with what it declares. */
export async function checkConfig(config: LoadedConfig): Promise<void> {
  const declares = config.issuers.some(({ scopes, clients }) => scopes.length + clients.length > 0);
  const checked = allMistakes<unknown>([
    ...config.issuers.map((_, index) => () => refuseCollision(config, index)),
    () => readLoginSecrets(config),
    () => checkMasterKey(config),
    () => config.tls && readTls(config.tls),
    // It loads what the database is written with, which a process that starts workers does without.
    ...(declares
      ? [async () => (await import('../instance/judge-declarations.ts')).judgeDeclarations(config)]
      : []),
  ]);
  await checked.catch((error) => {
    if (!(error instanceof UsageError)) throw error;
    throw new UsageError(placeLines(error.message, config.source, config.sourceOf));
  });
}

/** Requests for one of two issuers with a URL in common would be answered by the other. */
function refuseCollision({ issuers, source, ...config }: LoadedConfig, index: number): void {
  const surroundings = { dialects: config.dialectsByName, public_url: publicUrl(config) };
  const issuer = issuers[index];
  const collision = issuer && findCollision(issuer, issuers.slice(0, index), surroundings);
  if (collision === undefined) return;
  const { name, url } = collision;
  const place = url === undefined ? 'has it already' : `answers at ${url} already`;
  throw new UsageError(
    `${source}: issuers[${index}].location: got "${issuer?.location}", but issuer ${name} ${place}`,
  );
}
