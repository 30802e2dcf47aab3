// What one does with clients and their secrets: the verbs of the command line.

import { randomBytes, randomUUID } from 'node:crypto';
import { type Client, type ClientSecret, type Dialect, isScopeToken } from '@tessera-oauth/core';
import type { Kysely } from 'kysely';
import { UsageError } from '../model.ts';
import type { Schema } from '../store/sql/schema.ts';
import { addSecret, revokeSecret } from '../store/tables/client-secrets.ts';
import { createClient, deleteClient, findClient, updateClient } from '../store/tables/clients.ts';
import { listScopes } from '../store/tables/scopes.ts';
import { findUser } from '../store/tables/users.ts';
import { fittingGrantTypes, refuseLogo, refuseRedirectUri, refuseUnfitGrantTypes } from './client-rules.ts';

/** How secrets are made and hashed; keys/client-secrets.ts knows. */
interface SecretHashes {
  generate(shape: Dialect['credentials']['client_secret']): string;
  hashGenerated(secret: string): string;
  hashChosen(issuer: string, client_id: string, secret: string): Promise<string>;
}

export interface AdminContext {
  readonly db: Kysely<Schema>;
  readonly hashes: SecretHashes;
  readonly now: () => number;
}

export interface NewSecret {
  /** A person's choice; without it one is made. */
  readonly chosen?: string | undefined;
  /** Epoch milliseconds. */
  readonly expires_at?: number | null;
}

export interface NewClient {
  readonly client_id?: string | undefined;
  readonly client_name: string;
  readonly owner: string;
  readonly public: boolean;
  readonly scope: readonly string[];
  readonly introspection: Client['introspection'];
  readonly secret: NewSecret;
  /** Where users may be sent with a code; with one, the client gets the grants that users take part in. */
  readonly redirect_uris?: readonly string[] | undefined;
  readonly post_logout_redirect_uris?: readonly string[] | undefined;
  /** Without it: all that fit. */
  readonly grant_types?: readonly string[] | undefined;
  readonly logo_uri?: string | null | undefined;
  readonly consent_message?: string | null | undefined;
}

export type ClientChange = Partial<
  Pick<
    Client,
    | 'client_name'
    | 'owner'
    | 'scope'
    | 'introspection'
    | 'disabled'
    | 'grant_types'
    | 'redirect_uris'
    | 'post_logout_redirect_uris'
    | 'logo_uri'
    | 'consent_message'
  >
>;

const longestSecret = 512;
// RFC 6749 Appendix A.1: *VSCHAR; of those, what stands in a URL, a form and a log as it is.
const clientIdForm = /^[A-Za-z0-9._~@:/-]{1,200}$/;

/** Registers a client. The answer holds the secret, in the clear, for the only time. */
export async function registerClient(
  context: AdminContext,
  issuer: string,
  dialect: Dialect,
  wanted: NewClient,
) {
  const client_id = wanted.client_id ?? generateClientId(dialect.credentials.client_id);
  if (!clientIdForm.test(client_id)) {
    throw new UsageError(
      `client id: got "${client_id}", expected letters, digits and . _ ~ @ : / - (200 at most)`,
    );
  }
  // RFC 9700 §4.15: who reads a token must not take the client for that user.
  if ((await findUser(context.db, client_id)) !== undefined)
    throw new UsageError(`client ${client_id}: is the id of a user`);
  if (wanted.public && !dialect.client_authentication.includes('none')) {
    throw new UsageError(`client ${client_id}: dialect ${dialect.name} knows no public clients`);
  }
  const redirect_uris = wanted.redirect_uris ?? [];
  const post_logout_redirect_uris = wanted.post_logout_redirect_uris ?? [];
  const grant_types = wanted.grant_types ?? fittingGrantTypes(wanted, dialect);
  refuseUnfitGrantTypes(grant_types, wanted, dialect);
  for (const uri of [...redirect_uris, ...post_logout_redirect_uris]) refuseRedirectUri(uri);
  refuseLogo(wanted.logo_uri);
  await refuseUnknownScopes(context, issuer, wanted.scope);
  const made = wanted.public
    ? undefined
    : await makeSecret(context, issuer, client_id, dialect, wanted.secret);
  const client = {
    client_id,
    client_name: wanted.client_name,
    owner: wanted.owner,
    token_endpoint_auth_method: wanted.public ? 'none' : preferredMethod(dialect),
    grant_types,
    redirect_uris,
    post_logout_redirect_uris,
    logo_uri: wanted.logo_uri ?? null,
    consent_message: wanted.consent_message ?? null,
    scope: wanted.scope,
    introspection: wanted.introspection,
    disabled: false,
    secrets: made ? [made.stored] : [],
  };
  if (!(await createClient(context.db, issuer, client, context.now()))) {
    throw new UsageError(`client ${client_id}: issuer ${issuer} has it already`);
  }
  return { client: await existing(context, issuer, client_id), client_secret: made?.shown };
}

export async function addClientSecret(
  context: AdminContext,
  issuer: string,
  dialect: Dialect,
  client_id: string,
  wanted: NewSecret,
) {
  const client = await existing(context, issuer, client_id);
  if (client.token_endpoint_auth_method === 'none')
    throw new UsageError(`client ${client_id}: is public and has no secret`);
  const { stored, shown } = await makeSecret(context, issuer, client_id, dialect, wanted);
  await addSecret(context.db, issuer, client_id, stored, context.now());
  return { id: stored.id, client_secret: shown, expires_at: stored.expires_at };
}

export async function revokeClientSecret(
  context: AdminContext,
  issuer: string,
  client_id: string,
  id: string,
) {
  if (!(await revokeSecret(context.db, issuer, client_id, id, context.now()))) {
    throw new UsageError(`secret ${id}: client ${client_id} has no such secret, or it is revoked already`);
  }
}

export async function changeClient(
  context: AdminContext,
  issuer: string,
  client_id: string,
  change: ClientChange,
): Promise<Client> {
  const before = await existing(context, issuer, client_id);
  for (const uri of [...(change.redirect_uris ?? []), ...(change.post_logout_redirect_uris ?? [])])
    refuseRedirectUri(uri);
  refuseLogo(change.logo_uri);
  // What it has already stays its own, also where the scope was deleted since.
  await refuseUnknownScopes(
    context,
    issuer,
    (change.scope ?? []).filter((name) => !before.scope.includes(name)),
  );
  await updateClient(context.db, issuer, client_id, change, context.now());
  return existing(context, issuer, client_id);
}

export async function removeClient(context: AdminContext, issuer: string, client_id: string): Promise<void> {
  if (!(await deleteClient(context.db, issuer, client_id, context.now())))
    throw unknownClient(issuer, client_id);
}

export async function existing(context: AdminContext, issuer: string, client_id: string): Promise<Client> {
  const client = await findClient(context.db, issuer, client_id);
  if (client === undefined) throw unknownClient(issuer, client_id);
  return client;
}

const unknownClient = (issuer: string, client_id: string) =>
  new UsageError(`client ${client_id}: issuer ${issuer} has no such client`);

const generateClientId = (shape: Dialect['credentials']['client_id']): string =>
  shape === 'uuid' ? randomUUID() : randomBytes(16).toString('base64url');

const preferredMethod = (dialect: Dialect): Client['token_endpoint_auth_method'] =>
  dialect.client_authentication.find((method) => method !== 'none') ?? 'client_secret_basic';

async function makeSecret(
  { hashes }: AdminContext,
  issuer: string,
  client_id: string,
  dialect: Dialect,
  { chosen, expires_at = null }: NewSecret,
): Promise<{ stored: ClientSecret; shown: string | undefined }> {
  const id = randomUUID();
  if (chosen === undefined) {
    const secret = hashes.generate(dialect.credentials.client_secret);
    const stored: ClientSecret = {
      id,
      kind: 'keyed',
      hash: hashes.hashGenerated(secret),
      expires_at,
      revoked_at: null,
    };
    return { stored, shown: secret };
  }
  if (chosen === '' || chosen.length > longestSecret || chosen.includes('\0')) {
    throw new UsageError(`secret: expected 1 to ${longestSecret} characters without NUL`);
  }
  const hash = await hashes.hashChosen(issuer, client_id, chosen);
  return { stored: { id, kind: 'argon2id', hash, expires_at, revoked_at: null }, shown: undefined };
}

async function refuseUnknownScopes(
  { db }: AdminContext,
  issuer: string,
  scope: readonly string[],
): Promise<void> {
  const known = new Set((await listScopes(db, issuer)).map(({ name }) => name));
  const unknown = scope.filter((name) => !known.has(name) || !isScopeToken(name));
  if (unknown.length > 0) {
    throw new UsageError(
      `scope: issuer ${issuer} has no ${unknown.join(', ')} (add it with: tessera scope create)`,
    );
  }
}
