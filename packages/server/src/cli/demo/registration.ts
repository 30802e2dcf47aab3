// What quickstart registers: a client for each issuer, an app where users sign in, and a user. It is made once; a later
// start finds it.

import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { builtInDialects, type Client } from '@tessera-oauth/core';
import { z } from 'zod';
import { generateSecret } from '../../credentials/client-secrets.ts';
import type { Instance } from '../../instance/instance.ts';
import { UsageError } from '../../model.ts';
import { transact } from '../../store/sql/transact.ts';
import { type ClientToCreate, createClient, findClient } from '../../store/tables/clients.ts';
import { createScope } from '../../store/tables/scopes.ts';
import { createUser, findUser } from '../../store/tables/users.ts';
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
    const code = error instanceof Error && 'code' in error ? error.code : error;
    if (code !== 'ENOENT') throw new UsageError(`data: got "${data}", which cannot be used (${code})`);
    return undefined;
  }
}

/** Registers what is not registered yet; on data that has all of it, it changes nothing. */
export async function registerDemo(
  { admin }: Instance,
  { clients, apps, user, user_id }: Demo,
): Promise<void> {
  // All at once: a commit for each scope would be half of the first start.
  await transact(admin.db, (db) => registerClients({ ...admin, db }, clients, apps));
  const { db, passwords, now } = admin;
  if ((await findUser(db, user_id)) !== undefined) return;
  const password_hash = await passwords.hash(user.password);
  const { login } = user;
  const profile = { name: 'Demo User', email: 'demo@example.com', email_verified: true };
  await createUser(db, { id: user_id, login, password_hash, ...profile }, now());
}

async function registerClients(
  admin: Instance['admin'],
  clients: Demo['clients'],
  apps: Demo['apps'],
): Promise<void> {
  for (const { issuer, scopes, owner } of demoIssuers) {
    const own = Object.keys(scopes);
    const registered = { ...scopes, ...Object.fromEntries(demoUserScopes.map((scope) => [scope, ''])) };
    const client = { client_name: 'Demo integration', grant_types: ['client_credentials'], scope: own };
    await register(admin, issuer, scopes, clients[issuer.name], { ...client, owner });
    const app = {
      client_name: 'Demo app',
      grant_types: ['authorization_code', 'refresh_token'],
      scope: [...own, ...demoUserScopes],
      redirect_uris: [demoRedirectUri],
      consent_message: 'This is the app that comes with the quickstart. It shows the tokens that it gets.',
    };
    await register(admin, issuer, registered, apps[issuer.name], { ...app, owner });
  }
}

type Registration = Pick<Client, 'client_name' | 'owner' | 'grant_types' | 'scope'> & Partial<Client>;

async function register(
  { db, hashes, now }: Instance['admin'],
  issuer: { readonly name: string; readonly dialect: string },
  scopes: Readonly<Record<string, string>>,
  known: Credentials | undefined,
  registration: Registration,
): Promise<void> {
  if (known === undefined || (await findClient(db, issuer.name, known.client_id)) !== undefined) return;
  for (const [name, description] of Object.entries(scopes))
    await createScope(db, issuer.name, name, description, now());
  const hash = hashes.hashGenerated(known.client_secret);
  const client: ClientToCreate = {
    token_endpoint_auth_method: issuer.dialect === 'tilia' ? 'client_secret_post' : 'client_secret_basic',
    redirect_uris: [],
    post_logout_redirect_uris: [],
    logo_uri: null,
    consent_message: null,
    introspection: 'own',
    disabled: false,
    ...registration,
    client_id: known.client_id,
    secrets: [{ id: crypto.randomUUID(), kind: 'keyed', hash, expires_at: null, revoked_at: null }],
  };
  await createClient(db, issuer.name, client, now());
}
