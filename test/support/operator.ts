// The operator at the command line: another process with the same database.

import type { Client } from '@tessera-oauth/core';
import { registerClient } from '../../packages/server/src/admin/clients.ts';
import { connectInstance } from '../../packages/server/src/instance/connect.ts';
import type { Instance } from '../../packages/server/src/instance/instance.ts';
import { createScope } from '../../packages/server/src/store/tables/scopes.ts';
import { eventually } from './eventually.ts';
import { newClient, type Registration } from './registration.ts';
import type { TestServer } from './server.ts';

/** Works through an instance of its own, as each command does: the server learns of it from the database alone. */
export async function asOperator<T>(
  server: TestServer,
  work: (instance: Instance) => Promise<T>,
): Promise<T> {
  const instance = await connectInstance(server.instance.config);
  try {
    return await work(instance);
  } finally {
    await instance.close();
  }
}

export interface Registered {
  readonly client: Client;
  readonly client_id: string;
  readonly client_secret: string;
}

/** Registers a client that may ask for `read` and `write`. */
export const registerAsOperator = (
  server: TestServer,
  issuer: string,
  registration: Registration = {},
): Promise<Registered> =>
  asOperator(server, async ({ admin }) => {
    const scope = ['read', 'write'];
    for (const name of scope) await createScope(admin.db, issuer, name, '', Date.now());
    const { client, client_secret } = await registerClient(admin, issuer, newClient(registration));
    return {
      client,
      client_id: client.client_id,
      client_secret: client_secret ?? registration.secret?.chosen ?? '',
    };
  });

/** Registers a client with a secret that a person chose; returns when the server knows that its issuer has such. */
export async function importClient(
  server: TestServer,
  issuer: string,
  chosen: string,
  registration: Registration = {},
): Promise<Registered> {
  const registered = await registerAsOperator(server, issuer, { ...registration, secret: { chosen } });
  await eventually(() => server.instance.store.holdsSlowHash(issuer));
  return registered;
}
