// The ports of the core, made from an instance.

import { randomBytes, randomUUID } from 'node:crypto';
import type { Ports } from '@tessera-oauth/core';
import type { Instance } from '../instance/instance.ts';
import { createInteraction } from '../login/interaction.ts';
import type { LoginContext } from '../login/visit/context.ts';
import { UsageBook } from '../store/tables/usage.ts';
import { createAudit } from '../telemetry/audit.ts';
import type { Log } from '../telemetry/log.ts';
import type { RequestMetrics } from '../telemetry/metrics.ts';
import { workersBeside } from './workers/worker.ts';

const now = () => Date.now();

/** How users may sign in, and how the pages look. */
export type LoginOptions = Pick<LoginContext, 'local' | 'upstreams' | 'external' | 'themeOf'>;

/** With them what the server itself needs: the book of usage, and the context of the login routes. */
export function createPorts(
  instance: Instance,
  log: Log,
  options: LoginOptions,
  requests: RequestMetrics,
): Ports & { usage: UsageBook; login: LoginContext } {
  instance.store.revokeWith(workersBeside('revocations'));
  const usage = new UsageBook(instance.store.db, now);
  const audit = createAudit(log, usage, requests);
  const keys = instance.keyring;
  const login: LoginContext = {
    ...instance.login,
    ...options,
    audit,
    now,
  };
  return {
    login,
    grantTokens: instance.grantTokens,
    interaction: createInteraction(login, { keys }),
    clock: { now },
    random: { uuid: randomUUID, id: () => randomBytes(16).toString('base64url') },
    store: instance.store,
    secrets: instance.secrets,
    keys,
    audit,
    usage,
  };
}
