// A whole server on a free port, with a database of its own: what the tests talk to.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from '@tessera-oauth/core';
import { pino } from 'pino';
import { registerClient } from '../../packages/server/src/admin/clients.ts';
import { finishConfig } from '../../packages/server/src/config/load.ts';
import {
  type ServerWithManagement,
  startWithManagement,
} from '../../packages/server/src/serve/management.ts';
import { createScope } from '../../packages/server/src/store/tables/scopes.ts';
import { newClient, type Registration } from './registration.ts';

export interface TestServer extends ServerWithManagement {
  readonly data: string;
  /** The lines logged so far, parsed. */
  readonly log: readonly Record<string, unknown>[];
  /** Registers a client at an issuer, with its scopes; gives its secret. */
  register(
    issuer: string,
    registration?: Registration,
  ): Promise<{ client: Client; client_id: string; client_secret: string }>;
}

/** The three built-in dialects, as quickstart has them. */
export const threeIssuers = [
  {
    name: 'standard',
    location: '/',
    dialect: 'standard',
    resources: ['https://api.example.com', 'https://files.example.com'],
  },
  { name: 'trelica', location: '/trelica', dialect: 'trelica' },
  { name: 'tilia', location: '/tilia', dialect: 'tilia' },
];

/** `config` is merged over a configuration on a free loopback port with `threeIssuers`. */
export async function startTestServer(config: Record<string, unknown> = {}): Promise<TestServer> {
  const data = (config.data as string | undefined) ?? (await mkdtemp(join(tmpdir(), 'tessera-test-')));
  const log: Record<string, unknown>[] = [];
  const logger = pino(
    { level: 'debug', base: null },
    { write: (line: string) => log.push(JSON.parse(line)) },
  );
  const document = { listen: { port: 0 }, data, issuers: threeIssuers, ...config };
  const server = await startWithManagement(await finishConfig(document, 'test', data), logger);
  const register: TestServer['register'] = async (issuer, registration = {}) => {
    const { admin } = server.instance;
    const scope = registration.scope ?? ['read', 'write'];
    for (const name of scope) await createScope(admin.db, issuer, name, '', Date.now());
    const { client, client_secret } = await registerClient(admin, issuer, newClient(registration));
    return {
      client,
      client_id: client.client_id,
      client_secret: client_secret ?? registration.secret?.chosen ?? '',
    };
  };
  const close = async () => {
    await server.close();
    if (config.data === undefined) await rm(data, { recursive: true });
  };
  return { ...server, data, log, register, close };
}

/** POSTs a form; `form` may hold a parameter several times, or be the encoded text itself. */
export const post = (
  url: string,
  form: Record<string, string> | [string, string][] | string,
  headers: Record<string, string> = {},
) =>
  fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    body: typeof form === 'string' ? form : new URLSearchParams(form).toString(),
  });

export const basic = (client_id: string, client_secret: string): Record<string, string> => ({
  authorization: `Basic ${Buffer.from(`${client_id}:${client_secret}`).toString('base64')}`,
});
