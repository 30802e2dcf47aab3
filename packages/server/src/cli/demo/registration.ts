// What quickstart registers: a client for each issuer, an app where users sign in, and a user. It is made once; a later
// start finds it.

import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { builtInDialects } from '@tessera-oauth/core';
import { z } from 'zod';
import { AdminError } from '../../admin/admin-error.ts';
import { inOneTransaction } from '../../admin/change.ts';
import type { NewClient } from '../../admin/client-input.ts';
import { findClient, registerClient } from '../../admin/clients.ts';
import type { AdminContext } from '../../admin/context.ts';
import { existingUser } from '../../admin/existing.ts';
import { addScope, findScope } from '../../admin/scopes.ts';
import { registerUser } from '../../admin/users.ts';
import { generateSecret } from '../../credentials/client-secrets.ts';
import type { Instance } from '../../instance/instance.ts';
import { systemReason, UsageError } from '../../model.ts';
import { demoIssuers, demoRedirectUri, demoUserScopes } from './issuers.ts';

const credentialsSchema = z.strictObject({ client_id: z.string().min(1), client_secret: z.string().min(1) });
type Credentials = z.infer<typeof credentialsSchema>;

const userSchema = z.strictObject({ id: z.string(), login: z.string(), password: z.string() });

/** Earlier versions wrote no `apps` and no `user`. */
const demoSchema = z.strictObject({
  standard: credentialsSchema,
  trelica: credentialsSchema,
  tilia: credentialsSchema,
  apps: z.record(z.string(), credentialsSchema).optional(),
  user: userSchema.optional(),
});

export interface Demo {
  readonly clients: Readonly<Record<string, Credentials>>;
  readonly apps: Readonly<Record<string, Credentials>>;
  readonly user: { readonly login: string; readonly password: string };
  readonly user_id: string;
}

const dialectOf = (name: string) => builtInDialects.find((dialect) => dialect.name === name);

const makeCredentials = (dialect: string): Credentials => ({
  client_id: crypto.randomUUID(),
  client_secret: generateSecret(dialectOf(dialect)?.credentials.client_secret ?? 'token'),
});

/** The issuers at which users sign in. */
const withUsers = () => demoIssuers.filter(({ issuer }) => issuer.dialect !== 'tilia');

/** Reads the credentials from a file that only its owner can read; what the file lacks is made. */
export async function readDemo(data: string): Promise<Demo> {
  const file = join(data, 'quickstart.json');
  const known = await readKnown(file, data);
  const each = (issuers: readonly (typeof demoIssuers)[number][]) =>
    issuers.map(({ issuer: { name, dialect } }) => [name, makeCredentials(dialect)] as const);
  const complete = {
    ...(known ?? Object.fromEntries(each(demoIssuers))),
    apps: known?.apps ?? Object.fromEntries(each(withUsers())),
    user: known?.user ?? {
      id: crypto.randomUUID(),
      login: 'demo',
      password: generateSecret('token').slice(0, 20),
    },
  };
  if (known?.apps === undefined || known.user === undefined)
    await writeFile(file, `${JSON.stringify(complete, null, 2)}\n`, { mode: 0o600 });
  const { apps, user, ...clients } = complete;
  const { id, ...shown } = user;
  return { clients: clients as Record<string, Credentials>, apps, user: shown, user_id: id };
}

async function readKnown(file: string, data: string): Promise<z.infer<typeof demoSchema> | undefined> {
  try {
    await mkdir(data, { recursive: true, mode: 0o700 });
    const known = demoSchema.safeParse(JSON.parse(await readFile(file, 'utf8')));
    if (known.success) return known.data;
    throw new SyntaxError('not what quickstart writes');
  } catch (error) {
    if (error instanceof SyntaxError)
      throw new UsageError(`${file}: is not what quickstart wrote; delete it`);
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw new UsageError(`data: got "${data}", which cannot be used (${systemReason(error)})`);
  }
}

/** Registers what is not registered yet; on data that has all of it, it changes nothing. */
export async function registerDemo(
  { admin }: Instance,
  { clients, apps, user, user_id }: Demo,
): Promise<void> {
  const context: AdminContext = { ...admin, actor: { kind: 'quickstart', name: 'quickstart' } };
  // All at once: a commit for each scope would be half of the first start.
  await inOneTransaction(context, (within) => registerClients(within, clients, apps));
  const profile = {
    name: 'Demo User',
    email: 'demo@example.com',
    email_verified: true,
    claims: {
      given_name: 'Demo',
      family_name: 'User',
      locale: 'en',
      zoneinfo: 'Europe/Zurich',
      phone_number: '+41 44 000 00 00',
      address: { locality: 'Zurich', country: 'CH' },
    },
  };
  // To hash a password takes its time, and most starts are not the first.
  if (await missing(() => existingUser(context, user_id)))
    await registerUser(context, { id: user_id, ...user, ...profile });
}

async function registerClients(
  context: AdminContext,
  clients: Demo['clients'],
  apps: Demo['apps'],
): Promise<void> {
  for (const { issuer, scopes, owner } of demoIssuers) {
    const own = Object.keys(scopes);
    const registered = { ...scopes, ...Object.fromEntries(demoUserScopes.map((scope) => [scope, ''])) };
    await register(context, issuer.name, scopes, clients[issuer.name], {
      client_name: 'Demo integration',
      owner,
      grant_types: ['client_credentials'],
      scope: own,
    });
    await register(context, issuer.name, registered, apps[issuer.name], {
      client_name: 'Demo app',
      owner,
      grant_types: ['authorization_code', 'refresh_token'],
      scope: [...own, ...demoUserScopes],
      redirect_uris: [demoRedirectUri],
      id_token_user_claims: true,
      consent_message: 'This is the app that comes with the quickstart. It shows the tokens that it gets.',
    });
  }
}

async function register(
  context: AdminContext,
  issuer: string,
  scopes: Readonly<Record<string, string>>,
  known: Credentials | undefined,
  registration: Pick<NewClient, 'client_name' | 'owner' | 'grant_types' | 'scope'> & Partial<NewClient>,
): Promise<void> {
  if (known === undefined || !(await missing(() => findClient(context, issuer, known.client_id)))) return;
  for (const [name, description] of Object.entries(scopes))
    if (await missing(() => findScope(context, issuer, name)))
      await addScope(context, issuer, { name, description });
  await registerClient(context, issuer, {
    ...registration,
    client_id: known.client_id,
    introspection: 'own',
    secret: { generated: known.client_secret },
  });
}

/** Whether what `find` looks for is not there. */
async function missing(find: () => Promise<unknown>): Promise<boolean> {
  try {
    await find();
    return false;
  } catch (error) {
    if (error instanceof AdminError && error.code === 'not_found') return true;
    throw error;
  }
}
