// none: a public client names itself and proves nothing (RFC 6749 §3.2.1, RFC 7591 §2).

import type { ClientAuthenticationMethod, PresentedCredential } from './method.ts';

const method = 'none';

export const none: ClientAuthenticationMethod<PresentedCredential<typeof method>> = {
  method,
  in_header: false,
  read({ headers }, parameters) {
    const client_id = parameters.get('client_id');
    const proves = parameters.get('client_secret') !== undefined || headers.authorization !== undefined;
    return client_id === undefined || proves ? [] : [{ method, client_id }];
  },
  verifyFast: (_credential, client) =>
    client?.token_endpoint_auth_method === method ? { method } : undefined,
  // No slow hash for a refusal: there is no secret whose guess the time could betray.
  verify(_credential, client) {
    if (client === undefined) return { reason: 'client_unknown' };
    if (client.token_endpoint_auth_method === method) return { authentication: { method } };
    return { reason: 'secret_missing' };
  },
};
