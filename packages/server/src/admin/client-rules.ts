// What may be registered of a client where users take part (RFC 7591 §2, RFC 9700 §2.1).

import { type Client, type Dialect, redirectUriFault } from '@tessera-oauth/core';
import { UsageError } from '../model.ts';

interface Wanted {
  readonly public: boolean;
  readonly redirect_uris?: readonly string[] | undefined;
}

/** All the grant types that a client can use: with a redirect URI those of users, without a secret no other. */
export function fittingGrantTypes(wanted: Wanted, dialect: Dialect): string[] {
  const withUsers = (wanted.redirect_uris ?? []).length > 0;
  return dialect.grant_types.filter((grant_type) =>
    grant_type === 'client_credentials' ? !wanted.public : withUsers,
  );
}

export function refuseUnfitGrantTypes(
  grant_types: readonly string[],
  wanted: Wanted,
  dialect: Dialect,
): void {
  const supported: readonly string[] = dialect.grant_types;
  const unknown = grant_types.find((grant_type) => !supported.includes(grant_type));
  if (unknown !== undefined)
    throw new UsageError(`grant type: got "${unknown}", expected one of ${supported.join(', ')}`);
  // RFC 6749 §4.4: "MUST only be used by confidential clients."
  if (wanted.public && grant_types.includes('client_credentials'))
    throw new UsageError('grant type: client_credentials needs a secret, which a public client has none of');
  if (grant_types.includes('authorization_code') && (wanted.redirect_uris ?? []).length === 0)
    throw new UsageError('grant type: authorization_code needs a redirect URI');
}

type AppChange = Partial<Pick<Client, 'grant_types' | 'redirect_uris'>>;

/** The first redirect URI brings the grants that users take part in, as it does for a new client. */
export function withGrantTypes<Change extends AppChange>(before: Client, change: Change, dialect: Dialect) {
  const redirect_uris = change.redirect_uris ?? before.redirect_uris;
  const wanted = { public: before.token_endpoint_auth_method === 'none', redirect_uris };
  const first =
    before.redirect_uris.length === 0 && redirect_uris.length > 0 && change.grant_types === undefined;
  const grant_types = first
    ? [...new Set([...before.grant_types, ...fittingGrantTypes(wanted, dialect)])]
    : (change.grant_types ?? before.grant_types);
  refuseUnfitGrantTypes(grant_types, wanted, dialect);
  return { ...change, grant_types };
}

export function refuseRedirectUri(uri: string): void {
  const fault = redirectUriFault(uri);
  if (fault !== undefined) throw new UsageError(`redirect uri: got "${uri}", expected ${fault}`);
}

/** The page of an https issuer shows nothing that came over plain http. */
export function refuseLogo(logo_uri: string | null | undefined): void {
  if (typeof logo_uri === 'string' && !(URL.canParse(logo_uri) && new URL(logo_uri).protocol === 'https:'))
    throw new UsageError(`logo uri: got "${logo_uri}", expected an https URL`);
}
