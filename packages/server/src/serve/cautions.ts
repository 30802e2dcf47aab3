// What a configuration allows and an operator should know: sentences for the log at the start, and for `config check`.

import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isLoopbackHost } from '@tessera-oauth/core';
import type { LoadedConfig } from '../config/load.ts';
import { readTls } from '../http/tls.ts';

/** Throws UsageError where the TLS files cannot be served. */
export async function cautionsOf(config: LoadedConfig): Promise<readonly string[]> {
  const tls = config.tls && (await readTls(config.tls));
  return [...inClear(config), ...(tls?.cautions ?? []), ...(await tooOpen(config))];
}

function inClear({ public_url, listen, tls, trust_proxy, management }: LoadedConfig): string[] {
  const seen = new URL(public_url ?? 'http://localhost');
  const everywhere = !isLoopbackHost(listen.host) && tls === undefined && trust_proxy === false;
  return [
    ...(seen.protocol === 'http:' && !isLoopbackHost(seen.hostname)
      ? ['public_url is plain http beyond this machine: tokens and secrets can be read on the way']
      : []),
    ...(everywhere
      ? [
          `listen.host is ${listen.host}, without tls and trust_proxy: who reaches port ${listen.port} from another machine sends secrets in clear`,
        ]
      : []),
    ...(management !== undefined && /^(0\.0\.0\.0|::)$/.test(management.host)
      ? [
          `management.host is ${management.host}: whoever reaches port ${management.port} can read the metrics`,
        ]
      : []),
  ];
}

/** Files with secrets that others may read, and folders that others may write to. */
async function tooOpen(config: LoadedConfig): Promise<string[]> {
  const { data, master_key, master_key_file = join(data, 'master.key'), tls, login, issuers } = config;
  const secrets = [
    ...(master_key === undefined ? [['the master key', master_key_file] as const] : []),
    ...(tls === undefined ? [] : [['tls.key_file', tls.key_file] as const]),
    ...(login.secret_file === undefined ? [] : [['login.secret_file', login.secret_file] as const]),
    ...login.upstreams.flatMap(({ name, client_secret_file: file }) =>
      file === undefined ? [] : [[`the client secret of upstream ${name}`, file] as const],
    ),
    ...issuers.flatMap(({ name, clients }) =>
      clients.flatMap(({ client_id, client_secret_file: file }) =>
        file === undefined ? [] : [[`the secret of client ${client_id} of issuer ${name}`, file] as const],
      ),
    ),
  ];
  const readable = secrets.map(async ([what, file]) => [what, file, 'read', (await modeOf(file)) & 0o004]);
  const folder = [['data', data, 'write to', (await modeOf(data)) & 0o002]];
  return [...folder, ...(await Promise.all(readable))].flatMap(([what, file, verb, open]) =>
    open === 0 ? [] : [`${what}: every user of this machine may ${verb} ${file}`],
  );
}

/** Zero where there is nothing yet. */
const modeOf = async (path: string): Promise<number> =>
  stat(path).then(
    ({ mode }) => mode,
    () => 0,
  );
