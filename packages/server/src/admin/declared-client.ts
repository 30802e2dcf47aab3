// A client that the configuration declares: judged before a database is opened, and made so at a start.

import { isDeepStrictEqual } from 'node:util';
import { type Client, type Dialect, usesSecret } from '@tessera-oauth/core';
import type { StoredIssuer } from '../model.ts';
import { conflict, invalid } from './admin-error.ts';
import { wellFormed } from './client-forms.ts';
import {
  fittingGrantTypes,
  refuseUnfitGrantTypes,
  refuseUnknownMethod,
  refuseWithoutPkce,
  settleIdTokenAlg,
} from './client-rules.ts';
import { addClientSecret } from './client-secrets.ts';
import { changeClient, findClientIfAny, preferredMethod, registerClient } from './clients.ts';
import type { AdminContext } from './context.ts';

/** A client as it is declared: a member that is left out is as for a new client. */
export interface DeclaredClient
  extends Omit<
    Client,
    | 'client_id_issued_at'
    | 'secrets'
    | 'disabled'
    | 'token_endpoint_auth_method'
    | 'grant_types'
    | 'id_token_signed_response_alg'
  > {
  /** Undefined: the first of the dialect that proves something. */
  readonly token_endpoint_auth_method: string | undefined;
  /** Undefined: all that fit. */
  readonly grant_types: readonly string[] | undefined;
  /** Undefined: RS256, where the issuer has ID tokens. */
  readonly id_token_signed_response_alg: string | undefined;
  /** Whether the configuration says where its secret is. */
  readonly has_secret: boolean;
}

type JudgedClient = Omit<Client, 'client_id_issued_at' | 'secrets' | 'disabled'>;

/** The members as they are stored. Throws `invalid` or `conflict` for what cannot be, whatever the database holds. */
export function judgeClient(
  { has_secret, ...declared }: DeclaredClient,
  dialect: Dialect,
  issuer: Pick<StoredIssuer, 'signing_alg'>,
): JudgedClient {
  const { token_endpoint_auth_method: named } = declared;
  const method = dialect.client_authentication.find((each) => each === named) ?? preferredMethod(dialect);
  if (named !== undefined && named !== method) {
    const methods = dialect.client_authentication.join(', ');
    throw invalid('token_endpoint_auth_method', `got "${named}", expected one of ${methods}`);
  }
  const { client_id } = declared;
  refuseUnknownMethod(method, client_id, dialect);
  if (usesSecret(method) !== has_secret)
    throw invalid(
      'client_secret',
      has_secret
        ? `got a secret, expected none beside ${method}`
        : 'got nothing, expected client_secret_file or client_secret_variable',
    );
  const client = {
    ...declared,
    token_endpoint_auth_method: method,
    id_token_signed_response_alg: settleIdTokenAlg(declared.id_token_signed_response_alg, issuer, dialect),
  };
  const judged = wellFormed({
    ...client,
    grant_types: declared.grant_types ?? fittingGrantTypes(client, dialect),
  });
  refuseUnfitGrantTypes(judged.grant_types, judged, dialect);
  refuseWithoutPkce(judged);
  return judged;
}

/**
 * Registers a client, or makes it what is declared; changes nothing where it is so. A secret that it does not have is
 * added, and the others stay good: one is revoked by name. Throws as `registerClient` and `changeClient`, and `conflict`
 * for another method of authentication.
 */
export async function makeClient(
  context: AdminContext,
  issuer: string,
  judged: JudgedClient,
  { secret, enable }: { readonly secret: string | undefined; readonly enable: boolean },
): Promise<void> {
  const { client_id } = judged;
  const before = await findClientIfAny(context, issuer, client_id);
  if (before === undefined) {
    await registerClient(context, issuer, { ...judged, secret: { generated: secret } });
    return;
  }
  const { token_endpoint_auth_method: method, client_id: _, ...members } = judged;
  if (method !== before.token_endpoint_auth_method)
    throw conflict(
      'token_endpoint_auth_method',
      `client ${client_id}: is registered with ${before.token_endpoint_auth_method}, and ${method} needs a new client`,
    );
  const same = Object.entries(members).every(([member, value]) =>
    isDeepStrictEqual(before[member as keyof Client], value),
  );
  if (!same || (enable && before.disabled))
    await changeClient(context, issuer, client_id, { ...members, ...(enable && { disabled: false }) });
  // One that was revoked stays so, although the configuration still names it.
  if (secret !== undefined && !before.secrets.some(({ hash }) => context.hashes.isGenerated(secret, hash)))
    await addClientSecret(context, issuer, client_id, { generated: secret });
}
