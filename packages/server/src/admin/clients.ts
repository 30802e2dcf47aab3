// Clients: registered, listed, changed, deleted. Members are named as in RFC 7591 §2.

import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { type Client, type Dialect, usesSecret } from '@tessera-oauth/core';
import type { Kysely } from 'kysely';
import { holdSubject } from '../store/sql/engine.ts';
import type { Schema } from '../store/sql/schema.ts';
import {
  type ClientFilter,
  type ClientToCreate,
  createClient,
  deleteClient,
  lockClient,
  pageOfClients,
  findClient as readClient,
  updateClient,
} from '../store/tables/clients.ts';
import { deleteDeclaration } from '../store/tables/declarations.ts';
import { holdIssuer } from '../store/tables/issuers.ts';
import { findClientTokensFrom } from '../store/tables/revoked-clients.ts';
import { findUser } from '../store/tables/users.ts';
import { alreadyExists } from './admin-error.ts';
import { change } from './change.ts';
import { wellFormed } from './client-forms.ts';
import type { ClientChange, NewClient } from './client-input.ts';
import {
  fittingGrantTypes,
  grantTypesAfter,
  refuseOtherDialect,
  refuseUnfitGrantTypes,
  refuseUnknownMethod,
  refuseUnknownScopes,
  refuseWithoutPkce,
  settleIdTokenAlg,
} from './client-rules.ts';
import { makeSecret } from './client-secrets.ts';
import type { AdminContext, ClientOfIssuer } from './context.ts';
import { refuseDeclaredClient } from './declared.ts';
import { dialectOf, existingClient, existingIssuer, unknownClient, unknownIssuer } from './existing.ts';
import { type ListRequest, type Page, pageOf } from './page.ts';

/** A client that was registered. */
export interface RegisteredClient {
  /** As it is stored. */
  readonly client: Client;
  /** In the clear, for the only time; undefined where it has none, or the caller knew it before. */
  readonly client_secret: string | undefined;
}

/**
 * Registers a client. Throws `not_found` for an issuer or a scope, `already_exists` for its client_id, `invalid` for what
 * cannot be, a client that could do nothing included, and `conflict` where the dialect has no public clients, or the
 * issuer is given another one meanwhile.
 */
export async function registerClient(
  context: AdminContext,
  issuer: string,
  given: NewClient,
): Promise<RegisteredClient> {
  const { dialect, issuer: stored } = await existingIssuer(context, issuer);
  const client_id = given.client_id ?? generateClientId(dialect.credentials.client_id);
  const input = wellFormed({ ...given, client_id });
  const token_endpoint_auth_method = input.token_endpoint_auth_method ?? preferredMethod(dialect);
  refuseUnknownMethod(token_endpoint_auth_method, client_id, dialect);
  const capabilities = { token_endpoint_auth_method, redirect_uris: input.redirect_uris ?? [] };
  const grant_types = input.grant_types ?? fittingGrantTypes(capabilities, dialect);
  refuseUnfitGrantTypes(grant_types, capabilities, dialect);
  refuseWithoutPkce({ token_endpoint_auth_method, require_pkce: input.require_pkce });
  // Before the transaction: a slow hash would keep every other writer waiting.
  const secret = usesSecret(token_endpoint_auth_method)
    ? await makeSecret(context, issuer, client_id, dialect, input.secret)
    : undefined;
  const client = {
    ...membersOf(input),
    ...capabilities,
    id_token_signed_response_alg: settleIdTokenAlg(input.id_token_signed_response_alg, stored, dialect),
    client_id,
    client_name: input.client_name ?? client_id,
    grant_types,
    secrets: secret ? [secret.stored] : [],
  };
  await untilTokensAreGood(context, issuer, client_id);
  const registered = await change(context, 'client.create', async (transaction) => {
    await refuseOtherDialect(transaction, issuer, dialect);
    await insertClient(transaction, issuer, client, context.now());
    const result = await existingClient({ db: transaction }, issuer, client_id);
    return { issuer, target: client_id, before: null, after: recordOf(result), result };
  });
  return { client: registered, client_secret: secret?.shown };
}

/**
 * What a deleted client of this id was given is revoked by the second in which it was issued, so that the new one's first
 * tokens would be too: for two seconds at most.
 */
async function untilTokensAreGood({ db, now }: AdminContext, issuer: string, client_id: string) {
  const wait = (await findClientTokensFrom(db, issuer, client_id)) - now();
  if (wait > 0) await setTimeout(Math.min(wait, 2000));
}

const membersOf = (input: NewClient) => ({
  owner: input.owner,
  post_logout_redirect_uris: input.post_logout_redirect_uris ?? [],
  logo_uri: input.logo_uri ?? null,
  client_uri: input.client_uri ?? null,
  policy_uri: input.policy_uri ?? null,
  tos_uri: input.tos_uri ?? null,
  consent_message: input.consent_message ?? null,
  require_pkce: input.require_pkce ?? null,
  refresh_token_given: input.refresh_token_given ?? null,
  token_reuse: input.token_reuse ?? null,
  scope: input.scope,
  introspection: input.introspection,
  id_token_user_claims: input.id_token_user_claims ?? false,
  disabled: false,
});

async function insertClient(
  transaction: Kysely<Schema>,
  issuer: string,
  client: ClientToCreate,
  now: number,
): Promise<void> {
  const { client_id } = client;
  await holdSubject(transaction, client_id);
  // RFC 9700 §4.15: an API that reads a token must not take the client for that user.
  if ((await findUser(transaction, client_id)) !== undefined)
    throw alreadyExists('client_id', `client ${client_id}: is the id of a user`);
  await refuseUnknownScopes(transaction, issuer, client.scope);
  if (!(await createClient(transaction, issuer, client, now)))
    throw alreadyExists('client_id', `client ${client_id}: issuer ${issuer} has it already`);
}

/** The same as `findClient`; undefined where there is none. */
export const findClientIfAny = (
  { db }: Pick<AdminContext, 'db'>,
  issuer: string,
  client_id: string,
): Promise<Client | undefined> => readClient(db, issuer, client_id);

/** One client with its secrets' hashes, which no caller may show. Throws `not_found`. */
export const findClient = (context: AdminContext, issuer: string, client_id: string): Promise<Client> =>
  existingClient(context, issuer, client_id);

/** Clients by issuer and client_id, without their secrets; `filter` by issuer, and by the whole owner. */
export const listClients = (
  { db }: Pick<AdminContext, 'db'>,
  filter: ClientFilter,
  request: ListRequest,
): Promise<Page<ClientOfIssuer>> =>
  pageOf(
    request,
    ['string', 'string'],
    (page) => pageOfClients(db, filter, page),
    (client) => client,
  );

/**
 * Changes a client, and gives it as it is then. Changes of one client follow one another: none undoes another. While it
 * is disabled its tokens are inactive. Throws `not_found` for the client or a scope, `invalid` for what cannot be, and
 * `conflict` where the configuration declares it, which may be disabled all the same.
 */
export function changeClient(
  context: AdminContext,
  issuer: string,
  client_id: string,
  { add_scope, remove_scope, disabled, id_token_signed_response_alg: alg, ...given }: ClientChange,
): Promise<Client> {
  if (Object.values({ ...given, add_scope, remove_scope }).some((value) => value !== undefined))
    refuseDeclaredClient(context, issuer, client_id);
  const input = wellFormed(given);
  return change(context, 'client.update', async (transaction) => {
    const before = await lockClient(transaction, issuer, client_id);
    if (before === undefined) throw unknownClient(issuer, client_id);
    refuseWithoutPkce({ ...before, ...input });
    const scope = changedScope(input.scope ?? before.scope, add_scope, remove_scope);
    // What it has already stays its own, also where the scope was deleted since.
    const added = scope.filter((name) => !before.scope.includes(name));
    await refuseUnknownScopes(transaction, issuer, added);
    const changesGrants = input.grant_types !== undefined || input.redirect_uris !== undefined;
    const grants = changesGrants && {
      grant_types: grantTypesAfter(before, input, (await issuerAt(context, transaction, issuer)).dialect),
    };
    const signed = alg !== undefined && {
      id_token_signed_response_alg: await idTokenAlgAt(context, transaction, issuer, alg),
    };
    // What it is already is no change: its tokens stay revoked from when they were.
    const state = disabled !== before.disabled && disabled !== undefined && { disabled };
    // From here on it is as somebody decided.
    if (disabled !== undefined)
      await deleteDeclaration(transaction, { noun: 'client', issuer, name: client_id, state: 'withdrawn' });
    await updateClient(
      transaction,
      issuer,
      client_id,
      { ...input, scope, ...grants, ...signed, ...state },
      context.now(),
    );
    const result = await existingClient({ db: transaction }, issuer, client_id);
    return { issuer, target: client_id, before: recordOf(before), after: recordOf(result), result };
  });
}

/**
 * Deletes a client, its secrets and its grants; its tokens are inactive from then on. Throws `not_found`, and `conflict`
 * where the configuration declares it.
 */
export async function removeClient(context: AdminContext, issuer: string, client_id: string): Promise<void> {
  refuseDeclaredClient(context, issuer, client_id);
  await change(context, 'client.delete', async (transaction) => {
    const before = await lockClient(transaction, issuer, client_id);
    if (before === undefined) throw unknownClient(issuer, client_id);
    await deleteClient(transaction, issuer, client_id, context.now());
    return { issuer, target: client_id, before: recordOf(before), after: null, result: undefined };
  });
}

async function issuerAt(context: AdminContext, transaction: Kysely<Schema>, issuer: string) {
  const stored = await holdIssuer(transaction, issuer);
  if (stored === undefined) throw unknownIssuer(issuer);
  return { stored, dialect: dialectOf(context, stored) };
}

async function idTokenAlgAt(
  context: AdminContext,
  transaction: Kysely<Schema>,
  issuer: string,
  alg: string | null,
) {
  const { stored, dialect } = await issuerAt(context, transaction, issuer);
  return settleIdTokenAlg(alg, stored, dialect);
}

function changedScope(
  scope: readonly string[],
  add: readonly string[] = [],
  remove: readonly string[] = [],
): readonly string[] {
  return [...new Set([...scope, ...add])].filter((name) => !remove.includes(name));
}

/** What the record shows of a client. */
const recordOf = (client: Client) => ({
  client_name: client.client_name,
  owner: client.owner,
  token_endpoint_auth_method: client.token_endpoint_auth_method,
  grant_types: client.grant_types,
  redirect_uris: client.redirect_uris,
  post_logout_redirect_uris: client.post_logout_redirect_uris,
  logo_uri: client.logo_uri,
  client_uri: client.client_uri,
  policy_uri: client.policy_uri,
  tos_uri: client.tos_uri,
  consent_message: client.consent_message,
  require_pkce: client.require_pkce,
  refresh_token_given: client.refresh_token_given,
  token_reuse: client.token_reuse,
  scope: client.scope.join(' '),
  introspection: client.introspection,
  id_token_signed_response_alg: client.id_token_signed_response_alg,
  id_token_user_claims: client.id_token_user_claims,
  disabled: client.disabled,
});

const generateClientId = (shape: Dialect['credentials']['client_id']): string =>
  shape === 'uuid' ? randomUUID() : randomBytes(16).toString('base64url');

/** The method of a client for which nobody says another: the first of the dialect that proves something. */
export const preferredMethod = (dialect: Dialect): Client['token_endpoint_auth_method'] =>
  dialect.client_authentication.find((method) => method !== 'none') ?? 'client_secret_basic';
