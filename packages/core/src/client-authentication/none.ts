// none: a public client names itself and proves nothing (RFC 6749 §3.2.1, RFC 7591 §2).

import type { ClientAuthenticationMethod } from './method.ts';

export const none: ClientAuthenticationMethod = {
  name: 'none',
  read({ headers }, parameters) {
    const client_id = parameters.get('client_id');
    const proves = parameters.get('client_secret') !== undefined || headers.authorization !== undefined;
    return client_id === undefined || proves ? [] : [{ client_id, secret: '' }];
  },
  recognize: (_credential, client) =>
    client?.token_endpoint_auth_method === 'none' ? { method: 'none' } : undefined,
  // A refusal here is slow for no one: who lacks a secret learns nothing of another's.
  examine(_credential, client) {
    if (client === undefined) return { reason: 'client_unknown' };
    if (client.token_endpoint_auth_method === 'none') return { authentication: { method: 'none' } };
    return { reason: 'secret_missing' };
  },
};
