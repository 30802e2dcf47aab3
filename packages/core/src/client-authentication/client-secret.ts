// The judge that client_secret_basic and client_secret_post share: they differ in where the secret stands.

import type { ClientAuthenticationMethod } from './method.ts';

export function judgeSecret(method: string): Pick<ClientAuthenticationMethod, 'recognize' | 'examine'> {
  return {
    recognize(credential, client, ports) {
      const secret = ports.secrets.recognize(client, credential.secret);
      return secret && { method, secret_id: secret.id };
    },
    async examine(credential, client, issuer, ports, admit) {
      const verdict = await ports.secrets.examine(issuer.name, client, credential.secret, admit);
      if ('reason' in verdict) return verdict;
      return { authentication: { method, secret_id: verdict.secret.id } };
    },
  };
}
