// The socket of a server: where it listens, how its certificate is renewed, and how its connections end.

import type { AddressInfo } from 'node:net';
import type { Server as TlsServer } from 'node:tls';
import type { LoadedConfig } from '../config/load.ts';
import { listenFailure } from '../http/listen-failure.ts';
import type { HttpServer } from '../http/server.ts';
import { readTls, secureContextOf, type TlsFiles, type TlsPair } from '../http/tls.ts';
import type { Log } from '../telemetry/log.ts';

/** How long requests under way may take at the end. */
const drainMs = 10_000;

/** Gives the port; UsageError where the address cannot be listened on. */
export async function listen(app: HttpServer, { listen: { host, port } }: LoadedConfig): Promise<number> {
  try {
    await app.listen({ host, port });
  } catch (error) {
    throw listenFailure(error, host, port);
  }
  return (app.server.address() as AddressInfo).port;
}

/** Reads the certificate and its key again, and takes them when they have changed and fit each other. */
export function followCertificate(
  app: HttpServer,
  files: TlsFiles,
  first: TlsPair,
  log: Log,
): () => Promise<void> {
  let served = first;
  return async () => {
    const pair = await readTls(files);
    if (pair.cert.equals(served.cert) && pair.key.equals(served.key)) return;
    (app.server as unknown as TlsServer).setSecureContext(secureContextOf(pair));
    served = pair;
    log.info('certificate reloaded');
    for (const caution of pair.cautions) log.warn(caution);
  };
}

/**
 * Accepts no more connections, and waits for the requests under way. Connections that wait for another request are
 * closed after `idleMs`: a request may be on its way, and is answered.
 */
export async function drain(app: HttpServer, idleMs: number): Promise<void> {
  const closeIdle = app.server.closeIdleConnections.bind(app.server);
  // Fastify would close them at once.
  if (idleMs > 0) app.server.closeIdleConnections = () => {};
  const idle = setTimeout(closeIdle, idleMs);
  const late = setTimeout(() => app.server.closeAllConnections(), drainMs);
  await app.close();
  clearTimeout(idle);
  clearTimeout(late);
}
