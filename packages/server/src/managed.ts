// A server that is one process, with the management listener beside it where the configuration has one.

import { type Management, openManagement } from './http/management.ts';
import { type RunningServer, startServer } from './serve.ts';
import { expositionType, renderSnapshot } from './telemetry/exposition.ts';

export interface ManagedServer extends RunningServer {
  readonly management: Pick<Management, 'port'> | undefined;
}

export async function startManagedServer(...args: Parameters<typeof startServer>): Promise<ManagedServer> {
  const server = await startServer(...args);
  const [{ management: address }] = args;
  if (address === undefined) return { ...server, management: undefined };
  try {
    const management = await openManagement(address, {
      ready: server.readiness,
      metrics: async () => ({ type: expositionType, text: renderSnapshot(server.metrics.snapshot()) }),
    });
    // Last: until then it says that the server is ending.
    const close = () => server.close().finally(management.close);
    return { ...server, management, close };
  } catch (error) {
    await server.close();
    throw error;
  }
}
