// What may be registered of a client (RFC 7591 §2, RFC 9700 §2.1): each rule throws an AdminError.

import { type Client, type Dialect, type GrantType, grants, idTokenAlgs } from '@tessera-oauth/core';
import type { Kysely } from 'kysely';
import type { StoredIssuer } from '../model.ts';
import type { Schema } from '../store/sql/schema.ts';
import { holdIssuer } from '../store/tables/issuers.ts';
import { holdScopes } from '../store/tables/scopes.ts';
import { conflict, invalid, notFound } from './admin-error.ts';
import { unknownIssuer } from './existing.ts';

/** What decides which grant types a client can use. */
type Capabilities = Pick<Client, 'token_endpoint_auth_method' | 'redirect_uris'>;

const capability = {
  secret: ({ token_endpoint_auth_method }: Capabilities) => token_endpoint_auth_method !== 'none',
  redirect_uri: ({ redirect_uris }: Capabilities) => redirect_uris.length > 0,
} as const;

/** What a grant type requires and the client does not have. */
const missingFor = (grant_type: GrantType, client: Capabilities) =>
  grants[grant_type].requires.find((required) => !capability[required](client));

/** All the grant types of the dialect that a client can use. */
export const fittingGrantTypes = (client: Capabilities, dialect: Dialect): GrantType[] =>
  dialect.grant_types.filter((grant_type) => missingFor(grant_type, client) === undefined);

/** Throws `invalid` where a client could not use its grant types, or could do nothing with them. */
export function refuseUnfitGrantTypes(
  grant_types: readonly string[],
  client: Capabilities,
  dialect: Dialect,
): void {
  refuseNoGrantTypes(grant_types, client, dialect);
  if (grant_types.every((grant_type) => grant_type === 'refresh_token'))
    throw invalid(
      'grant_types',
      'got refresh_token alone, expected authorization_code beside it, which gives the first refresh token',
    );
  for (const name of grant_types) {
    const grant_type = dialect.grant_types.find((supported) => supported === name);
    if (grant_type === undefined)
      throw invalid('grant_types', `got "${name}", expected one of ${dialect.grant_types.join(', ')}`);
    const missing = missingFor(grant_type, client);
    if (missing === 'secret')
      throw invalid('grant_types', `got ${name}, which needs a secret, and a public client has none`);
    if (missing === 'redirect_uri')
      throw invalid('redirect_uris', `expected a redirect URI: ${name} needs one`);
  }
}

function refuseNoGrantTypes(grant_types: readonly string[], client: Capabilities, dialect: Dialect): void {
  if (grant_types.length > 0) return;
  if (!capability.secret(client))
    throw invalid('redirect_uris', 'expected a redirect URI: a public client can do nothing without one');
  throw invalid('grant_types', `got none, expected some of ${dialect.grant_types.join(', ')}`);
}

/** What the grant types of a client follow from when it is changed. */
export type GrantTypesChange = Partial<Pick<Client, 'grant_types' | 'redirect_uris'>>;

/**
 * The grant types after a change. The first redirect URI brings those that users take part in, as it does for a new
 * client, and the last one takes them away. Throws `invalid` where the client could not use them.
 */
export function grantTypesAfter(
  before: Client,
  change: GrantTypesChange,
  dialect: Dialect,
): readonly string[] {
  const redirect_uris = change.redirect_uris ?? before.redirect_uris;
  const client = { ...before, redirect_uris };
  const gained = before.redirect_uris.length === 0 && redirect_uris.length > 0;
  const lost = before.redirect_uris.length > 0 && redirect_uris.length === 0;
  const fitting: readonly string[] = fittingGrantTypes(client, dialect);
  const derived = gained
    ? [...new Set([...before.grant_types, ...fitting])]
    : lost
      ? before.grant_types.filter((grant_type) => fitting.includes(grant_type))
      : before.grant_types;
  const grant_types = change.grant_types ?? derived;
  // What it has already is not judged again where nothing of it changes: the dialect may have changed since.
  if (change.grant_types !== undefined || change.redirect_uris !== undefined)
    refuseUnfitGrantTypes(grant_types, client, dialect);
  return grant_types;
}

/** OAuth 2.1 §7.5.1: only a client that proves itself when it redeems a code may do without. Throws `invalid`. */
export function refuseWithoutPkce({
  token_endpoint_auth_method,
  require_pkce,
}: Pick<Client, 'token_endpoint_auth_method'> & {
  readonly require_pkce?: boolean | null | undefined;
}): void {
  if (require_pkce === false && token_endpoint_auth_method === 'none')
    throw invalid('require_pkce', 'got no, but a public client always needs PKCE');
}

/** RS256 where nothing is said, and the issuer has ID tokens. Throws `invalid` for an algorithm that it does not sign them by. */
export function settleIdTokenAlg(
  alg: string | null | undefined,
  { signing_alg }: Pick<StoredIssuer, 'signing_alg'>,
  dialect: Dialect,
): Client['id_token_signed_response_alg'] {
  const algs = idTokenAlgs({ dialect, signing_alg: signing_alg ?? dialect.access_token.algs[0] ?? 'ES256' });
  if (alg === undefined) return algs[0] ?? null;
  const found = algs.find((each) => each === alg) ?? null;
  if (found !== alg)
    throw invalid(
      'id_token_signed_response_alg',
      algs.length === 0
        ? `got "${alg}", but dialect ${dialect.name} has no ID tokens`
        : `got "${alg}", expected one of ${algs.join(', ')}`,
    );
  return found;
}

/** Throws `conflict` for a method that the dialect does not have. */
export function refuseUnknownMethod(
  method: Client['token_endpoint_auth_method'],
  client_id: string,
  { name, client_authentication }: Dialect,
): void {
  if (client_authentication.includes(method)) return;
  const problem =
    method === 'none'
      ? 'knows no public clients'
      : `does not take ${method}, but ${client_authentication.join(', ')}`;
  throw conflict('token_endpoint_auth_method', `client ${client_id}: dialect ${name} ${problem}`);
}

/**
 * Holds the issuer. Throws `conflict` where its dialect is not the one by which the client was judged, before a slow hash
 * was made.
 */
export async function refuseOtherDialect(
  transaction: Kysely<Schema>,
  issuer: string,
  judgedBy: Dialect,
): Promise<void> {
  const stored = await holdIssuer(transaction, issuer);
  if (stored === undefined) throw unknownIssuer(issuer);
  if (stored.dialect !== judgedBy.name)
    throw conflict('issuer', `issuer ${issuer}: has just changed from ${judgedBy.name} to ${stored.dialect}`);
}

/** Throws `not_found` where the issuer does not have all of these scopes, and keeps those that it has until the end. */
export async function refuseUnknownScopes(
  transaction: Kysely<Schema>,
  issuer: string,
  scope: readonly string[],
): Promise<void> {
  const known = await holdScopes(transaction, issuer, scope);
  const unknown = scope.filter((name) => !known.has(name));
  if (unknown.length > 0) throw notFound('scope', `issuer ${issuer} has no ${unknown.join(', ')}`);
}
