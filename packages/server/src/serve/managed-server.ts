// The management listener beside a server, where the configuration has one: of one process, or of several workers.

import { singleFlight } from '../concurrency/single-flight.ts';
import type { LoadedConfig } from '../config/load.ts';
import { type Management, type ManagementSource, openManagement } from '../management/listener.ts';
import { combineReadiness } from '../management/readiness.ts';
import type { Readiness } from '../model.ts';
import { countersOf, expositionType, mergeSnapshots, renderSnapshot } from '../telemetry/exposition.ts';
import type { Log } from '../telemetry/log.ts';
import type { Snapshot } from '../telemetry/registry.ts';
import { type RunningServer, startServer } from './server.ts';
import type { WorkerStatus } from './workers/supervisor.ts';

export interface ManagedServer extends RunningServer {
  readonly management: Pick<Management, 'port'> | undefined;
}

export async function startManagedServer(...args: Parameters<typeof startServer>): Promise<ManagedServer> {
  const server = await startServer(...args);
  try {
    const management = await openManagementOf(args[0], args[1], {
      ready: server.readiness,
      metrics: async () => exposed(server.metrics.snapshot()),
    });
    // Last: until then it says that the server is ending.
    const close = (idleMs?: number) => server.close(idleMs).finally(management?.close);
    return { ...server, management, close };
  } catch (error) {
    await server.close();
    throw error;
  }
}

/** Undefined where the configuration has none. */
export async function openManagementOf(
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

/** What a worker says when its supervisor asks how it is. */
export const statusOf = async ({ readiness, metrics }: RunningServer): Promise<Status> => ({
  readiness: await readiness(),
  metrics: metrics.snapshot(),
});

/**
 * Answers for workers that say `statusOf`. One that is silent counts as it was; of one that has ended stays what it had
 * counted when it was last asked, so that totals do not go back.
 */
export function sourceOfMany(statuses: () => Promise<readonly WorkerStatus[]>): ManagementSource {
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
    // Once at a time: a worker that ends meanwhile must not be counted twice.
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

const exposed = (snapshot: Snapshot) => ({ type: expositionType, text: renderSnapshot(snapshot) });
