// client_secret_post: client_id and client_secret among the parameters (RFC 6749 §2.3.1).

import { about, invalidRequest } from '../oauth-error.ts';
import { type SecretCredential, verifySecret } from './client-secret.ts';
import type { ClientAuthenticationMethod } from './method.ts';

const method = 'client_secret_post';

export const clientSecretPost: ClientAuthenticationMethod<SecretCredential<typeof method>> = {
  method,
  in_header: false,
  read(_request, parameters) {
    const secret = parameters.get('client_secret');
    if (secret === undefined) return [];
    const client_id = parameters.get('client_id');
    if (client_id === undefined)
      throw invalidRequest('client_id_missing', 'The client_id parameter is missing.', about('client_id'));
    return [{ method, client_id, secret }];
  },
  ...verifySecret(method),
};
