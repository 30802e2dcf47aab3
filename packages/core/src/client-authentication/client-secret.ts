// What client_secret_basic and client_secret_post share: they differ in where the secret stands.

import type { ClientAuthenticationMethod, PresentedCredential } from './method.ts';

type SecretMethod = 'client_secret_basic' | 'client_secret_post';

export interface SecretCredential<Method extends SecretMethod> extends PresentedCredential<Method> {
  readonly secret: string;
}

export function verifySecret<Method extends SecretMethod>(
  method: Method,
): Pick<ClientAuthenticationMethod<SecretCredential<Method>>, 'verifyFast' | 'verify'> {
  return {
    verifyFast({ secret }, client, ports) {
      const matching = ports.secrets.verifyFast(client, secret);
      return matching && { method, secret_id: matching.id };
    },
    async verify({ secret }, client, { issuer, ports, admit }) {
      const verdict = await ports.secrets.verify(issuer.name, client, secret, admit);
      if ('reason' in verdict) return verdict;
      return { authentication: { method, secret_id: verdict.secret.id } };
    },
  };
}
