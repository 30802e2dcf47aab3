// What client_secret_basic and client_secret_post share: they differ in where the secret stands.

import { type SecretMethodName, usesSecret } from '../dialects/names.ts';
import type { Client } from '../model.ts';
import type { PresentedSecret } from '../ports.ts';
import type { ClientAuthenticationMethod, PresentedCredential, VerificationContext } from './method.ts';
import { none } from './none.ts';

export interface SecretCredential<Method extends SecretMethodName> extends PresentedCredential<Method> {
  readonly secret: string;
}

/** A secret that is left of an earlier registration does not stand in for a proof (RFC 7591 §2). */
const mayShowSecret = (client: Client | undefined): boolean =>
  client !== undefined && usesSecret(client.token_endpoint_auth_method);

/**
 * RFC 6749 §2.3.1: "The client MAY omit the parameter if the client secret is an empty string." So one that is there and
 * empty proves as little as one that is not, and guesses nothing: Go's client shows a public client's so.
 */
function verifyEmpty(
  { client_id }: PresentedCredential<SecretMethodName>,
  client: Client | undefined,
  context: VerificationContext,
) {
  const accepted: readonly string[] = context.issuer.dialect.client_authentication;
  if (accepted.includes(none.method)) return none.verify({ method: none.method, client_id }, client, context);
  return { reason: client === undefined ? ('client_unknown' as const) : ('secret_missing' as const) };
}

const presentedBy = (
  { client_id, secret }: SecretCredential<SecretMethodName>,
  { request, issuer }: VerificationContext,
): PresentedSecret => ({ issuer: issuer.name, client_id, secret, address: request.address });

export function verifySecret<Method extends SecretMethodName>(
  method: Method,
): Pick<ClientAuthenticationMethod<SecretCredential<Method>>, 'verifyFast' | 'verify'> {
  return {
    verifyFast(credential, client, context) {
      if (credential.secret === '') return undefined;
      const matching = context.ports.secrets.verifyFast(presentedBy(credential, context), client);
      return matching && mayShowSecret(client) ? { method, secret_id: matching.id } : undefined;
    },
    async verify(credential, client, context) {
      if (credential.secret === '') return verifyEmpty(credential, client, context);
      const verdict = await context.ports.secrets.verify(presentedBy(credential, context), client);
      if ('reason' in verdict) return verdict;
      if (!mayShowSecret(client)) return { reason: 'method_not_registered' };
      return { authentication: { method, secret_id: verdict.secret.id } };
    },
  };
}
