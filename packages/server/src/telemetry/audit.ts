// Audit: one line for each token, refusal and revocation; usage and last use in batches.

import type { Audit } from '@tessera/core';
import type { Log } from './log.ts';

export interface UsageCounter {
  countToken(issuer: string, client_id: string): void;
  noteSecretUse(secret_id: string): void;
}

export const createAudit = (log: Log, usage: UsageCounter): Audit => ({
  tokenIssued(event) {
    usage.countToken(event.issuer, event.client_id);
    log.info({ ...event, scope: event.scope.join(' ') }, 'token issued');
  },
  tokenRevoked: (event) => log.info(event, 'token revoked'),
  clientAuthenticated(_issuer, _client, secret_id) {
    if (secret_id !== undefined) usage.noteSecretUse(secret_id);
  },
  refused({ cause, ...event }) {
    // A cause is a fault of ours or of what we stand on: the stack says where. A refusal needs none.
    if (event.reason === 'fault') log.error({ ...event, err: cause }, 'fault');
    else log.info(event, 'refused');
  },
});
