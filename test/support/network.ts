// A network between a server and its database that can be cut, or go silent.

import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface Network {
  /** The URL of the database, through here. */
  readonly url: string;
  /** Connections break, and no new one is taken. */
  cut(): Promise<void>;
  /** Connections stay, and nothing comes through. */
  silence(): void;
  restore(): Promise<void>;
  /** New connections lead to another database from now on, as by an address that moves; those that there are break. */
  lead(database: string): void;
  close(): Promise<void>;
}

export async function startNetwork(database: string): Promise<Network> {
  let to = new URL(database);
  const sockets = new Set<Socket>();
  let silent = false;
  const server = createServer({ pauseOnConnect: true }, (near) => {
    const far = connect(Number(to.port), to.hostname);
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(socket);
      socket.on('data', (chunk) => other.write(chunk));
      socket.on('error', () => {});
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
    if (silent) far.pause();
    else near.resume();
  });
  const listen = (port: number) => new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  await listen(0);
  const { port } = server.address() as AddressInfo;
  const breakAll = () => {
    for (const socket of sockets) socket.destroy();
  };
  const cut = async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    breakAll();
    await closed;
  };
  return {
    url: Object.assign(new URL(database), { host: `127.0.0.1:${port}` }).toString(),
    cut,
    silence() {
      silent = true;
      for (const socket of sockets) socket.pause();
    },
    async restore() {
      silent = false;
      for (const socket of sockets) socket.resume();
      if (!server.listening) await listen(port);
    },
    lead(other) {
      to = new URL(other);
      breakAll();
    },
    close: async () => {
      if (server.listening) await cut();
    },
  };
}
