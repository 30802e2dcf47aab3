// Whether the ports of the configuration can be listened on, asked before a deployment is made: a start that is refused for
// a taken port leaves nothing behind. It holds no port: the listeners themselves come when the database is open.

import { createServer, type Server } from 'node:net';
import type { LoadedConfig } from '../config/load.ts';
import { listenFailure } from '../http/listen-failure.ts';

/** UsageError where one of them cannot be listened on, or both are one. */
export async function refuseTakenPorts({
  listen,
  management,
}: Pick<LoadedConfig, 'listen' | 'management'>): Promise<void> {
  const held: Server[] = [];
  try {
    // Held together: one address may take in the other.
    for (const place of management === undefined ? [listen] : [listen, management])
      held.push(await hold(place));
  } finally {
    await Promise.all(held.map((server) => new Promise((resolve) => server.close(resolve))));
  }
}

const hold = ({ host, port }: LoadedConfig['listen']): Promise<Server> =>
  new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', (error) => reject(listenFailure(error, host, port)));
    server.listen({ host, port, exclusive: true }, () => resolve(server));
  });
