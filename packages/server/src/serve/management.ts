// A server together with its management listener, where the configuration has one.

import type { Management } from '../management/listener.ts';
import { exposed, openConfigured } from './management-source.ts';
import { type RunningServer, startServer } from './server.ts';

export interface ServerWithManagement extends RunningServer {
  /** Undefined where the configuration has no management listener. */
  readonly management: Pick<Management, 'port'> | undefined;
}

/** Starts a server, as `startServer` does, and the management listener for it. */
export async function startWithManagement(
  ...[config, log, prepare]: Parameters<typeof startServer>
): Promise<ServerWithManagement> {
  const server = await startServer(config, log, prepare);
  try {
    const management = await openConfigured(config, log, {
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
