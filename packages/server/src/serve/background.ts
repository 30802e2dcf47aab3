// What a server does besides answering: follows changes, writes usage, keeps keys and tables in order, renews its
// certificate.

import { repeat } from '../concurrency/repeat.ts';
import type { Instance } from '../instance/instance.ts';
import type { Log } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { createMaintenance } from './maintenance.ts';
import type { ServedIssuers } from './served-issuers.ts';

const followMs = 200;
const usageMs = 1000;
const maintenanceMs = 60_000;
const certificateMs = 2000;

export interface Background {
  /** Whether usage could not be written when it was last tried. */
  unwritten(): boolean;
  /** Waits for what is under way; what is not written yet is written. */
  stop(): Promise<void>;
}

interface BackgroundParts {
  readonly instance: Instance;
  readonly issuers: ServedIssuers;
  readonly usage: { flush(): Promise<void> };
  readonly metrics: Metrics;
  readonly log: Log;
  loadIssuers(): Promise<void>;
  /** Undefined where this process serves no TLS. */
  readonly renewCertificate: (() => Promise<void>) | undefined;
}

export function startBackground(parts: BackgroundParts): Background {
  const { instance, issuers, usage, metrics, log } = parts;
  const maintenance = createMaintenance(instance.store, log, {
    keys: () => instance.keyring.maintain(issuers.list(), instance.config.key_rotation),
    done: metrics.maintained,
  });
  const following = repeat('changes', followMs, log, createFollower(parts));
  const writing = repeat('usage', usageMs, log, () => usage.flush());
  const maintaining = repeat('maintenance', maintenanceMs, log, maintenance.run);
  const timers = [following, writing, maintaining];
  if (parts.renewCertificate !== undefined)
    timers.push(repeat('tls', certificateMs, log, parts.renewCertificate));
  // At once: a server that never lives for a minute has its turn too.
  maintaining.now();
  const stopListening = instance.database.listen(following.now);
  return {
    unwritten: writing.failing,
    async stop() {
      await stopListening();
      await Promise.all([...timers.map(({ stop }) => stop()), maintenance.end()]);
      await usage.flush().catch((error) => log.error({ err: error }, 'usage not written'));
    },
  };
}

/** Applies the changes that the database has had since the last time. */
function createFollower({ instance, metrics, loadIssuers }: BackgroundParts): () => Promise<void> {
  const { store, keyring } = instance;
  const pending = new Set<string>();
  return async () => {
    const changes = await store.follow();
    for (const { topic } of changes) pending.add(topic);
    // A topic stays pending until it has been applied: what fails now is tried again.
    if (pending.has('master_key')) await instance.loadMasterKeys();
    pending.delete('master_key');
    if (pending.has('key')) await keyring.load();
    pending.delete('key');
    if (pending.has('issuer')) await loadIssuers();
    pending.delete('issuer');
    metrics.feed.applied(changes);
  };
}
