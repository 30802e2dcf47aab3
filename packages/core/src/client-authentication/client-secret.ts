// What client_secret_basic and client_secret_post share: they differ in where the secret stands.

import { type SecretMethodName, usesSecret } from '../dialects/names.ts';
import type { Client } from '../model.ts';
import type { ClientAuthenticationMethod, PresentedCredential } from './method.ts';

export interface SecretCredential<Method extends SecretMethodName> extends PresentedCredential<Method> {
  readonly secret: string;
}

/** A secret that is left of an earlier registration does not stand in for a proof (RFC 7591 §2). */
const mayShowSecret = (client: Client | undefined): boolean =>
  client !== undefined && usesSecret(client.token_endpoint_auth_method);

export function verifySecret<Method extends SecretMethodName>(
  method: Method,
): Pick<ClientAuthenticationMethod<SecretCredential<Method>>, 'verifyFast' | 'verify'> {
  return {
    verifyFast({ secret }, client, ports) {
      const matching = ports.secrets.verifyFast(client, secret);
      return matching && mayShowSecret(client) ? { method, secret_id: matching.id } : undefined;
    },
    async verify({ secret }, client, { issuer, ports, admit }) {
      const verdict = await ports.secrets.verify(issuer.name, client, secret, admit);
      if ('reason' in verdict) return verdict;
      if (!mayShowSecret(client)) return { reason: 'method_not_registered' };
      return { authentication: { method, secret_id: verdict.secret.id } };
    },
  };
}
