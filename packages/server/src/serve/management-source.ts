// What the management listener of a server shows, of a single process or of several workers. Apart from the server itself,
// whose code the process that starts workers does not load.

import { singleFlight } from '../concurrency/single-flight.ts';
import type { LoadedConfig } from '../config/load.ts';
import { type Management, type ManagementSource, openManagement } from '../management/listener.ts';
import { combineReadiness } from '../management/readiness.ts';
import type { Readiness } from '../model.ts';
import { countersOf, expositionType, mergeSnapshots, renderSnapshot } from '../telemetry/exposition.ts';
import type { Log } from '../telemetry/log.ts';
import type { Snapshot } from '../telemetry/registry.ts';
import type { RunningServer } from './server.ts';
import type { WorkerStatus } from './workers/supervisor.ts';

/** Opens the management listener of the configuration; undefined where it has none. */
export async function openConfigured(
  { management }: LoadedConfig,
  log: Log,
  source: ManagementSource,
): Promise<Management | undefined> {
  if (management === undefined) return undefined;
  const opened = await openManagement(management, source);
  log.info({ host: management.host, port: opened.port }, 'health and metrics');
  return opened;
}

interface Status {
  readonly readiness: Readiness;
  readonly metrics: Snapshot;
}

/** What a worker answers when its supervisor asks for its status. */
export const statusOf = async ({ readiness, metrics }: RunningServer): Promise<Status> => ({
  readiness: await readiness(),
  metrics: metrics.snapshot(),
});

/**
 * Combines the `statusOf` of several workers. A worker that gives no answer counts with its last one; the counters of a
 * worker that has ended are kept as they were in its last answer, so that totals do not go back.
 */
export function sourceOfWorkers(statuses: () => Promise<readonly WorkerStatus[]>): ManagementSource {
  const last = new Map<number, Snapshot>();
  let ended: Snapshot = [];
  return {
    async ready() {
      const each = await statuses();
      if (each.length === 0) return { ready: false, checks: { server: 'no worker takes requests' } };
      return combineReadiness(
        Object.fromEntries(
          each.map(({ pid, status }) => [`worker ${pid}`, (status as Status | undefined)?.readiness]),
        ),
      );
    },
    // One at a time: two would each add the counters of a worker that ended meanwhile.
    metrics: singleFlight(async () => {
      const each = await statuses();
      for (const { pid, status } of each) if (status !== undefined) last.set(pid, (status as Status).metrics);
      const alive = new Set(each.map(({ pid }) => pid));
      for (const [pid, snapshot] of last) {
        if (alive.has(pid)) continue;
        ended = mergeSnapshots([ended, countersOf(snapshot)]);
        last.delete(pid);
      }
      return exposed(mergeSnapshots([...last.values(), ended]));
    }),
  };
}

export const exposed = (snapshot: Snapshot) => ({ type: expositionType, text: renderSnapshot(snapshot) });
