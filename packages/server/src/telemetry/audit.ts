// The audit: a line of the log for each token, refusal and revocation, the metrics of requests, and usage, which is
// written in batches.

import type { Audit } from '@tessera-oauth/core';
import type { Log } from './log.ts';
import type { RequestMetrics } from './metrics.ts';

export interface UsageCounter {
  countToken(issuer: string, client_id: string): void;
  noteSecretUse(secret_id: string): void;
}

/** Reasons that point at a stolen code or refresh token (RFC 9700 §4.14). */
const alarming = new Set(['code_replayed', 'refresh_token_replayed']);

export const createAudit = (log: Log, usage: UsageCounter, requests: RequestMetrics) =>
  ({
    tokenIssued(event) {
      usage.countToken(event.issuer, event.client_id);
      requests.granted(event.request_id, event.grant_type);
      if (event.reused) requests.reused(event.issuer);
      const line = { ...event, scope: event.scope.join(' ') };
      // Somebody may hold a copy of the refresh token.
      if (event.reason === undefined) log.info(line, 'token issued');
      else log.warn(line, 'token issued');
    },
    authorized: (event) => log.info({ ...event, scope: event.scope.join(' ') }, 'authorized'),
    tokenRevoked: (event) => log.info(event, 'token revoked'),
    clientAuthenticated(_issuer, _client, secret_id) {
      if (secret_id !== undefined) usage.noteSecretUse(secret_id);
    },
    refused({ cause, ...event }) {
      requests.refused(event.request_id, event.error, event.reason, event.grant_type);
      // The cause of a fault is an error with its stack; that of a refusal is a text, where there is one.
      if (event.reason === 'fault') log.error({ ...event, err: cause }, 'fault');
      // Somebody may hold a stolen code or token.
      else if (alarming.has(event.reason)) log.warn(event, 'refused');
      else log.info(typeof cause === 'string' ? { ...event, cause } : event, 'refused');
    },
    signedIn: (event: object) => log.info(event, 'signed in'),
    userActed: (event: object) => log.info(event, 'user acted'),
  }) satisfies Audit & Record<string, unknown>;
